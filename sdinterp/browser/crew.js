// The workers: each has a runtime and the networks of its own, and answers what it is asked.

const crewMember = (url) => {
  const worker = new Worker(url);
  const waiting = new Map();
  const drop = (reason) => {
    for (const { failed } of waiting.values()) failed(new Error(reason));
    waiting.clear();
  };
  worker.onmessage = ({ data: { id, answer, error } }) => {
    const { done, failed } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) done(answer);
    else failed(new Error(error));
  };
  worker.onerror = (event) => drop(event.message ? `worker: ${event.message}` : "no worker");
  let count = 0;
  const ask = (what, asked) =>
    new Promise((done, failed) => {
      waiting.set(++count, { done, failed });
      worker.postMessage({ id: count, what, asked });
    });
  return { ask, stop: () => worker.postMessage({ what: "stop" }), end: () => worker.terminate() };
};

// Loads all that is packed and starts as many workers; `report` hears what part of it is there.
const startCrew = async (count, report) => {
  const names = ["wasm", "text", "reader", "denoiser", "decoder", "eye"];
  const texts = ["ort", "mjs", "tokenizers", "tokenizer", "worker"];
  let there = 0;
  const told = (name, promise) => promise.then((got) => (report((there += LIVE.bytes[name]) / LIVE.total), [name, got]));
  const got = Object.fromEntries(
    await Promise.all([...names.map((name) => told(name, unpacked(name))), ...texts.map((name) => told(name, unpackedText(name)))]),
  );
  const url = URL.createObjectURL(new Blob([got.ort, "\n", got.worker], { type: "text/javascript" }));
  const crew = Array.from({ length: count }, () => crewMember(url));
  const { mjs, wasm, tokenizers } = got;
  const parts = Object.fromEntries(names.slice(1).map((name) => [name, got[name]]));
  const about = { ...LIVE.model, ...JSON.parse(got.tokenizer) };
  try {
    await Promise.all(crew.map(({ ask }) => ask("start", { mjs, wasm, tokenizers, parts, about })));
  } catch (error) {
    crew.forEach(({ end }) => end());
    throw error;
  }
  return crew;
};

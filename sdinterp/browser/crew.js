// The workers: each has a runtime and the networks of its own, and answers what it is asked.

const crewMember = (url) => {
  const worker = new Worker(url);
  const waiting = new Map();
  let lost; // why it answers no more
  const drop = (reason) => {
    lost = new Error(reason);
    for (const { failed } of waiting.values()) failed(lost);
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
      if (lost) throw lost;
      waiting.set(++count, { done, failed });
      worker.postMessage({ id: count, what, asked });
    });
  return { ask, stop: () => worker.postMessage({ what: "stop" }), end: () => worker.terminate() };
};

const NETWORKS = ["text", "reader", "denoiser", "decoder", "eye"];

// What is loaded with the model; for a graphics card another runtime.
const packsFor = (card) =>
  [...["ort", "mjs", "wasm"].map((name) => (card ? `card-${name}` : name)), "worker", "tokenizers", "tokenizer", ...NETWORKS];
const bytesOf = (packs) => packs.reduce((sum, name) => sum + LIVE.bytes[name], 0);

// Whether there is a graphics card that the runtime can use: not one that the processor imitates, slower than it is itself.
const hasCard = async () => {
  const adapter = globalThis.WebAssembly?.Suspending && (await navigator.gpu?.requestAdapter().catch(() => null));
  return Boolean(adapter) && !adapter.info.isFallbackAdapter;
};

// Loads the model and starts as many workers, of which the first may use a card. They take each network as soon as it is unpacked;
// `report` hears what part of all is there.
const startCrew = async (count, card, report) => {
  const packs = packsFor(card);
  let there = 0;
  const got = packs.map(async (name) => {
    const bytes = await unpacked(name);
    report((there += LIVE.bytes[name]) / bytesOf(packs));
    return bytes;
  });
  Promise.all(got).catch(() => {}); // whoever waits for it hears of it
  const [ort, mjs, wasm, worker, tokenizers, tokenizer, ...networks] = got;
  let crew = [];
  const ask = (what, asked) => Promise.all(crew.map((member, k) => member.ask(what, { ...asked, card: card && !k })));
  try {
    const url = moduleFrom(await ort, "\n", await worker);
    crew = Array.from({ length: count }, () => crewMember(url));
    const about = { ...LIVE.model, ...JSON.parse(new TextDecoder().decode(await tokenizer)) };
    await ask("begin", { mjs: await mjs, wasm: await wasm, tokenizers: await tokenizers, about });
    await Promise.all(NETWORKS.map(async (name, k) => ask("take", { name, file: await networks[k] })));
  } catch (error) {
    crew.forEach(({ end }) => end());
    throw error;
  }
  return crew;
};

// Runs in a worker made from a blob: the runtime, the networks, and what is asked of them.

let model; // what the page says of the model: its sizes, schedule and tokenizer
let reader, empty; // `empty` is what the denoiser reads of the empty prompt
let trial; // the denoiser's file, as long as a graphics card is to be tried
let onCard = false; // whether the denoiser runs there
let stops = 0; // how often the page has said stop
const networks = {};

const tensor = (numbers, ...shape) => new ort.Tensor("float32", numbers, shape);
const session = (file, where) => ort.InferenceSession.create(new Uint8Array(file), { executionProviders: [where] });
const run = async (name, inputs, output) => (await networks[name].run(inputs))[output].data;

const rowsOf = (prompts) => {
  const ids = BigInt64Array.from(prompts.flatMap((prompt) => reader(prompt).ids), BigInt);
  return run("text", { ids: new ort.Tensor("int64", ids, [prompts.length, model.length]) }, "rows");
};

// What the denoiser's layers make of texts, which is the same in every step.
const textsOf = async (rows) => {
  const shape = [rows.length / (model.length * model.width), model.length, model.width];
  return (await networks.reader.run({ rows: tensor(rows, ...shape) })).texts;
};

const joined = (...parts) => {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
};

// A breath in which messages arrive; then an error if one of them said stop.
const breathe = async (since) => {
  await new Promise((go) => setTimeout(go));
  if (stops !== since) throw new Error("stopped");
};

// Latents of several clouds from one noise: DPM-Solver++ with classifier-free guidance. In the first step all are the noise, which is
// read with every text, and once with the empty one; later each latent is read with its own and with the empty one.
// `each` is given the clean latents that every step guesses, and the last cloud's attention.
const sampled = async ({ rows, logs, noise, steps, guidance }, since, each) => {
  const size = noise.length;
  const count = logs.length / model.length;
  const away = guidance === 1 ? 0 : count;
  const { data, dims: [, ...shape] } = await textsOf(rows);
  empty ??= await textsOf(await rowsOf([""]));
  const texts = joined(...Array(away).fill(empty.data), data);
  const masses = joined(new Float32Array(away * model.length), logs);
  const plan = scheduled(steps, model.schedule);
  const x = joined(...Array(count).fill(noise));
  let before;
  for (let i = 0; i < steps; i++) {
    await breathe(since);
    const latents = i ? count : 1;
    const free = away && latents;
    const all = free + count;
    const last = (numbers) => numbers.subarray(numbers.length - (all * numbers.length) / (away + count));
    const inputs = {
      latents: tensor(x.subarray(0, latents * size), latents, ...model.latent),
      time: tensor([plan.times[i]], 1),
      texts: tensor(last(texts), all / latents, latents, ...shape),
      log_weights: tensor(last(masses), all / latents, latents, model.length),
    };
    const said = await networks.denoiser.run(inputs);
    const [guess, attention] = [said.guess.data, said.attention.data];
    const v = x.map((_, k) => {
      const toward = guess[free * size + k];
      return free ? guess[k % (free * size)] + guidance * (toward - guess[k % (free * size)]) : toward;
    });
    before = solverStep(x, v, i, plan, before);
    await each?.(before, attention.slice(-attention.length / all));
  }
  await breathe(since);
  return { x, count };
};

const decoded = (latents, count) => run("decoder", { latents: tensor(latents, count, ...model.latent) }, "pictures");

const answers = {
  // Makes the runtime ready.
  async begin({ mjs, wasm, tokenizers, about }) {
    ort.env.logLevel = "error";
    ort.env.wasm.wasmPaths = { mjs: moduleFrom(mjs) };
    ort.env.wasm.wasmBinary = wasm;
    ort.env.wasm.numThreads = 1;
    model = about;
    reader = tokenReader((await import(moduleFrom(tokenizers))).Tokenizer, model);
  },
  // Makes a network ready.
  async take({ name, file, card }) {
    networks[name] = await session(file, "wasm");
    if (card && name === "denoiser") trial = file;
  },
  // The embeddings of prompts, one after the other, and what their rows are called.
  async read({ prompts }) {
    return { rows: await rowsOf(prompts), read: prompts.map(reader) };
  },
  // Pictures, and their features for the perceptual distance.
  async paint(asked, since) {
    const { x, count } = await sampled(asked, since);
    const pictures = await decoded(x, count);
    const side = Math.sqrt(pictures.length / (3 * count));
    const features = await run("eye", { pictures: tensor(pictures, count, 3, side, side) }, "features");
    return { pictures, features, onCard };
  },
  // For one cloud, the picture that each step guesses behind the noise, and what its places attend to, row by row.
  async watch(asked, since) {
    const steps = [];
    await sampled(asked, since, async (clean, attention) => steps.push({ picture: await decoded(clean, 1), attention }));
    return steps;
  },
};

// Tries the graphics card once, on pictures that the processor has painted. A card that fails is left alone.
const tryCard = async (asked, { pictures }, since) => {
  const [file, plain] = [trial, networks.denoiser];
  let card;
  const using = (denoiser, act) => () => {
    networks.denoiser = denoiser;
    return act();
  };
  const step = () => sampled({ ...asked, steps: 1 }, since);
  const again = async () => (await answers.paint(asked, since)).pictures;
  trial = undefined;
  try {
    card = await session(file, "webgpu");
    onCard = await isBetter({ step: using(card, step), again: using(card, again) }, { step: using(plain, step), pictures });
  } catch {
    if (stops !== since) trial = file; // another time
  }
  networks.denoiser = onCard ? card : plain;
  await (onCard ? plain : card)?.release();
};

// One thing after the other, but for a stop, which is heard at once.
let last = Promise.resolve();
onmessage = ({ data: { id, what, asked } }) => {
  if (what === "stop") return stops++;
  const since = stops;
  last = last.then(async () => {
    try {
      const answer = await answers[what](asked, since);
      postMessage({ id, answer });
      if (what === "paint" && trial) await tryCard(asked, answer, since);
    } catch (error) {
      postMessage({ id, error: String(error?.message ?? error) });
    }
  });
};

// Runs in a worker made from a blob: the runtime, the networks, and what is asked of them.

let model; // what the page says of the model: its sizes, schedule and tokenizer
let networks, reader, empty;
let stops = 0; // how often the page has said stop

const tensor = (numbers, ...shape) => new ort.Tensor("float32", numbers, shape);
const run = async (name, inputs, output) => (await networks[name].run(inputs))[output].data;

const rowsOf = (prompts) => {
  const ids = BigInt64Array.from(prompts.flatMap((prompt) => reader(prompt).ids), BigInt);
  return run("text", { ids: new ort.Tensor("int64", ids, [prompts.length, model.length]) }, "rows");
};

// The same numbers several times, one after the other.
const repeated = (numbers, count) => {
  const all = new Float32Array(numbers.length * count);
  for (let i = 0; i < count; i++) all.set(numbers, i * numbers.length);
  return all;
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

// Latents of several clouds from one noise: DPM-Solver++ with classifier-free guidance. In the first step all are the noise, and so
// the guess away from the text is made once. `each` is given the clean latents that every step guesses, and the last cloud's attention.
const sampled = async ({ rows, logs, noise, steps, guidance }, since, each) => {
  const size = noise.length;
  const count = rows.length / empty.length;
  const plan = scheduled(steps, model.schedule);
  const x = repeated(noise, count);
  let before;
  for (let i = 0; i < steps; i++) {
    await breathe(since);
    const free = guidance === 1 ? 0 : i ? count : 1;
    const inputs = {
      latents: tensor(joined(x.subarray(0, free * size), x), free + count, ...model.latent),
      time: tensor([plan.times[i]], 1),
      rows: tensor(joined(repeated(empty, free), rows), free + count, model.length, model.width),
      log_weights: tensor(joined(new Float32Array(free * model.length), logs), free + count, model.length),
    };
    const said = await networks.denoiser.run(inputs);
    const [guess, attention] = [said.guess.data, said.attention.data];
    const v = x.map((_, k) => {
      const toward = guess[free * size + k];
      if (!free) return toward;
      const away = guess[free === 1 ? k % size : k];
      return away + guidance * (toward - away);
    });
    before = solverStep(x, v, i, plan, before);
    await each?.(before, attention.slice(-attention.length / (free + count)));
  }
  await breathe(since);
  return { x, count };
};

const decoded = async (latents, count) =>
  (await run("decoder", { latents: tensor(latents, count, ...model.latent) }, "pictures")).slice();

const answers = {
  // Makes the runtime and the networks ready.
  async start({ mjs, wasm, tokenizers, parts, about }) {
    ort.env.logLevel = "error";
    ort.env.wasm.wasmPaths = { mjs: moduleFrom(mjs) };
    ort.env.wasm.wasmBinary = wasm;
    ort.env.wasm.numThreads = 1;
    model = about;
    networks = {};
    for (const [name, file] of Object.entries(parts)) networks[name] = await ort.InferenceSession.create(new Uint8Array(file));
    reader = tokenReader((await import(moduleFrom(tokenizers))).Tokenizer, model);
    empty = (await rowsOf([""])).slice();
  },
  // The embeddings of prompts, one after the other, and what their rows are called.
  async read({ prompts }) {
    return { rows: (await rowsOf(prompts)).slice(), read: prompts.map(reader) };
  },
  // Pictures, and their features for the perceptual distance.
  async paint(asked, since) {
    const { x, count } = await sampled(asked, since);
    const pictures = await decoded(x, count);
    const side = Math.sqrt(pictures.length / (3 * count));
    const features = await run("eye", { pictures: tensor(pictures, count, 3, side, side) }, "features");
    return { pictures, features: features.slice() };
  },
  // For one cloud, the picture that each step guesses behind the noise, and what its places attend to, row by row.
  async watch(asked, since) {
    const steps = [];
    await sampled(asked, since, async (clean, attention) => steps.push({ picture: await decoded(clean, 1), attention }));
    return steps;
  },
};

// One thing after the other, but for a stop, which is heard at once.
let last = Promise.resolve();
onmessage = ({ data: { id, what, asked } }) => {
  if (what === "stop") return stops++;
  const since = stops;
  last = last.then(async () => {
    try {
      postMessage({ id, answer: await answers[what](asked, since) });
    } catch (error) {
      postMessage({ id, error: String(error?.message ?? error) });
    }
  });
};

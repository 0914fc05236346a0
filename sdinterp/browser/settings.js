// What the reader sets, and the link that carries it.

const RANGES = { frames: [2, 25], steps: [1, 50], guidance: [1, 15], seed: [0, 2 ** 32 - 1], coupling_seed: [0, 2 ** 32 - 1] };

// The settings that a fragment such as #a=a+red+boat&seed=3 names; all else is as by default.
const settingsOf = (fragment, defaults) => {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const settings = { ...defaults };
  for (const name of ["a", "b"]) if (said.has(name)) settings[name] = said.get(name).slice(0, 400);
  for (const [name, [low, high]] of Object.entries(RANGES)) {
    const number = Number(said.get(name) || NaN);
    if (number >= low && number <= high && (name === "guidance" || Number.isInteger(number))) settings[name] = number;
  }
  const names = (said.get("couplings") ?? "").split(",").filter((name) => Object.hasOwn(partnersBy, name));
  if (names.length) settings.couplings = [...new Set(names)];
  return settings;
};

const fragmentOf = ({ couplings, ...rest }) => `#${new URLSearchParams({ ...rest, couplings: couplings.join() })}`;

// The settings in words, for a picture that leaves the page.
const inWords = ({ a, b, frames, steps, guidance, seed, coupling_seed }) => [
  `From “${a}”`,
  `to “${b}”`,
  `Postcards: ${frames} frames, ${steps} steps, guidance ${guidance}, seed ${seed}, seed of random couplings ${coupling_seed}`,
];

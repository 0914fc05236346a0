// What can go wrong on a reader's machine, in a sentence each.

// What the browser lacks, before anything is loaded; empty where it lacks nothing.
const lacking = () => {
  if (LIVE.missing) return LIVE.missing;
  if (typeof WebAssembly === "undefined") return "This browser has no WebAssembly, which the model needs to run.";
  if (typeof DecompressionStream === "undefined") return "This browser is too old to unpack the model; one of 2023 or later can.";
  if (typeof Worker === "undefined") return "This browser has no workers, in which the model would run.";
  return "";
};

const FAULTS = [
  [/^missing (.*)/, (name) => `The file _static/live/${name}.js is not there: copy the whole folder of the book again.`],
  [/^broken (.*)/, (name) => `The file _static/live/${name}.js is not whole: copy the folder of the book again.`],
  [/memory|allocat|too large|RangeError/i,
    () => "This device has too little memory for the model, which takes up to a gigabyte."],
  [/no worker|blob:|Content Security|SecurityError|denied/i,
    () => "This browser, or a rule of this site, forbids workers made by the page, in which the model would run."],
  [/WebAssembly|wasm/i, () => "A rule of this site forbids WebAssembly, which the model needs to run."],
];

const sentenceOf = (error) => {
  const said = String(error?.message ?? error);
  for (const [pattern, sentence] of FAULTS) {
    const found = said.match(pattern);
    if (found) return sentence(found[1]);
  }
  return `The model could not run here: ${said.slice(0, 200)}.`;
};

// The measures of a strip, from its squared perceptual distances (of neighbouring frames, and of the ends) and its coupling.

const squaredGap = (one, other) => one.reduce((sum, number, k) => sum + (number - other[k]) ** 2, 0);

const MEASURES = {
  "cost (p=1)": ({ cost }) => cost(1),
  "W2 length": ({ cost }) => Math.sqrt(cost(2)),
  PPL: ({ squared }) => squared.reduce((sum, step) => sum + step, 0),
  length: ({ squared }) => squared.reduce((sum, step) => sum + Math.sqrt(step), 0),
  "largest jump": ({ squared }) => Math.sqrt(Math.max(...squared)),
  straightness: (strip) => (strip.ends > 1e-12 ? MEASURES.length(strip) / Math.sqrt(strip.ends) : NaN),
};

// From the features of a strip's frames, and what its coupling costs for an exponent: all measures, and the steps between frames.
const measured = (features, cost) => {
  const squared = features.slice(1).map((one, k) => squaredGap(features[k], one));
  const strip = { squared, ends: squaredGap(features[0], features.at(-1)), cost };
  return {
    measures: Object.fromEntries(Object.entries(MEASURES).map(([name, of]) => [name, of(strip)])),
    steps: squared.map(Math.sqrt),
  };
};

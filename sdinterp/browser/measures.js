// The measures of a strip, from its squared perceptual distances (of neighbouring frames, and of the ends) and its coupling.

const squaredGap = (one, other) => one.reduce((sum, number, k) => sum + (number - other[k]) ** 2, 0);

const MEASURES = {
  "cost (p=1)": ({ cost }) => cost(1),
  "W2 length": ({ cost }) => Math.sqrt(cost(2)),
  PPL: ({ steps }) => steps.reduce((sum, step) => sum + step, 0),
  length: ({ steps }) => steps.reduce((sum, step) => sum + Math.sqrt(step), 0),
  "largest jump": ({ steps }) => Math.sqrt(Math.max(...steps)),
  straightness: (strip) => (strip.ends > 1e-12 ? MEASURES.length(strip) / Math.sqrt(strip.ends) : NaN),
};

// All measures of the features of a strip's frames, and what its coupling costs for an exponent.
const measured = (features, cost) => {
  const steps = features.slice(1).map((one, k) => squaredGap(features[k], one));
  const strip = { steps, ends: squaredGap(features[0], features.at(-1)), cost };
  return Object.fromEntries(Object.entries(MEASURES).map(([name, of]) => [name, of(strip)]));
};

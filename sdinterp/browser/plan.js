// Which pictures are painted, and in which order: the ends, then what lies half-way, then half-way again.

const middlesFirst = (first, last) => {
  const order = [];
  const waiting = [[first, last]];
  for (const [low, high] of waiting) {
    if (high - low < 2) continue;
    const middle = (low + high) >> 1;
    order.push(middle);
    waiting.push([low, middle], [middle, high]);
  }
  return order;
};

// For each picture the partners it lies between (none for an end), its time, and the places (strip, frame) where it stands.
// Strips along equal couplings share their pictures.
const planned = (couplings, frames) => {
  const last = frames - 1;
  const ways = new Map();
  couplings.forEach((partner, strip) => {
    const way = ways.get(String(partner)) ?? { partner, strips: [] };
    way.strips.push(strip);
    ways.set(String(partner), way);
  });
  const end = (t) => ({ t, places: couplings.map((_, strip) => [strip, t * last]) });
  const inner = middlesFirst(0, last).flatMap((frame) =>
    [...ways.values()].map(({ partner, strips }) => ({
      t: frame / last, partner, places: strips.map((strip) => [strip, frame]),
    })));
  return [end(0), end(1), ...inner];
};

// Couplings of two embeddings, each n rows of `width` numbers, one row after the other; a coupling is the partner of each row.

const squaredDistance = (a, b, i, j, width) => {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += (a[i * width + k] - b[j * width + k]) ** 2;
  return sum;
};

// What one row pays on average: the mean distance to the power p.
const costOf = (a, b, partner, p, width) =>
  partner.reduce((sum, j, i) => sum + squaredDistance(a, b, i, j, width) ** (p / 2), 0) / partner.length;

// The partners by the name of a coupling. `words` are the rows that hold a word in either prompt.
const partnersBy = {
  optimal: ({ a, b, rows, width }) => assign(rows.map((i) => rows.map((j) => squaredDistance(a, b, i, j, width)))),
  standard: ({ rows }) => rows,
  random: ({ rows, seed }) => randperm(rows.length, seed),
  "random words": ({ rows, words, seed }) => {
    const partner = [...rows];
    randperm(words.length, seed).forEach((k, i) => (partner[words[i]] = words[k]));
    return partner;
  },
};

// The cloud at time t: (1 - t) times each row of a, t times its partner in b.
const between = (a, b, partner, t, width) => {
  const cloud = new Float32Array(a.length);
  partner.forEach((j, i) => {
    for (let k = 0; k < width; k++) {
      const [from, to] = [a[i * width + k], b[j * width + k]];
      cloud[i * width + k] = t < 0.5 ? from + t * (to - from) : to - (1 - t) * (to - from);
    }
  });
  return cloud;
};

// Words that the model never learned, and the known ones nearest to them.

// How alike two words are, by Ratcliff and Obershelp: twice the letters of their common blocks, over all letters.
const alike = (one, other) => {
  const common = (a, b) => {
    let [longest, i, j] = [0, 0, 0];
    for (let k = 0; k < a.length; k++)
      for (let m = 0; m < b.length; m++) {
        let size = 0;
        while (k + size < a.length && m + size < b.length && a[k + size] === b[m + size]) size++;
        if (size > longest) [longest, i, j] = [size, k, m];
      }
    if (!longest) return 0;
    return longest + common(a.slice(0, i), b.slice(0, j)) + common(a.slice(i + longest), b.slice(j + longest));
  };
  const [a, b] = [[...one], [...other]];
  return (2 * common(a, b)) / (a.length + b.length);
};

const nearest = (word, known) =>
  known
    .map((other) => [alike(other, word), other])
    .filter(([score]) => score >= 0.5)
    .sort(([p, a], [q, b]) => q - p || (a < b ? 1 : -1))
    .slice(0, 3)
    .map(([, other]) => other);

// The unknown words of a prompt, each once, with at most three that are near.
const unknownWords = (prompt, known) => {
  const words = prompt.toLowerCase().match(/[\p{L}\p{Nl}\p{No}]+|\p{Nd}|[^\p{L}\p{N}_\s]+/gu) ?? [];
  return [...new Set(words)].filter((word) => !known.includes(word)).map((word) => ({ word, near: nearest(word, known) }));
};

// See the noise go: the picture that the denoiser guesses behind the noise at each step, for prompt A, and where it reads a word.

const noisePanel = (found, hearing) => {
  const { a, read, settings } = found;
  const { labels } = read[0];
  const places = (kind) =>
    Array.from({ length: settings.steps }, (_, i) => emptyFrame(`${kind}, step ${i + 1} of ${settings.steps}, not painted yet`));
  const [guesses, maps] = [places("Guess"), places("Attention")];
  let steps = [];
  const at = ({ attention }, row) => attention.filter((_, k) => k % labels.length === row);
  const show = (row) => {
    words.forEach((word) => word.node.setAttribute("aria-pressed", word.row === row));
    const most = Math.max(...steps.flatMap((step) => [...at(step, row)]));
    steps.forEach((step, i) => {
      const shares = at(step, row).map((share) => (2 * share) / most - 1);
      drawnOn(maps[i], Float32Array.from({ length: 3 * shares.length }, (_, k) => shares[k % shares.length]));
      maps[i].setAttribute("aria-label", `Where step ${i + 1} of ${settings.steps} reads “${labels[row]}”`);
    });
  };
  const words = wordRows(labels, labels).map((row) => ({
    row, node: h("button", { type: "button", "aria-pressed": false, onclick: () => show(row) }, labels[row]),
  }));
  const watch = async () => {
    steps = await paintOne(found, a, undefined, "watch");
    guesses.forEach((canvas, i) => {
      drawnOn(canvas, steps[i].picture);
      canvas.setAttribute("aria-label", `What step ${i + 1} of ${settings.steps} guesses`);
    });
    const seen = words.map(({ row }) => Math.max(...at(steps.at(-1), row)));
    if (words.length) show(words[seen.indexOf(Math.max(...seen))].row);
  };
  return panel("See the noise go", () => watch().catch(hearing),
    h("p", {}, "At each step the denoiser looks at the noisy latent and guesses the clean picture behind it; the sampler ",
      "goes a part of the way there and asks again. These are its guesses for prompt A, from the first step to the last. ",
      "Below each is where it reads a word: the share of its attention, mean over heads and over the layers with the most places. ",
      "White is the largest share in any step."),
    h("div", { class: "sdi-live-words", role: "group", "aria-label": "The word" }, ...words.map(({ node }) => node)),
    h("div", { class: "sdi-live-guesses" }, ...guesses.map((canvas, i) => h("div", {}, canvas, maps[i]))));
};

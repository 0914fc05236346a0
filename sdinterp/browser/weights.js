// Words by weight: the denoiser reads a measure, so each word's row may have more mass than the others, or none.

const HEAVIEST = 8;

const weightsPanel = (found, hearing) => {
  const { a, read, settings } = found;
  const { labels } = read[0];
  const picture = emptyFrame(`${settings.a}, not painted yet`);
  const sliders = wordRows(labels, labels).map((row) => {
    const weight = h("output", {}, "1");
    const slider = h("input", { type: "range", min: 0, max: HEAVIEST, step: 0.25, value: 1, oninput: () => follow() });
    return { row, slider, weight, node: h("label", {}, h("span", {}, labels[row]), slider, weight) };
  });
  const repaint = async () => {
    const logs = new Float32Array(labels.length);
    for (const { row, slider } of sliders) logs[row] = Math.log(Number(slider.value));
    const said = sliders.map(({ row, slider }) => `${labels[row]} ${slider.value}`).join(", ");
    const { pictures } = await paintOne(found, a, logs);
    drawnOn(picture, pictures);
    picture.setAttribute("aria-label", `${settings.a}, with weights ${said}`);
    picture.dataset.weights = said;
  };
  const act = following(repaint, hearing);
  const follow = () => {
    for (const { slider, weight } of sliders) weight.textContent = slider.value;
    act();
  };
  return panel("Words by weight", act,
    h("p", {}, "The denoiser reads prompt A as a cloud of rows, each of mass 1. Here a word's row can have more mass, up to ",
      `${HEAVIEST}, or none: then it is not read. The start mark, the end mark and the padding keep theirs.`),
    h("div", { class: "sdi-live-beside" }, h("div", { class: "sdi-live-weights" }, ...sliders.map((one) => one.node)), picture));
};

// The strips on the page: the book's strip player, which fills as pictures are painted, and the measures below it.

// A picture of 3 x side x side numbers in [-1, 1].
const drawnOn = (canvas, picture) => {
  const area = picture.length / 3;
  const side = Math.sqrt(area);
  const image = new ImageData(side, side);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round((picture[c * area + i] + 1) * 127.5);
    image.data[4 * i + 3] = 255;
  }
  fill(canvas, { width: side, height: side }, []).getContext("2d").putImageData(image, 0, 0);
};

const emptyFrame = (says) => h("canvas", { role: "img", "aria-label": says });

// As many decimals as show three digits of the largest of some numbers.
const decimalsOf = (numbers) => clamp(2 - Math.floor(Math.log10(Math.max(...numbers) || 1)), 0, 6);

// Empty strips to be filled: `put` a picture in its place, `measure` all strips once they are whole.
const stripView = (names, count) => {
  const times = Array.from({ length: count }, (_, k) => k / (count - 1));
  const strips = names.map((name) => ({
    name,
    frames: times.map(() => h("canvas")),
    row: { ...LIVE.looks[name], known: true, aspect: 1, frames: times.map(() => UNSEEN), steps: [], readouts: [] },
  }));
  for (const { row } of strips)
    for (const name of ["cost so far", "perceptual step"]) row.readouts.push({ name, numbers: times.map(() => null) });
  const player = stripPlayer({
    stops: times.map((t) => `t = ${t.toFixed(3)}`), slider: "t", step: "perceptual step", rows: strips.map(({ row }) => row),
  });
  const heads = ["coupling", ...Object.keys(MEASURES)];
  const body = h("tbody");
  const table = h("div", { class: "sdi-live-table", hidden: "" },
    h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))), body));
  const figure = h("figure", { class: "sdi-player" }, h("div", { class: "sdi-stage" }, player.node));
  return {
    node: h("div", {}, figure, table),
    strips,
    put(strip, frame, picture) {
      const { frames, row } = strips[strip];
      drawnOn(frames[frame], picture);
      row.frames[frame] = frames[frame].toDataURL();
      player.redraw();
    },
    measure(found) {
      found.forEach(({ measures, steps }, k) => {
        const { name, row } = Object.assign(strips[k], { measures });
        row.steps.push(...steps);
        row.readouts[0].numbers = times.map((t) => t * measures["cost (p=1)"]);
        row.readouts[1].numbers = [null, ...steps];
        body.append(h("tr", {}, h("th", { scope: "row" }, name),
          ...Object.values(measures).map((x) => h("td", {}, Number.isNaN(x) ? "not defined" : h("data", { value: x }, short(x))))));
      });
      for (const k of [0, 1]) {
        const decimals = decimalsOf(strips.flatMap(({ row }) => row.readouts[k].numbers));
        for (const { row } of strips) row.readouts[k].decimals = decimals;
      }
      table.hidden = false;
      player.redraw();
    },
  };
};

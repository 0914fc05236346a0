// The strips on the page: a row of frames for each coupling, large pictures under a slider, and the measures.

const SIDE = 64;

const drawnOn = (canvas, picture) => {
  const image = new ImageData(SIDE, SIDE);
  const area = SIDE * SIDE;
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round((picture[c * area + i] + 1) * 127.5);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
};

const emptyFrame = (says) => h("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": says });

// Empty strips to be filled: `put` a picture in its place, `measure` a strip once it is whole.
const stripView = (names, frames) => {
  const last = frames - 1;
  const title = (name, frame) => `${name}, t = ${(frame / last).toFixed(3)}`;
  const strips = names.map((name) => ({
    name,
    large: emptyFrame(name),
    frames: Array.from({ length: frames }, (_, frame) => emptyFrame(`${title(name, frame)}, not painted yet`)),
    pictures: [],
  }));
  const slider = h("input", { type: "range", min: 0, max: last, step: 1, value: 0, "aria-label": "Time along the path" });
  const time = h("output");
  const show = () => {
    const frame = Number(slider.value);
    time.textContent = `t = ${(frame / last).toFixed(3)}`;
    slider.setAttribute("aria-valuetext", `${time.textContent}, frame ${frame + 1} of ${frames}`);
    for (const strip of strips) {
      const there = strip.pictures[frame];
      if (there) drawnOn(strip.large, there);
      else strip.large.getContext("2d").clearRect(0, 0, SIDE, SIDE);
      strip.large.setAttribute("aria-label", title(strip.name, frame) + (there ? "" : ", not painted yet"));
      strip.frames.forEach((canvas, k) => canvas.classList.toggle("sdi-now", k === frame));
    }
  };
  slider.addEventListener("input", show);
  const heads = ["coupling", ...Object.keys(MEASURES)];
  const body = h("tbody");
  const table = h("div", { class: "sdi-live-table", hidden: "" },
    h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))), body));
  const node = h("div", { class: "sdi-live-strips" },
    h("div", { class: "sdi-live-large" }, ...strips.map(({ name, large }) => h("div", {}, h("strong", {}, name), large))),
    h("div", { class: "sdi-live-time" }, slider, time),
    ...strips.map(({ name, frames: row }) =>
      h("div", { class: "sdi-live-strip" }, h("span", {}, name),
        h("div", { style: `grid-template-columns: repeat(${frames}, minmax(0, 72px))` }, ...row))),
    table,
  );
  strips.forEach(({ frames: row }) => row.forEach((canvas, frame) => canvas.addEventListener("click", () => {
    slider.value = frame;
    show();
  })));
  show();
  return {
    node, strips,
    put(strip, frame, picture) {
      strips[strip].pictures[frame] = picture;
      drawnOn(strips[strip].frames[frame], picture);
      strips[strip].frames[frame].setAttribute("aria-label", title(strips[strip].name, frame));
      show();
    },
    measure(strip, measures) {
      strips[strip].measures = measures;
      table.hidden = false;
      body.append(h("tr", {}, h("th", { scope: "row" }, strips[strip].name),
        ...Object.values(measures).map((x) => h("td", {}, Number.isNaN(x) ? "not defined" : h("data", { value: x }, short(x))))));
    },
  };
};

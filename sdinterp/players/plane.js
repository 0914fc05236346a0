// A drawing of points in the plane, equal scale on both axes, y upwards. Sizes are in units of the view box.
const WIDTH = 360;
const HEIGHT = 320;
const MARGIN = 36;
const EDGE = 14;

const plane = (points) => {
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const fit = Math.min((WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (high - low));
  const scale = Number.isFinite(fit) ? fit : 1;
  const place = ([x, y]) => [WIDTH / 2 + (x - (left + right) / 2) * scale, HEIGHT / 2 - (y - (low + high) / 2) * scale];
  // Where a place in the view box lies in the plane; it is kept inside the drawing.
  const read = (px, py) => [
    (left + right) / 2 + (clamp(px, EDGE, WIDTH - EDGE) - WIDTH / 2) / scale,
    (low + high) / 2 - (clamp(py, EDGE, HEIGHT - EDGE) - HEIGHT / 2) / scale,
  ];
  const svg = s("svg", { class: "sdi-plane", viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  // Where the pointer is in the view box.
  const under = ({ clientX, clientY }) => {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [x, y];
  };
  return { svg, place, read, under };
};

// A numbered dot: source rows are blue discs, target rows orange squares with round corners.
const dot = (cloud, row, attributes = {}) =>
  s(
    "g",
    { class: `sdi-dot sdi-${cloud}`, ...attributes },
    s("circle", { class: "sdi-hit", r: 15 }),
    cloud === "a" ? s("circle", { r: 10 }) : s("rect", { x: -9.5, y: -9.5, width: 19, height: 19, rx: 5 }),
    s("text", { dy: "0.36em" }, String(row)),
  );
const moveTo = (node, [x, y]) => fill(node, { transform: `translate(${x} ${y})` }, []);
const join = (line, [x1, y1], [x2, y2]) => fill(line, { x1, y1, x2, y2 }, []);

// Where the points of A and B are, for a cloud that moves between them.
const faint = (a, b, place) => [
  ...a.map((point) => moveTo(s("circle", { class: "sdi-a sdi-end", r: 7 }), place(point))),
  ...b.map((point) => moveTo(s("rect", { class: "sdi-b sdi-end", x: -7, y: -7, width: 14, height: 14, rx: 4 }), place(point))),
];

const legend = () =>
  h("p", { class: "sdi-legend" }, h("i", { class: "sdi-a" }), "A, the source", h("i", { class: "sdi-b" }), "B, the target");

const distance = (x, y) => Math.hypot(x[0] - y[0], x[1] - y[1]);

// The colour at time t, between colours at equal steps from 0 to 1.
const colourAt = (colours, t) => {
  const place = t * (colours.length - 1);
  const k = Math.min(Math.floor(place), colours.length - 2);
  return `color-mix(in srgb, ${colours[k + 1]} ${100 * (place - k)}%, ${colours[k]})`;
};

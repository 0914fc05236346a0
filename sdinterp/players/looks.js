// How a coupling is drawn: its colour and dashes, and a short line of them to stand before its name.
const ink = ({ colour, dashes }) => ({
  style: `stroke: color-mix(in srgb, ${colour} 80%, currentColor)`, "stroke-dasharray": dashes,
});
const sample = (coupling) => s("svg", { class: "sdi-sample", viewBox: "0 0 34 8", "aria-hidden": "true" },
  s("path", { ...ink(coupling), d: "M0 4H34" }));
// A name, after its line where it is that of a coupling.
const named = ({ known, name, ...look }) => [...(known ? [sample(look)] : []), name];

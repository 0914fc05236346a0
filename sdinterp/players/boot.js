// Helpers shared by all players. Strings only ever become text nodes or attributes: nothing is parsed as HTML.
const fill = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  node.append(...children);
  return node;
};
const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const short = (x) => (x !== 0 && (x >= 1e5 || x < 1e-3) ? x.toExponential(2) : x.toPrecision(4));

// A number on the page: rounded for the reader, to so many decimals if said, exact in its value.
const number = (node, x, decimals) => {
  node.value = x;
  node.textContent = decimals === undefined ? short(x) : x.toFixed(decimals);
};

// Numbers below one another: with the same decimals, so many that the largest has four digits.
const column = (nodes, values) => {
  const largest = Math.max(...values.map(Math.abs)) || 1;
  const decimals = clamp(3 - Math.floor(Math.log10(largest)), 0, 9);
  nodes.forEach((node, k) => {
    node.value = values[k];
    node.textContent = values[k].toFixed(decimals);
  });
};

// The step in the plane that an arrow key asks for, or undefined.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// A key that a player used must not also turn the page or move the notebook's cursor.
const used = (event) => {
  event.preventDefault();
  event.stopPropagation();
};

const boot = (kind, build) => {
  // A notebook may run this script when document.currentScript is null: then every figure that still waits is built.
  const mine = document.currentScript?.closest("figure.sdi-player");
  const all = mine ? [mine] : document.querySelectorAll(`figure[data-sdi-player="${kind}"]`);
  for (const figure of all) {
    if (figure.sdiReady) continue;
    figure.sdiReady = true;
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    figure.querySelector(".sdi-stage").replaceChildren(...build(data));
  }
};

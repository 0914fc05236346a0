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
  nodes.forEach((node, k) => number(node, values[k], decimals));
};

// The step in the plane that each arrow key asks for.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// What a key that is pressed alone asks for, of some goals by key, or undefined. A key that a player used must not also turn the page
// or move the notebook's cursor.
const askedBy = (event, goals) => {
  const goal = event.ctrlKey || event.metaKey || event.altKey ? undefined : goals[event.key];
  if (goal === undefined) return undefined;
  event.preventDefault();
  event.stopPropagation();
  return goal;
};

// Lets a node be dragged, by mouse or finger. `begin` hears the press, and gives what hears the moves after it, or nothing where the
// press is no drag's; `drop` hears where it ends, `over` that it has, dropped or lost.
const draggable = (node, begin, { drop = () => {}, over = () => {} } = {}) => {
  let move;
  const held = (act) => (event) => node.hasPointerCapture(event.pointerId) && act(event);
  return fill(node, {
    onpointerdown: (event) => {
      move = event.button ? undefined : begin(event);
      if (!move) return;
      node.setPointerCapture(event.pointerId);
      event.preventDefault();
    },
    onpointermove: held((event) => move(event)),
    onpointerup: held(drop),
    onlostpointercapture: over,
    ondragstart: (event) => event.preventDefault(),
  }, []);
};

// A button that shows one frame after the other, or pauses: `play` is what it begins with, which `run`s frames at a pace in ms.
const playing = (show, play) => {
  let timer = 0;
  const button = h("button", { type: "button", class: "sdi-play", onclick: () => (timer ? stop() : play()) });
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "▶\ufe0e Play";
  };
  const jump = (k) => {
    stop();
    show(k);
  };
  const run = (frames, pace) => {
    stop();
    button.textContent = "❚❚ Pause";
    timer = setInterval(() => {
      show(frames.shift());
      if (!frames.length || !button.isConnected) stop();
    }, pace);
  };
  stop();
  return { button, jump, run };
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

// What stands in the place of a frame that is still to come.
const UNSEEN = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'><path fill='%23888' fill-opacity='.25' d='M0 0h64v64H0z'/></svg>";

// A strip of film. Its frames stand at places from 0 to 1, each cut where it would cover the next; above them a staircase of steps.
const film = ({ frames, steps, aspect, ...look }) => {
  const last = frames.length - 1;
  const slots = frames.map(() => h("div", {}, h("img", { alt: "" })));
  const stairs = s("path", { ...ink(look), fill: look.colour });
  const head = ["sdi-halo", "sdi-head"].map((kind) => s("path", { class: kind }));
  const drawn = (kind, ...paths) =>
    s("svg", { class: kind, viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, ...paths);
  const staircase = drawn("sdi-stairs", stairs);
  const line = drawn("sdi-playhead", ...head);
  const base = h("div", { class: "sdi-frames" }, ...slots);
  const reel = h("div", { class: "sdi-reel" }, base, line);
  const node = h("div", { class: "sdi-row", style: `--sdi-aspect: ${aspect}` },
    h("span", {}, ...named(look)), reel);
  let places;

  const free = "(100% - var(--sdi-frame))";
  const half = "var(--sdi-frame) / 2";
  const between = (j, k) => (places[j] + places[k]) / 2;
  // Puts the frames at their places, and draws the steps on a scale whose highest is `most`; 0 where there are none.
  const place = (at, most) => {
    places = at;
    base.style.backgroundSize = `calc(${free} * ${places[last]} + var(--sdi-frame)) 100%`;
    slots.forEach((slot, k) => {
      const before = k ? places[k] - places[k - 1] : 0;
      const wide = before + (k < last ? places[k + 1] - places[k] : 0);
      slot.style.left = k ? `calc(${free} * ${between(k - 1, k)} + ${half})` : 0;
      slot.style.right = `calc(${free} * ${1 - (k < last ? between(k, k + 1) : places[k])}${k < last ? ` + ${half}` : ""})`;
      slot.firstChild.style.left = k && k < last ? `calc(${wide ? (100 * before) / wide : 50}% - ${half})` : k ? "auto" : 0;
      slot.firstChild.style.right = k === last ? 0 : "auto";
      if (slot.firstChild.getAttribute("src") !== frames[k]) slot.firstChild.src = frames[k];
    });
    if (!most) return staircase.remove();
    reel.prepend(staircase);
    stairs.setAttribute("d", `M0 100${steps.map((step, k) => `V${100 - (96 * step) / most}H${100 * places[k + 1]}`).join("")}V100`);
  };
  // The playhead comes down from where it stands in the row above.
  const show = (k, above = places[k]) => {
    slots.forEach((slot, i) => slot.classList.toggle("sdi-now", i === k));
    for (const path of head) path.setAttribute("d", `M${100 * above} 0L${100 * places[k]} 8V100`);
    return places[k];
  };
  const nearest = ({ clientX }) => {
    const { left, width } = line.getBoundingClientRect();
    const far = places.map((at) => Math.abs(left + at * width - clientX));
    return far.indexOf(Math.min(...far));
  };
  return { node, reel, place, show, nearest };
};

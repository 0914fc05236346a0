boot("histogram", ({ a, b, p, permutations, costs, standard }) => {
  const last = costs.length - 1;
  const [low, high] = [costs[0], costs[last]];
  const bins = high > low ? Math.min(24, costs.length) : 1;
  const bin = (cost) => (high > low ? Math.min(bins - 1, Math.floor(((cost - low) / (high - low)) * bins)) : 0);
  const counts = new Array(bins).fill(0);
  costs.forEach((cost) => counts[bin(cost)]++);
  const most = Math.max(...counts);
  let rank = 0;

  // The histogram, in a box of 360 x 240.
  const [left, right, top, bottom] = [34, 346, 46, 196];
  const across = (cost) => (high > low ? left + ((cost - low) / (high - low)) * (right - left) : (left + right) / 2);
  const wide = (right - left) / bins;
  const bars = counts.map((count, k) => {
    const tall = (count / most) * (bottom - top);
    return s("g", { class: "sdi-bar", onclick: () => show(nextIn(k)) },
      s("rect", { class: "sdi-hit", x: left + k * wide, y: top, width: wide, height: bottom - top }),
      s("rect", { x: left + k * wide + 0.5, y: bottom - tall, width: wide - 1, height: tall }),
      s("title", {}, `${count} of ${costs.length} permutations`));
  });
  const text = (x, y, words, anchor = "middle") => s("text", { x, y, "text-anchor": anchor }, words);
  const mark = (cost, words, y, anchor) => [
    s("line", { class: "sdi-mark", x1: across(cost), x2: across(cost), y1: y + 4, y2: bottom }),
    text(across(cost), y, words, anchor),
  ];
  const side = across(costs[standard]) < 80 ? "start" : across(costs[standard]) > 280 ? "end" : "middle";
  const pointer = s("path", { class: "sdi-pointer", d: "M0 2l7 11h-14z" });
  const chart = s("svg", { class: "sdi-chart", viewBox: "0 0 360 240", role: "img",
    "aria-label": `Histogram of the costs of all ${costs.length} permutations, from ${short(low)} to ${short(high)}` },
    ...bars,
    s("line", { class: "sdi-axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    text(left - 4, top + 4, most, "end"), text(left - 4, bottom, 0, "end"),
    ...mark(low, "optimal", 16, "start"), ...mark(high, "worst", 16, "end"), ...mark(costs[standard], "standard", 34, side),
    pointer,
    text(left, 226, short(low), "start"), text(190, 226, `cost, p = ${p}`), text(right, 226, short(high), "end"));

  // The coupling.
  const { svg, place } = plane([...a, ...b]);
  const lines = a.map(() => s("line", { class: "sdi-line" }));
  const placed = (cloud, points) => points.map((point, i) => moveTo(dot(cloud, i), place(point)));
  svg.append(...lines, ...placed("b", b), ...placed("a", a));
  svg.setAttribute("role", "img");

  const slider = h("input", { type: "range", min: 1, max: last + 1, step: 1,
    "aria-label": "Rank of the permutation, cheapest first",
    oninput: () => show(Number(slider.value) - 1), onkeydown: (event) => event.stopPropagation() });
  const ordinal = h("output", { class: "sdi-time" });
  const cost = h("data");
  const pairs = h("span");

  // A click on a bar picks its cheapest permutation, a click on the same bar the next one.
  const nextIn = (k) => {
    const inside = costs.map((_, i) => i).filter((i) => bin(costs[i]) === k);
    return inside.find((i) => i > rank) ?? inside[0] ?? rank;
  };
  const show = (k) => {
    rank = k;
    const partner = permutations[k];
    slider.value = k + 1;
    ordinal.textContent = `rank ${k + 1} of ${last + 1}`;
    number(cost, costs[k]);
    pairs.textContent = partner.map((j, i) => `${i}→${j}`).join(", ");
    slider.setAttribute("aria-valuetext", `${ordinal.textContent}, cost ${short(costs[k])}`);
    svg.setAttribute("aria-label", `The coupling: ${partner.map((j, i) => `${i} to ${j}`).join(", ")}`);
    partner.forEach((j, i) => join(lines[i], place(a[i]), place(b[j])));
    moveTo(pointer, [across(costs[k]), bottom]);
    bars.forEach((bar, i) => bar.classList.toggle("sdi-now", i === bin(costs[k])));
  };
  const goto = (words, k) => h("button", { type: "button", onclick: () => show(k) }, words);

  show(standard);
  return [
    h("div", { class: "sdi-panes" },
      h("div", {}, chart, h("div", { class: "sdi-controls" }, slider, ordinal),
        h("div", { class: "sdi-controls" }, goto("optimal", 0), goto("standard", standard), goto("worst", last))),
      h("div", {}, svg, legend(), h("p", {}, "cost ", cost, `, p = ${p}`), h("p", {}, pairs))),
  ];
});

// Panels of dots. Places are in percent of a panel, so a panel may have any size. Within NEAR pixels a dot is hit.
const NEAR = 24;

boot("dots", ({ panels, x_label, y_label, x_ticks, y_ticks, zero, couplings, pictures }) => {
  const at = ([left, top]) => ({ cx: `${left}%`, cy: `${top}%` });
  const line = (look, [x1, y1], [x2, y2]) => s("line", { class: look, x1: `${x1}%`, y1: `${y1}%`, x2: `${x2}%`, y2: `${y2}%` });
  const level = (look, top) => line(look, [0, top], [100, top]);
  const mean = (place) => s("circle", { class: "sdi-mean", r: 4.5, ...at(place) });
  // A dot, or an arrow at the edge for one that lies beyond the axis.
  const spot = ({ at: [left, top], beyond, strips }) => {
    const look = strips.length ? "sdi-spot" : "sdi-spot sdi-bare";
    return beyond
      ? s("svg", { class: look, x: `${left}%`, y: `${top}%` }, s("path", { d: `M-5 ${8 * beyond}L0 0L5 ${8 * beyond}z` }))
      : s("circle", { class: look, r: 3.5, ...at([left, top]) });
  };

  const ring = s("circle", { class: "sdi-ring", r: 8 });
  const said = h("p", { class: "sdi-said", role: "status", "aria-live": "polite" });
  const films = h("div", {});

  const drawn = panels.map(({ title, dots, marks }, p) => {
    const svg = s("svg", { class: "sdi-scatter", "aria-hidden": "true" },
      ...y_ticks.flatMap(([top, label]) => [level("sdi-grid", top),
        s("text", { class: "sdi-y", x: -8, y: `${top}%`, dy: "0.36em", "text-anchor": "end" }, label)]),
      ...x_ticks.map(([left, label]) => s("text", { x: `${left}%`, y: "100%", dy: "1.5em", "text-anchor": "middle" }, label)),
      level("sdi-zero", zero), ...dots.map(spot),
      ...marks.flatMap(([middle, low, high]) => [line("sdi-span", low, high), mean(middle)]));
    const now = Math.max(0, dots.findIndex(({ strips }) => strips.length));
    const slider = h("div", { class: "sdi-panel", tabindex: 0, role: "slider", "aria-label": title, "aria-valuemin": 1,
      "aria-valuemax": dots.length, "aria-valuenow": now + 1, onclick: (event) => hit(p, event), onkeydown: (event) => move(p, event),
      onfocus: () => slider.matches(":focus-visible") && choose(p, drawn[p].now) }, svg);
    const byHeight = [...dots.keys()].sort((i, j) => dots[i].at[1] - dots[j].at[1]);
    return { title, svg, slider, dots, byX: [...dots.keys()], byHeight, now };
  });

  const choose = (p, k) => {
    const { svg, slider, dots } = drawn[p];
    const { says, beyond, strips } = dots[k];
    drawn[p].now = k;
    fill(ring, at(dots[k].at), []);
    svg.append(ring);
    fill(slider, { "aria-valuenow": k + 1, "aria-valuetext": `dot ${k + 1} of ${dots.length}` }, []);
    said.textContent = says + (beyond ? " It lies beyond the axis and is drawn at its edge." : "")
      + (strips.length ? "" : " Its pictures are not in this page.");
    films.replaceChildren(...strips.map(([c, picture]) =>
      h("div", { class: "sdi-film" }, h("p", {}, sample(couplings[c]), couplings[c].name),
        h("img", { ...pictures[picture], alt: `Strip of ${couplings[c].name}, from left to right` }))));
  };
  // A click or tap takes the nearest dot, where one is near.
  const hit = (p, event) => {
    const { svg, dots } = drawn[p];
    const box = svg.getBoundingClientRect();
    const far = dots.map(({ at: [left, top] }) =>
      Math.hypot(box.x + (left / 100) * box.width - event.clientX, box.y + (top / 100) * box.height - event.clientY));
    const least = Math.min(...far);
    if (least <= NEAR) choose(p, far.indexOf(least));
  };
  const move = (p, event) => {
    const { byX, byHeight, now } = drawn[p];
    const last = byX.length - 1;
    const step = (order, by) => order[clamp(order.indexOf(now) + by, 0, last)];
    const goal = askedBy(event, { ArrowLeft: step(byX, -1), ArrowRight: step(byX, 1), ArrowUp: step(byHeight, -1),
      ArrowDown: step(byHeight, 1), Home: 0, End: last });
    if (goal !== undefined) choose(p, goal);
  };

  // The last panel that has strips comes first, and of it the first dot that has some.
  const first = drawn.findLast(({ dots, now }) => dots[now].strips.length) ?? drawn.at(-1);
  choose(drawn.indexOf(first), first.now);

  const key = (words, ...shapes) => h("span", {}, s("svg", { "aria-hidden": "true" }, ...shapes), words);
  const some = (test) => panels.some(({ dots }) => dots.some(test));
  const middle = [50, 50];
  const legend = [
    ["mean and its interval", panels.some(({ marks }) => marks.length), line("sdi-span", [50, 0], [50, 100]), mean(middle)],
    ["a pair with pictures", some(({ strips }) => strips.length), spot({ at: middle, strips: [0] })],
    ["a pair without", some(({ strips }) => !strips.length), spot({ at: middle, strips: [] })],
    ["beyond the axis", some(({ beyond }) => beyond), spot({ at: [50, 20], beyond: 1, strips: [] })],
    ["no gain", true, level("sdi-zero", 50)],
  ];
  const wide = Math.max(...y_ticks.map(([, label]) => label.length));
  return [
    h("p", { class: "sdi-note" }, y_label),
    h("div", { class: "sdi-panels", style: `padding-left: calc(${wide}ch + 6px)` }, ...drawn.map(({ title, slider }) =>
      h("div", {}, h("strong", {}, title), slider))),
    h("p", { class: "sdi-note sdi-below" }, x_label),
    h("p", { class: "sdi-note sdi-keys" },
      ...legend.filter(([, there]) => there).map(([words, , ...shapes]) => key(words, ...shapes))),
    said, films,
    h("p", { class: "sdi-note" }, "Click a dot, tap near it, or move with the arrow keys; Tab goes to the next panel."),
  ];
});

boot("morph", ({ a, b, couplings, colours, t: start }) => {
  const rows = a.map((_, i) => i);
  const views = couplings.map((coupling) => {
    const { svg, place } = plane([...a, ...b]);
    const tracks = rows.map((i) => join(s("line", { class: "sdi-track", ...ink(coupling) }), place(a[i]), place(b[coupling.to[i]])));
    const ring = s("circle", { class: "sdi-spread", ...ink(coupling), "stroke-dasharray": "" });
    const movers = rows.map(() => s("circle", { class: "sdi-mover", r: 10 }));
    svg.append(...tracks, ...faint(a, b, place), ring, ...movers);
    fill(svg, { role: "img" }, []);
    return { coupling, svg, place, ring, movers, spread: h("data") };
  });
  const slider = h("input", { type: "range", min: 0, max: 1, step: 0.01, "aria-label": "Time t along the paths",
    oninput: () => draw(), onkeydown: (event) => event.stopPropagation() });
  const time = h("output", { class: "sdi-time" });

  const draw = () => {
    const t = Number(slider.value);
    time.textContent = `t = ${t.toFixed(2)}`;
    for (const { coupling, svg, place, ring, movers, spread } of views) {
      const cloud = rows.map((i) => a[i].map((x, axis) => x + t * (b[coupling.to[i]][axis] - x)));
      const middle = [0, 1].map((axis) => cloud.reduce((sum, point) => sum + point[axis], 0) / rows.length);
      const size = Math.sqrt(cloud.reduce((sum, point) => sum + distance(point, middle) ** 2, 0) / rows.length);
      const [x, y] = place(middle);
      const edge = place([middle[0] + size, middle[1]]);
      fill(ring, { cx: x, cy: y, r: edge[0] - x }, []);
      cloud.forEach((point, i) => {
        moveTo(movers[i], place(point));
        movers[i].style.fill = colourAt(colours, t);
      });
      number(spread, size, 3);
      svg.setAttribute("aria-label", `The cloud along the ${coupling.name} coupling, spread ${spread.textContent}`);
    }
    slider.setAttribute("aria-valuetext", `${time.textContent}; spread: ${views.map(({ coupling, spread }) =>
      `${coupling.name} ${spread.textContent}`).join(", ")}`);
  };

  slider.value = start;
  draw();
  return [
    h("div", { class: "sdi-abreast" }, ...views.map(({ coupling, svg, spread }) =>
      h("div", {}, h("strong", {}, sample(coupling), coupling.name), svg, h("p", {}, "spread ", spread)))),
    h("div", { class: "sdi-controls" }, slider, time),
    h("p", { class: "sdi-note" }, "The ring is as wide as the spread: the root mean square distance of the dots from their mean."),
  ];
});

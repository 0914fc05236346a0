// A small seeded generator (mulberry32), so that the same shuffles come again after a reset.
const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let z = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
  return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
};

boot("playground", (data) => {
  const rows = data.a.map((_, i) => i);
  const { svg, place, read, under } = plane([...data.a, ...data.b]);
  let clouds, name, next, quiet;

  const partners = {
    standard: () => rows,
    random: () => data.random,
    optimal: () => assign(clouds.a.map((x) => clouds.b.map((y) => distance(x, y) ** 2))),
  };
  const cost = (partner, p) => rows.reduce((sum, i) => sum + distance(clouds.a[i], clouds.b[partner[i]]) ** p, 0) / rows.length;

  const lines = rows.map(() => s("line", { class: "sdi-line" }));
  const movers = rows.map(() => s("circle", { class: "sdi-mover", r: 7 }));
  const dots = { a: rows.map((i) => handle("a", i)), b: rows.map((i) => handle("b", i)) };
  const slider = h("input", { type: "range", min: 0, max: 1, step: 0.01,
    "aria-label": "Time t along the path", oninput: () => draw() });
  const time = h("output", { class: "sdi-time" });
  const live = h("p", { class: "sdi-hidden", "aria-live": "polite" });
  const choices = data.couplings.map((coupling) => ({
    choice: coupling.name,
    coupling,
    button: h("button", { type: "button", onclick: () => choose(coupling.name) }, sample(coupling), coupling.name),
    costs: [1, 2].map((p) => h("data", { "data-coupling": coupling.name, "data-p": p })),
  }));

  // One dot that can be dragged by mouse, finger or arrow keys (with Shift: small steps).
  function handle(cloud, i) {
    const set = (px, py) => {
      clouds[cloud][i] = read(px, py);
      update();
    };
    const node = dot(cloud, i, {
      tabindex: 0, role: "button", "aria-roledescription": "point you can move",
      ontouchstart: (event) => event.preventDefault(), // or the page would scroll, and the finger lose the point
      onkeydown: (event) => {
        const step = askedBy(event, ARROWS);
        if (!step) return;
        const [px, py] = place(clouds[cloud][i]);
        const size = event.shiftKey ? 1 : 8;
        set(px + size * step[0], py + size * step[1]);
      },
    });
    return draggable(node, () => {
      node.focus();
      return (event) => set(...under(event));
    });
  }

  const draw = () => {
    const t = Number(slider.value);
    const partner = partners[name]();
    const { coupling } = choices.find(({ choice }) => choice === name);
    time.textContent = `t = ${t.toFixed(2)}`;
    slider.setAttribute("aria-valuetext", time.textContent);
    rows.forEach((i) => {
      const [x, y] = [clouds.a[i], clouds.b[partner[i]]];
      join(lines[i], place(x), place(y));
      fill(lines[i], ink(coupling), []);
      moveTo(movers[i], place([x[0] + t * (y[0] - x[0]), x[1] + t * (y[1] - x[1])]));
      movers[i].style.fill = colourAt(data.colours, t);
    });
    for (const cloud of ["a", "b"])
      dots[cloud].forEach((node, i) => {
        const point = clouds[cloud][i];
        moveTo(node, place(point));
        const where = point.map((x) => x.toPrecision(3)).join(", ");
        node.setAttribute("aria-label", `${cloud.toUpperCase()} row ${i} at ${where}`);
      });
  };
  // Draws, writes the costs, and reads them aloud once the reader pauses.
  const update = () => {
    draw();
    for (const { choice, button } of choices) button.setAttribute("aria-pressed", choice === name);
    for (const p of [1, 2])
      column(choices.map(({ costs }) => costs[p - 1]), choices.map(({ choice }) => cost(partners[choice](), p)));
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      live.textContent = choices
        .map(({ choice, costs }) => `${choice} coupling: cost ${costs[0].textContent} for p 1, ${costs[1].textContent} for p 2.`)
        .join(" ");
    }, 600);
  };
  const choose = (choice) => {
    name = choice;
    update();
  };
  // New row numbers for B by a random cycle (Sattolo): no row keeps its number, the set of points stays.
  const shuffle = () => {
    for (let i = rows.length - 1; i > 0; i--) {
      const j = Math.floor(next() * i);
      [clouds.b[i], clouds.b[j]] = [clouds.b[j], clouds.b[i]];
    }
    update();
  };
  const reset = () => {
    clouds = { a: [...data.a], b: [...data.b] };
    next = generator(data.seed);
    slider.value = data.t;
    choose(data.start);
  };

  svg.append(...lines, ...movers, ...dots.b, ...dots.a);
  fill(svg, { role: "group", "aria-label": "The clouds A and B, joined by the coupling" }, []);
  reset();
  clearTimeout(quiet); // nothing is read aloud before the reader acts
  const head = (text) => h("th", { scope: "col" }, text);
  return [
    h(
      "div",
      { class: "sdi-panes" },
      svg,
      h(
        "div",
        {},
        legend(),
        h("table", { class: "sdi-costs" },
          h("thead", {}, h("tr", {}, head("coupling"), head("cost, p = 1"), head("cost, p = 2"))),
          h("tbody", {}, ...choices.map(({ button, costs }) =>
            h("tr", {}, h("th", { scope: "row" }, button), ...costs.map((node) => h("td", {}, node)))))),
        h("div", { class: "sdi-controls" }, h("label", { class: "sdi-wide" }, "morph", slider), time),
        h("div", { class: "sdi-controls" },
          h("button", { type: "button", onclick: shuffle }, "shuffle the rows of B"),
          h("button", { type: "button", onclick: reset }, "reset")),
        h("p", { class: "sdi-note" }, "Drag a point, or focus it and use the arrow keys (Shift: small steps).",
          choices.some(({ choice }) => choice === "optimal") ? " “optimal” is the cheapest coupling for p = 2." : ""),
      ),
    ),
    live,
  ];
});

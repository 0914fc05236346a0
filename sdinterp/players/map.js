// A map on which each point is a cloud. A press within NEAR units of a point takes it; a drag then goes on to the nearest.
const NEAR = 24;

boot("map", ({ places, clouds, paths, colours }) => {
  const land = plane(places);
  const scene = plane(clouds.flat());
  const stops = paths.flatMap(({ rows }, p) => rows.map((row, k) => ({ p, k, at: land.place(places[row]) })));
  const [first, last] = [paths[0].rows[0], paths[0].rows.at(-1)];
  let path = 0;
  let stop = 0;

  const routes = paths.map((one) => s("path", { class: "sdi-route", ...ink(one),
    d: `M${one.rows.map((row) => land.place(places[row]).join(" ")).join("L")}` }));
  const spots = stops.map(({ p, at: [cx, cy] }) => s("circle", { cx, cy, r: 4, fill: paths[p].colour }));
  const ends = [moveTo(dot("a", "A"), land.place(places[first])), moveTo(dot("b", "B"), land.place(places[last]))];
  const ring = s("circle", { class: "sdi-ring", r: 13 });
  land.svg.append(...routes, ...spots, ...ends, ring);
  fill(land.svg, { "aria-hidden": "true" }, []);

  const moving = s("g");
  scene.svg.append(...faint(clouds[first], clouds[last], scene.place), moving);
  fill(scene.svg, { role: "img" }, []);

  const called = () => {
    const row = paths[path].rows[stop];
    return row === first ? "A" : row === last ? "B" : `${paths[path].name} path, t = ${(stop / (paths[path].rows.length - 1)).toFixed(2)}`;
  };
  const where = h("p", { class: "sdi-score" });
  const slider = h("div", { class: "sdi-land", tabindex: 0, role: "slider", "aria-label": "Point on the map", "aria-valuemin": 0,
    onkeydown: (event) => move(event) }, land.svg);

  const choose = (p, k) => {
    path = clamp(p, 0, paths.length - 1);
    const { rows, colour } = paths[path];
    stop = clamp(k, 0, rows.length - 1);
    const [cx, cy] = land.place(places[rows[stop]]);
    fill(ring, { cx, cy, style: `stroke: color-mix(in srgb, ${colour} 80%, currentColor)` }, []);
    const shade = `fill: ${colourAt(colours, stop / (rows.length - 1))}`;
    moving.replaceChildren(...clouds[rows[stop]].map((point) =>
      moveTo(s("circle", { class: "sdi-mover", r: 9, style: shade }), scene.place(point))));
    where.replaceChildren(...([first, last].includes(rows[stop]) ? [] : [sample(paths[path])]), called());
    fill(slider, { "aria-valuemax": rows.length - 1, "aria-valuenow": stop, "aria-valuetext": called() }, []);
    scene.svg.setAttribute("aria-label", `The cloud at ${called()}`);
  };
  // The nearest stop; of those that share a place, one of the path that one is on.
  const nearest = (event) => {
    const at = land.under(event);
    const far = stops.map((one) => distance(one.at, at) - (one.p === path ? 0.01 : 0));
    const least = Math.min(...far);
    return { far: least, ...stops[far.indexOf(least)] };
  };
  const take = (event) => {
    const { p, k } = nearest(event);
    choose(p, k);
  };
  draggable(land.svg, (event) => {
    if (nearest(event).far > NEAR) return undefined;
    slider.focus({ preventScroll: true });
    take(event);
    return take;
  });
  fill(land.svg, {
    ontouchstart: (event) => nearest(event.touches[0]).far <= NEAR && event.preventDefault(), // or the page would scroll
  }, []);
  const move = (event) => {
    const goal = askedBy(event, { ArrowLeft: [path, stop - 1], ArrowRight: [path, stop + 1], ArrowUp: [path - 1, stop],
      ArrowDown: [path + 1, stop], Home: [path, 0], End: [path, Infinity] });
    if (goal) choose(...goal);
  };

  choose(0, Math.floor(paths[0].rows.length / 2));
  const key = (one) => h("span", {}, sample(one), one.name);
  return [
    h("div", { class: "sdi-panes sdi-halves" },
      h("div", {}, h("strong", {}, "The map"), slider, h("p", { class: "sdi-keys" }, ...paths.map(key))),
      h("div", {}, h("strong", {}, "The cloud at the ring"), scene.svg, where)),
    h("p", { class: "sdi-note" },
      "Drag the ring along the map. By keyboard: left and right go along the path, up and down change it."),
  ];
});

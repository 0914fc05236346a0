// Pair the dots of A and B by hand, then compare with the cheapest pairing. Within NEAR units of the view box a dot is hit.
const NEAR = 24;

boot("pairing", ({ a, b, p, best, coupling }) => {
  const rows = a.map((_, i) => i);
  const { svg, place, under } = plane([...a, ...b]);
  const cost = (i, j) => distance(a[i], b[j]) ** p / rows.length;
  const total = (partner) => rows.reduce((sum, i) => sum + (partner[i] === null ? 0 : cost(i, partner[i])), 0);
  const nearest = rows.map((i) => [...rows].sort((j, k) => cost(i, j) - cost(i, k)));
  const least = total(best);
  let mine, chosen;

  const lines = rows.map(() => s("line", { class: "sdi-line sdi-mine" }));
  const cheapest = s("g", {}, ...rows.map((i) => join(s("line", { class: "sdi-cheapest", ...ink(coupling) }), place(a[i]), place(b[best[i]]))));
  const pulled = s("line", { class: "sdi-line" });
  const targets = rows.map((j) => moveTo(dot("b", j), place(b[j])));
  const starts = rows.map((i) => moveTo(
    dot("a", i, { tabindex: 0, role: "button", onfocus: () => choose(i), onkeydown: (event) => move(i, event) }), place(a[i])));

  // The dot that the pointer is near, or none: its cloud and row.
  const hit = (event) => {
    const at = under(event);
    const far = [a, b].flatMap((cloud) => cloud.map((point) => distance(place(point), at)));
    const k = far.indexOf(Math.min(...far));
    return far[k] < NEAR ? { cloud: "ab"[Math.floor(k / rows.length)], row: k % rows.length } : undefined;
  };
  // A drag joins from A to B; so do two taps, one on a dot of A and one on a dot of B.
  const begin = (event) => {
    const { cloud, row } = hit(event) ?? {};
    if (cloud === "b" && chosen !== null) pair(chosen, row);
    if (cloud !== "a") return undefined;
    starts[row].focus({ preventScroll: true });
    return (later) => join(pulled, place(a[chosen]), under(later));
  };
  const drop = (event) => {
    const { cloud, row } = hit(event) ?? {};
    if (cloud === "b") pair(chosen, row);
  };
  draggable(svg, begin, { drop, over: () => join(pulled, [0, 0], [0, 0]) });
  fill(svg, {
    role: "group", "aria-label": "The clouds A and B, to be paired",
    ontouchstart: (event) => hit(event.touches[0]) && event.preventDefault(), // or the page would scroll
  }, []);
  const choose = (i) => {
    chosen = i;
    starts.forEach((node, k) => node.classList.toggle("sdi-now", k === i));
  };
  // The arrow keys go through the targets, nearest first; Delete lets go.
  const move = (i, event) => {
    const step = askedBy(event, { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Delete: 0, Backspace: 0 });
    if (step === undefined) return;
    if (!step) return pair(i, null);
    const now = mine[i] === null ? (step > 0 ? -1 : 0) : nearest[i].indexOf(mine[i]);
    pair(i, nearest[i][(now + step + rows.length) % rows.length]);
  };
  const pair = (i, j) => {
    mine = mine.map((old, k) => (k === i ? j : j !== null && old === j ? null : old));
    draw();
  };

  const running = h("data");
  const paired = h("span");
  const said = h("p", { class: "sdi-said", role: "status", "aria-live": "polite" });
  const reveal = h("button", { type: "button", onclick: () => show(reveal.getAttribute("aria-pressed") !== "true") }, "show the cheapest");
  const show = (on) => {
    reveal.setAttribute("aria-pressed", on);
    cheapest.style.display = on ? "" : "none";
  };
  const verdict = (far) =>
    far < 1e-9 ? "You found the cheapest pairing." : `The cheapest pairing costs ${short(least)}: yours is ${(100 * far).toFixed(1)} % dearer.`;
  const draw = () => {
    const done = mine.filter((j) => j !== null).length;
    const whole = done === rows.length;
    rows.forEach((i) => {
      const j = mine[i];
      join(lines[i], place(a[i]), j === null ? place(a[i]) : place(b[j]));
      starts[i].setAttribute("aria-label", `A row ${i}, ${j === null ? "not paired" : `goes to B row ${j}, distance ${short(distance(a[i], b[j]))}`}`);
    });
    number(running, total(mine));
    paired.textContent = `${done} of ${rows.length} paired`;
    reveal.disabled = !whole;
    if (!whole) show(false);
    said.textContent = whole ? verdict(least ? total(mine) / least - 1 : total(mine)) : "";
  };
  const restart = () => {
    mine = rows.map(() => null);
    choose(null);
    draw();
  };

  svg.append(cheapest, ...lines, pulled, ...targets, ...starts);
  restart();
  return [
    h("div", { class: "sdi-panes" }, svg,
      h("div", {}, legend(),
        h("p", { class: "sdi-score" }, "your cost ", running, ` (p = ${p}), `, paired),
        said,
        h("div", { class: "sdi-controls" }, reveal, h("button", { type: "button", onclick: restart }, "start again")),
        h("p", { class: "sdi-note" }, "Drag a dot of A to a dot of B, or tap one and then the other. By keyboard: Tab to a dot of A, "
          + "then the arrow keys, nearest target first; Delete lets go."))),
  ];
});

boot("ranking", ({ strips, measure }) => {
  const letters = "PQRST";
  const largest = Math.max(...strips.map(({ score }) => score));
  const order = strips.map((_, k) => k);
  let open = false;

  const said = h("p", { class: "sdi-said", role: "status", "aria-live": "polite" });
  const items = strips.map((strip, k) => {
    const called = h("strong", {}, `Strip ${letters[k]}`);
    const picture = h("div", { class: "sdi-shots", role: "img", style: `--sdi-count: ${strip.frames.length}` },
      ...strip.frames.map((src) => h("img", { src, alt: "" })));
    const step = (words, sign, by) => h("button", { type: "button", "aria-label": `Move strip ${letters[k]} ${words}`,
      onclick: (event) => move(k, by, event.currentTarget) }, sign);
    const score = h("data");
    number(score, strip.score);
    const bar = h("div", { class: "sdi-length", style: `background: ${strip.colour}; width: ${largest ? (100 * strip.score) / largest : 0}%` });
    const answer = h("div", {}, h("span", {}, sample(strip), `${strip.name}: ${measure} `, score), bar);
    const node = h("li", {}, h("div", { class: "sdi-controls" }, called, step("up", "▲", -1), step("down", "▼", 1)), picture, answer);
    return { node, answer, picture };
  });
  const list = h("ol", { class: "sdi-ranking" });
  const button = h("button", { type: "button", onclick: () => tell(!open) });

  const move = (k, by, pressed) => {
    const [from, to] = [order.indexOf(k), clamp(order.indexOf(k) + by, 0, order.length - 1)];
    order.splice(to, 0, ...order.splice(from, 1));
    if (from !== to) list.replaceChildren(...order.map((one) => items[one].node));
    pressed.focus({ preventScroll: true });
    said.textContent = `Strip ${letters[k]} is in place ${to + 1} of ${order.length}. ${open ? verdict() : ""}`;
  };
  // Of how many pairs the reader says what the measure says.
  const verdict = () => {
    const pairs = order.flatMap((k, i) => order.slice(i + 1).map((other) => strips[k].score <= strips[other].score));
    const same = pairs.filter(Boolean).length;
    return same === pairs.length ? `Your order is that of the ${measure}.`
      : `You and the ${measure} agree on ${same} of ${pairs.length} pairs.`;
  };
  const tell = (on) => {
    open = on;
    items.forEach(({ answer, picture }, k) => {
      answer.style.visibility = on ? "" : "hidden";
      picture.setAttribute("aria-label", `Strip ${letters[k]}${on ? `, ${strips[k].name}` : ""}, from left to right`);
    });
    button.textContent = on ? "hide the numbers" : "show the numbers";
    said.textContent = on ? verdict() : "";
  };

  list.append(...items.map(({ node }) => node));
  tell(false);
  return [
    h("p", {}, "Which strip is the smoothest? Put it first, and the roughest last."),
    list, h("div", { class: "sdi-controls" }, button), said,
  ];
});

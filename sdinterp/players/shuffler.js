// Rows in an order, and what is painted from them. A button goes on to the next order; the rows fly to their new places.
boot("shuffler", ({ labels, orders, ends, middles }) => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let order = 0;

  const rows = labels.map((label, row) => h("li", { title: `row ${row}`, ...(/\w/.test(label) ? { class: "sdi-full" } : {}) }, label));
  const list = h("ol", { class: "sdi-order", "aria-label": "The rows in their order" });
  const card = ({ frames, apart }, called, ...head) => {
    const picture = h("img", { src: frames[0] });
    const off = h("data");
    return { frames, apart, called, picture, off, node: h("div", {}, h("p", {}, h("strong", {}, ...head)), picture,
      h("p", { class: "sdi-note" }, "largest difference of a pixel ", off)) };
  };
  const cards = [
    card(ends, "its picture", "its picture"),
    ...middles.map((one) => card(one, `halfway, ${one.name}`, sample(one), `halfway, ${one.name}`)),
  ];
  const said = h("p", { class: "sdi-said", role: "status", "aria-live": "polite" });
  const shuffle = h("button", { type: "button", onclick: () => show(1 + (order % (orders.length - 1))) }, "shuffle the rows");
  const back = h("button", { type: "button", onclick: () => show(0) }, orders[0].name);

  const show = (k) => {
    const before = rows.map((node) => node.getBoundingClientRect());
    order = k;
    list.replaceChildren(...orders[order].rows.map((row) => rows[row]));
    if (list.isConnected && !calm.matches) rows.forEach((node, row) => {
      const { x, y } = node.getBoundingClientRect();
      node.animate([{ transform: `translate(${before[row].x - x}px, ${before[row].y - y}px)` }, { transform: "none" }],
        { duration: 600, easing: "ease-in-out" });
    });
    back.setAttribute("aria-pressed", order === 0);
    for (const { frames, apart, called, picture, off } of cards) {
      picture.src = frames[order];
      picture.alt = `${called}, rows ${orders[order].name}`;
      number(off, apart[order]);
    }
    said.textContent = `Rows ${orders[order].name}, order ${order + 1} of ${orders.length}.`;
  };

  list.append(...rows);
  show(0);
  return [
    h("div", { class: "sdi-controls" }, shuffle, back, said),
    list,
    h("div", { class: "sdi-painted" }, ...cards.map(({ node }) => node)),
    h("p", { class: "sdi-note" }, "Dots are rows of padding. Pixels run from -1 to 1. Every picture here was painted from the rows in that order."),
  ];
});

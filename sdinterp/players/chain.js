boot("chain", ({ links, couplings }) => {
  const last = links.length - 1;
  const tabs = links.map(({ name }, k) => h("button", { type: "button", role: "tab", onclick: () => choose(k), onkeydown: (event) => move(k, event) },
    name));
  const panel = h("div", { role: "tabpanel", tabindex: 0, class: "sdi-link" });

  const choose = (k) => {
    const { name, says, measure, decimals, bars } = links[k];
    tabs.forEach((tab, i) => fill(tab, { "aria-selected": i === k, tabindex: i === k ? 0 : -1 }, []));
    const most = Math.max(...bars.map(({ value }) => value)) || 1;
    panel.setAttribute("aria-label", name);
    panel.replaceChildren(
      h("p", {}, says),
      h("p", { class: "sdi-note" }, measure),
      h("div", { class: "sdi-bars" }, ...bars.map(({ coupling: c, value, picture }) => {
        const coupling = couplings[c];
        const said = h("data");
        number(said, value, decimals);
        return h("div", {}, h("span", {}, sample(coupling), `${coupling.name} `, said),
          h("div", { class: "sdi-length", style: `background: ${coupling.colour}; width: ${(100 * value) / most}%` }),
          ...(picture ? [h("img", { src: picture, alt: `${name}, ${coupling.name}` })] : []));
      })));
  };
  const move = (k, event) => {
    const goal = askedBy(event, { ArrowLeft: k - 1, ArrowUp: k - 1, ArrowRight: k + 1, ArrowDown: k + 1, Home: 0, End: last });
    if (goal === undefined) return;
    choose(clamp(goal, 0, last));
    tabs[clamp(goal, 0, last)].focus();
  };

  choose(0);
  return [
    h("div", { class: "sdi-chain", role: "tablist", "aria-label": "The links of the chain" }, ...tabs),
    panel,
    h("p", { class: "sdi-note" }, "Click a link, or go along the chain with the arrow keys."),
  ];
});

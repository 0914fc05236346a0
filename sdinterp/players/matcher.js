// Two columns of tokens. A token's line for each coupling is drawn when the reader points at it or moves to it by key.
boot("matcher", ({ sides, couplings }) => {
  const { node, blocks, ofRow, chips, lines, curve, mark } = tokenColumns(sides, (letter, k) => choose(letter, k));
  // The pairs of blocks that a coupling joins: how many rows, and how far they go in all.
  const joined = couplings.map(({ to, far }) => {
    const pairs = new Map();
    to.forEach((j, i) => {
      const [a, b] = [ofRow[0][i], ofRow[1][j]];
      const key = `${a} ${b}`;
      const pair = pairs.get(key) ?? { ends: [a, b], count: 0, far: 0 };
      pairs.set(key, { ...pair, count: pair.count + 1, far: pair.far + far[i] });
    });
    return [...pairs.values()];
  });
  const shown = couplings.map((_, k) => k === 0);

  const drawn = (k, ends) => curve(couplings[k], ends, 3 * (k - (couplings.length - 1) / 2));
  const groups = couplings.map(({ name }, k) =>
    s("g", { class: "sdi-all", "data-coupling": name }, ...joined[k].map(({ ends }) => drawn(k, ends))));
  const chosen = s("g", { class: "sdi-chosen" });
  lines.append(...groups, chosen);
  chips.forEach((side, letter) => side.forEach((chip, k) =>
    fill(chip, { onpointerenter: () => choose(letter, k), onclick: () => choose(letter, k) }, [])));

  const where = h("p", {});
  const answers = couplings.map((_, k) => h("dd"));
  const legend = couplings.map(({ name }, k) =>
    h("button", { type: "button", "aria-pressed": shown[k], onclick: () => toggle(k) }, sample(couplings[k]), name));

  const toggle = (k) => {
    shown[k] = !shown[k];
    legend[k].setAttribute("aria-pressed", shown[k]);
    groups[k].style.display = shown[k] ? "" : "none";
  };
  const choose = (letter, k) => {
    const other = 1 - letter;
    const block = blocks[letter][k];
    where.textContent = `${"AB"[letter]}, ${rowsIn(block)}: “${calledBlock(block)}” ${letter ? "is reached from" : "goes to"}`;
    const met = new Set();
    const paths = [];
    couplings.forEach((_, c) => {
      const found = joined[c].filter(({ ends }) => ends[letter] === k).sort((x, y) => y.count - x.count);
      for (const { ends, count } of found) {
        met.add(ends[other]);
        const line = drawn(c, ends);
        line.setAttribute("stroke-width", count > 1 ? 2.5 + Math.log2(count) / 2 : 2.5);
        paths.push(line);
      }
      const parts = found.slice(0, 3).map(({ ends, count, far }) => {
        const partner = blocks[other][ends[other]];
        const place = partner.count > 1 ? partner.label : `${partner.label} (row ${partner.first})`;
        const many = block.count > 1 ? `${count} × ` : "";
        return `${many}${place}, ${count > 1 ? "mean distance" : "distance"} ${short(far / count)}`;
      });
      const left = found.slice(3).reduce((sum, { count }) => sum + count, 0);
      answers[c].textContent = parts.join("; ") + (left ? `; and ${left} more` : "");
    });
    chosen.replaceChildren(...paths);
    mark(letter, k, met);
  };
  shown.forEach((on, k) => (groups[k].style.display = on ? "" : "none"));
  const first = blocks[0].findIndex(({ count }, k) => k && count === 1);
  choose(0, Math.max(first, 0));
  return [
    h("div", { class: "sdi-match" },
      h("div", {},
        h("div", { class: "sdi-controls", role: "group", "aria-label": "All lines of a coupling" }, ...legend),
        node),
      h("div", { class: "sdi-answer", role: "status", "aria-live": "polite" }, where,
        h("dl", {}, ...couplings.flatMap(({ name }, k) => [h("dt", {}, sample(couplings[k]), name), answers[k]])))),
    h("p", { class: "sdi-note" },
      "Point at a token, tap it, or move with Tab and the arrow keys. The buttons show or hide all lines of a coupling."),
  ];
});

// Two columns of tokens. A token's line for each coupling is drawn when the reader points at it or moves to it by key.
boot("matcher", ({ stages, buttons, decimals }) => {
  const names = stages[0].couplings;
  const single = stages.length === 1;
  const shown = names.map((_, k) => k === 0 || !single);
  let stage = 0;
  let columns, joined, groups, chosen;
  let at;

  const shift = (k) => 3 * (k - (names.length - 1) / 2);
  const table = h("div");
  const where = h("p", {});
  const answers = names.map(() => h("dd"));
  const legend = names.map(({ name }, k) =>
    h("button", { type: "button", "aria-pressed": shown[k], onclick: () => toggle(k) }, sample(names[k]), name));

  const toggle = (k) => {
    shown[k] = !shown[k];
    legend[k].setAttribute("aria-pressed", shown[k]);
    hide();
  };
  const hide = () => groups.forEach((group, k) => (group.style.display = shown[k] ? "" : "none"));
  const choose = (letter, k) => {
    at = [letter, k];
    const other = 1 - letter;
    const { blocks, curve, mark } = columns;
    const block = blocks[letter][k];
    where.textContent = `${"AB"[letter]}, ${rowsIn(block)}: “${calledBlock(block)}” ${letter ? "is reached from" : "goes to"}`;
    const met = new Set();
    const drawn = [];
    names.forEach((_, c) => {
      const found = joined[c].filter(({ ends }) => ends[letter] === k).sort((x, y) => y.count - x.count);
      for (const { ends, count } of found) {
        met.add(ends[other]);
        const line = curve(names[c], ends, shift(c));
        line.setAttribute("stroke-width", count > 1 ? 2.5 + Math.log2(count) / 2 : 2.5);
        drawn.push(line);
      }
      const parts = found.slice(0, 3).map(({ ends, count, far }) => {
        const partner = blocks[other][ends[other]];
        const place = partner.count > 1 ? partner.label : `${partner.label} (row ${partner.first})`;
        const many = block.count > 1 ? `${count} × ` : "";
        return `${many}${place}, ${count > 1 ? "mean distance" : "distance"} ${(far / count).toFixed(decimals.far)}`;
      });
      const left = found.slice(3).reduce((sum, { count }) => sum + count, 0);
      answers[c].textContent = parts.join("; ") + (left ? `; and ${left} more` : "");
    });
    chosen.replaceChildren(...drawn);
    mark(letter, k, met);
  };

  // The two columns as they are at a stage, as high as at the highest.
  const rows = Math.max(...stages.flatMap(({ sides }) => sides.map((side) => side.length)));
  const draw = () => {
    const { sides, couplings } = stages[stage];
    columns = tokenColumns(sides, (letter, k) => choose(letter, k), rows);
    const { node, ofRow, chips, lines, curve } = columns;
    // The pairs of blocks that a coupling joins: how many rows, and how far they go in all.
    joined = couplings.map(({ to, far }) => {
      const pairs = new Map();
      to.forEach((j, i) => {
        const [a, b] = [ofRow[0][i], ofRow[1][j]];
        const key = `${a} ${b}`;
        const pair = pairs.get(key) ?? { ends: [a, b], count: 0, far: 0 };
        pairs.set(key, { ...pair, count: pair.count + 1, far: pair.far + far[i] });
      });
      return [...pairs.values()];
    });
    groups = names.map((name, k) =>
      s("g", { class: "sdi-all", "data-coupling": name.name }, ...joined[k].map(({ ends }) => curve(name, ends, shift(k)))));
    chosen = s("g", { class: "sdi-chosen" });
    lines.append(...groups, chosen);
    chips.forEach((side, letter) => side.forEach((chip, k) =>
      fill(chip, { onpointerenter: () => choose(letter, k), onclick: () => choose(letter, k) }, [])));
    table.replaceChildren(node);
    hide();
    choose(at[0], Math.min(at[1], chips[at[0]].length - 1));
  };

  // Where there are several stages: the way on and back, what B says, and the cost of each coupling as a bar.
  const steps = () => {
    const last = stages.length - 1;
    const dearest = Math.max(...stages.flatMap(({ couplings }) => couplings.map(({ cost }) => cost))) || 1;
    const said = h("p", { class: "sdi-said", role: "status", "aria-live": "polite" });
    const tallies = names.map((name) => ({
      cost: h("data"), met: h("span"), bar: h("div", { class: "sdi-length", style: `background: ${name.colour}` }),
    }));
    const ways = [1, -1].map((by, k) =>
      h("button", { type: "button", onclick: () => go(clamp(stage + by, 0, last)) }, buttons[k]));
    const go = (k) => {
      stage = k;
      draw();
      ways[0].setAttribute("aria-disabled", stage === last);
      ways[1].setAttribute("aria-disabled", stage === 0);
      const words = columns.blocks[1].filter(({ label, count }) => count === 1 && !label.startsWith("<")).map(({ label }) => label);
      said.textContent = `B: “${words.join(" ")}”`;
      stages[stage].couplings.forEach(({ cost, met: [kept, all] }, c) => {
        number(tallies[c].cost, cost, decimals.cost);
        tallies[c].met.textContent = `, ${kept} of ${all} words meet themselves`;
        tallies[c].bar.style.width = `${(100 * cost) / dearest}%`;
      });
    };
    go(0);
    return h("div", {}, h("div", { class: "sdi-controls" }, ...ways), said,
      ...tallies.map(({ cost, met, bar }, c) =>
        h("div", { class: "sdi-tally" }, sample(names[c]), `${names[c].name}: cost `, cost, met, bar)));
  };

  const first = stages[0].sides[0].findIndex(([, , count], k) => k && count === 1);
  at = [0, Math.max(first, 0)];
  if (single) draw();
  return [
    ...(single ? [] : [steps()]),
    h("div", { class: "sdi-match" },
      h("div", {},
        h("div", { class: "sdi-controls", role: "group", "aria-label": "All lines of a coupling" }, ...legend), table),
      h("div", { class: "sdi-answer", role: "status", "aria-live": "polite" }, where,
        h("dl", {}, ...names.flatMap(({ name }, k) => [h("dt", {}, sample(names[k]), name), answers[k]])))),
    h("p", { class: "sdi-note" },
      "Point at a token, tap it, or move with Tab and the arrow keys. The buttons show or hide all lines of a coupling."),
  ];
});

// Two columns of tokens. A token's line for each coupling is drawn when the reader points at it or moves to it by key.
const ROW = 27;

boot("matcher", ({ stages, buttons, decimals }) => {
  const names = stages[0].couplings;
  const single = stages.length === 1;
  const shown = names.map((_, k) => k === 0 || !single);
  let stage = 0;
  let blocks, ofRow, joined, groups, chips, chosen;
  let at;

  const curve = (k, [a, b]) => {
    const shift = 3 * (k - (names.length - 1) / 2);
    const [y, end] = [a, b].map((block) => (block + 0.5) * ROW + shift);
    return s("path", { ...ink(names[k]), d: `M0 ${y}C40 ${y} 60 ${end} 100 ${end}` });
  };
  const called = ({ label, count }) => (count > 1 ? `${label} × ${count}` : label);
  const rows = ({ first, count }) => (count > 1 ? `rows ${first} to ${first + count - 1}` : `row ${first}`);

  const table = h("div", { class: "sdi-columns" });
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
    const block = blocks[letter][k];
    where.textContent = `${"AB"[letter]}, ${rows(block)}: “${called(block)}” ${letter ? "is reached from" : "goes to"}`;
    const met = new Set();
    const drawn = [];
    names.forEach((_, c) => {
      const found = joined[c].filter(({ ends }) => ends[letter] === k).sort((x, y) => y.count - x.count);
      for (const { ends, count } of found) {
        met.add(ends[other]);
        const line = curve(c, ends);
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
    chips.flat().forEach((chip) => chip.classList.remove("sdi-now", "sdi-met"));
    chips[letter][k].classList.add("sdi-now");
    for (const partner of met) chips[other][partner].classList.add("sdi-met");
    // One stop for Tab: the chosen token. The arrow keys go on from there.
    chips.flat().forEach((chip) => (chip.tabIndex = -1));
    chips[letter][k].tabIndex = 0;
  };
  const move = (event, letter, k) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = blocks[letter].length - 1;
    const goal = { ArrowUp: [letter, k - 1], ArrowDown: [letter, k + 1], Home: [letter, 0], End: [letter, last],
      ArrowLeft: [0, k], ArrowRight: [1, k] }[event.key];
    if (!goal) return;
    used(event);
    chips[goal[0]][clamp(goal[1], 0, blocks[goal[0]].length - 1)].focus();
  };

  // The two columns as they are at a stage, as high as at the highest.
  const height = ROW * Math.max(...stages.flatMap(({ sides }) => sides.map((side) => side.length)));
  const draw = () => {
    const { sides, couplings } = stages[stage];
    // A block is one token, or a run of equal ones: its label, first row and number of rows.
    blocks = sides.map((side) => side.map(([label, first, count]) => ({ label, first, count })));
    ofRow = blocks.map((side) => side.flatMap((block, k) => new Array(block.count).fill(k)));
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
    groups = couplings.map(({ name }, k) =>
      s("g", { class: "sdi-all", "data-coupling": name }, ...joined[k].map(({ ends }) => curve(k, ends))));
    chosen = s("g", { class: "sdi-chosen" });
    chips = blocks.map((side, letter) =>
      side.map((block, k) =>
        h("button", {
          type: "button", class: `sdi-chip sdi-chip-${"ab"[letter]}`, title: `${called(block)}, ${rows(block)}`,
          "aria-label": `${"AB"[letter]}, ${rows(block)}: ${called(block)}`,
          onpointerenter: () => choose(letter, k), onfocus: () => choose(letter, k), onclick: () => choose(letter, k),
          onkeydown: (event) => move(event, letter, k),
        }, h("small", {}, String(block.first)), h("span", {}, called(block)))));
    const column = (letter) =>
      h("div", { class: "sdi-tokens", role: "group", "aria-label": `Tokens of ${"AB"[letter]}` }, ...chips[letter]);
    const lines = s("svg", { class: "sdi-lines", viewBox: `0 0 100 ${height}`, preserveAspectRatio: "none",
      style: `height: ${height}px`, "aria-hidden": "true" }, ...groups, chosen);
    table.replaceChildren(h("strong", {}, "A"), h("span"), h("strong", {}, "B"), column(0), lines, column(1));
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
      const words = blocks[1].filter(({ label, count }) => count === 1 && !label.startsWith("<")).map(({ label }) => label);
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

// Two columns of tokens, with room for curves between them. A block is one token, or a run of equal ones.
const ROW = 27;
const calledBlock = ({ label, count }) => (count > 1 ? `${label} × ${count}` : label);
const rowsIn = ({ first, count }) => (count > 1 ? `rows ${first} to ${first + count - 1}` : `row ${first}`);

// `sides` are lists of [label, first row, number of rows]; `choose` is called with column and block when a token gets the focus.
// The columns are as high as `rows`, where others that take their place are higher.
const tokenColumns = (sides, choose, rows = 0) => {
  const blocks = sides.map((side) => side.map(([label, first, count]) => ({ label, first, count })));
  const ofRow = blocks.map((side) => side.flatMap((block, k) => new Array(block.count).fill(k)));
  const height = ROW * Math.max(blocks[0].length, blocks[1].length, rows);
  const curve = (look, [a, b], shift = 0) => {
    const [y, end] = [a, b].map((block) => (block + 0.5) * ROW + shift);
    return s("path", { ...ink(look), d: `M0 ${y}C40 ${y} 60 ${end} 100 ${end}` });
  };
  const lines = s("svg", { class: "sdi-lines", viewBox: `0 0 100 ${height}`, preserveAspectRatio: "none",
    style: `height: ${height}px`, "aria-hidden": "true" });
  const move = (event, letter, k) => {
    const goal = askedBy(event, { ArrowUp: [letter, k - 1], ArrowDown: [letter, k + 1], Home: [letter, 0], End: [letter, Infinity],
      ArrowLeft: [0, k], ArrowRight: [1, k] });
    if (goal) chips[goal[0]][clamp(goal[1], 0, blocks[goal[0]].length - 1)].focus();
  };
  const chips = blocks.map((side, letter) =>
    side.map((block, k) =>
      h("button", {
        type: "button", class: `sdi-chip sdi-chip-${"ab"[letter]}`, tabindex: -1, title: `${calledBlock(block)}, ${rowsIn(block)}`,
        "aria-label": `${"AB"[letter]}, ${rowsIn(block)}: ${calledBlock(block)}`,
        onfocus: () => choose(letter, k), onkeydown: (event) => move(event, letter, k),
      }, h("small", {}, String(block.first)), h("span", {}, calledBlock(block)))));
  // One stop for Tab: the chosen token. The arrow keys go on from there.
  const mark = (letter, k, met) => {
    chips.flat().forEach((chip) => {
      chip.classList.remove("sdi-now", "sdi-met");
      chip.tabIndex = -1;
    });
    chips[letter][k].classList.add("sdi-now");
    chips[letter][k].tabIndex = 0;
    for (const partner of met) chips[1 - letter][partner].classList.add("sdi-met");
  };
  const column = (letter) =>
    h("div", { class: "sdi-tokens", role: "group", "aria-label": `Tokens of ${"AB"[letter]}` }, ...chips[letter]);
  const node = h("div", { class: "sdi-columns" },
    h("strong", {}, "A"), h("span"), h("strong", {}, "B"), column(0), lines, column(1));
  return { node, blocks, ofRow, chips, lines, curve, mark };
};

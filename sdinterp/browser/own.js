// Your own coupling: the reader ties each word of A to a row of B; cost, length and the picture at t = 1/2 follow.

const RIVALS = ["optimal", "standard", "random"];

// Neighbouring rows with one label, as the word matcher has them: [label, first row, number of rows]; runs of two stay apart.
const runsOf = (labels) => {
  const runs = [];
  labels.forEach((label, row) => {
    const same = runs.at(-1)?.[0] === label ? runs.at(-1) : undefined;
    if (same) same[2]++;
    else runs.push([label, row, 1]);
  });
  return runs.flatMap(([label, row, count]) => (count === 2 ? [[label, row, 1], [label, row + 1, 1]] : [[label, row, count]]));
};

// How a strip does beside others, to the eye: its length, and [name, length] of each other.
const verdict = (mine, others) => {
  const named = (some) => some.map(([name, length]) => `${name} (${short(length)})`).join(", ");
  const [beaten, left] = [others.filter(([, length]) => mine < length), others.filter(([, length]) => mine >= length)];
  const parts = [beaten.length && `shorter than ${named(beaten)}`, left.length && `not shorter than ${named(left)}`];
  return `Perceptual length of your strip: ${short(mine)}. It is ${parts.filter(Boolean).join("; ")}.`;
};

const ownPanel = (found, hearing) => {
  const { a, b, read, partners, measures, settings } = found;
  const { width } = LIVE.model;
  const look = LIVE.looks.yours;
  const partner = [...partners[0]];
  const columns = tokenColumns(read.map(({ labels }) => runsOf(labels)), (letter, k) => choose(letter, k));
  const { blocks, ofRow, chips, lines } = columns;
  const picture = emptyFrame("Half-way along your coupling, not painted yet");
  const facts = h("p", { role: "status" });
  const scores = h("p", { role: "status" });
  const strips = h("div");
  const pulled = s("g", { class: "sdi-chosen" });
  const ties = s("g");
  lines.append(ties, pulled);
  let held = 0; // the block of A whose partner the reader changes

  const facing = (letter, k) =>
    partner.flatMap((j, i) => ([ofRow[0][i], ofRow[1][j]][letter] === k ? [[ofRow[0][i], ofRow[1][j]][1 - letter]] : []));
  const choose = (letter, k) => {
    if (!letter && blocks[0][k].count === 1) held = k;
    chips[0].forEach((chip, i) => chip.setAttribute("aria-pressed", i === held));
    columns.mark(letter, k, new Set(facing(letter, k)));
    ties.replaceChildren(...new Map(partner.map((j, i) => {
      const ends = [ofRow[0][i], ofRow[1][j]];
      return [String(ends), fill(columns.curve(look, ends), { "stroke-width": ends[0] === held ? 3 : 1.2 }, [])];
    })).values());
  };
  const say = () => {
    const [cost, length] = [costOf(a, b, partner, 1, width), Math.sqrt(costOf(a, b, partner, 2, width))];
    facts.replaceChildren("Yours: cost (p=1) ", h("data", { value: cost }, short(cost)), ", W2 length ",
      h("data", { value: length }, short(length)), `. The ${settings.couplings[0]} coupling: `,
      `${short(measures[0]["cost (p=1)"])} and ${short(measures[0]["W2 length"])}.`);
    chips[0].forEach((chip, k) => {
      const { label, first, count } = blocks[0][k];
      if (count === 1) chip.setAttribute("aria-label", `A, row ${first}: ${label}, goes to ${read[1].labels[partner[first]]} (row ${partner[first]})`);
    });
  };
  const halfWay = async () => {
    const said = partner.join();
    const { pictures } = await paintOne(found, between(a, b, partner, 0.5, width));
    drawnOn(picture, pictures);
    picture.setAttribute("aria-label", "Half-way along your coupling");
    picture.dataset.partner = said;
  };
  const act = following(halfWay, hearing);
  // The held row takes the nearest row of a block; the row whose partner that was gets the held one's, so that each still has one.
  const tie = (k) => {
    const { first, count } = blocks[1][k];
    const row = blocks[0][held].first;
    const free = Array.from({ length: count }, (_, i) => first + i);
    if (free.includes(partner[row])) return;
    const far = free.map((j) => squaredDistance(a, b, row, j, width));
    const to = free[far.indexOf(Math.min(...far))];
    const other = partner.indexOf(to);
    [partner[row], partner[other]] = [to, partner[row]];
    scores.textContent = "";
    choose(0, held);
    say();
    act();
  };
  // A drag from A to B: where it is over B, in blocks, or undefined.
  const under = ({ clientX, clientY }) => {
    const { left, width: wide, top } = lines.getBoundingClientRect();
    const k = (clientY - top) / ROW;
    return clientX > left + wide / 2 && k >= 0 && k < blocks[1].length ? k : undefined;
  };
  blocks[0].forEach(({ count }, k) => {
    if (count > 1) return;
    const chip = chips[0][k];
    const pull = (event) => {
      const end = under(event);
      pulled.replaceChildren(...(end === undefined ? [] : [fill(columns.curve(look, [k, end - 0.5]), { "stroke-width": 3 }, [])]));
    };
    const begin = () => {
      chip.focus({ preventScroll: true });
      return pull;
    };
    const drop = (event) => {
      const end = under(event);
      if (end !== undefined) tie(Math.floor(end));
    };
    draggable(chip, begin, { drop, over: () => pulled.replaceChildren() }).classList.add("sdi-live-tied");
  });
  chips[1].forEach((chip, k) => chip.addEventListener("click", () => tie(k)));

  const score = h("button", { type: "button", onclick: async () => {
    score.disabled = true;
    const missing = RIVALS.filter((name) => !settings.couplings.includes(name));
    const view = stripView(["yours", ...missing], settings.frames);
    strips.replaceChildren(view.node);
    try {
      const [mine, ...others] = await paintStrips(found, [[...partner], ...missing.map(found.partnerBy)], {
        picture: view.put, measured: view.measure,
        done: (done, all) => (scores.textContent = `${done} of ${all} pictures`),
      });
      const length = new Map([...settings.couplings.map((name, k) => [name, measures[k].length]),
        ...missing.map((name, k) => [name, others[k].measures.length])]);
      scores.textContent = verdict(mine.measures.length, RIVALS.map((name) => [name, length.get(name)]));
    } catch (error) {
      hearing(error);
    }
    score.disabled = false;
  } }, "Measure my strip");
  choose(0, blocks[0].findIndex(({ count }, k) => k && count === 1));
  say();
  return panel("Your own coupling", act,
    h("p", {}, `Begin with the ${settings.couplings[0]} coupling and tie the words anew: drag a word of A to a row of B, or choose one and `,
      "then the other, by mouse, finger or the arrow keys and Enter. The row whose partner you take gets the one that you left. ",
      "Is your strip shorter to the eye than the others?"),
    h("div", { class: "sdi-live-beside" },
      h("figure", { class: "sdi-player" }, columns.node, facts, h("div", { class: "sdi-controls" }, score), scores), picture),
    strips);
};

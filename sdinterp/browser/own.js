// Your own coupling: the reader says which word of B each word of A goes to; cost, length and the picture at t = 1/2 follow.

const ownPanel = (found, hearing) => {
  const { a, b, read, partners, settings, strips } = found;
  const { width } = LIVE.model;
  const rows = wordRows(read[0].labels, read[1].labels);
  const partner = [...partners[0]];
  const picture = emptyFrame("Half-way along your coupling, not painted yet");
  const facts = h("p", { role: "status" });
  const scores = h("p", { role: "status" });
  const label = (side, row) => `${read[side].labels[row]} (row ${row})`;
  const say = () => {
    const [cost, length] = [costOf(a, b, partner, 1, width), Math.sqrt(costOf(a, b, partner, 2, width))];
    facts.replaceChildren("Yours: cost (p=1) ", h("data", { value: cost }, short(cost)), ", W2 length ",
      h("data", { value: length }, short(length)), `. The ${settings.couplings[0]} coupling: `,
      `${short(costOf(a, b, partners[0], 1, width))} and ${short(Math.sqrt(costOf(a, b, partners[0], 2, width)))}.`);
  };
  const halfWay = async () => {
    const said = partner.join();
    const { pictures } = await paintOne(found, between(a, b, partner, 0.5, width));
    drawnOn(picture, pictures);
    picture.setAttribute("aria-label", "Half-way along your coupling");
    picture.dataset.partner = said;
  };
  const act = following(halfWay, hearing);
  // A row that takes another's partner gives that one its own, so that each row still has one.
  const tie = (row, to) => {
    const other = partner.indexOf(to);
    [partner[row], partner[other]] = [to, partner[row]];
    choices.forEach(({ row: own, select }) => (select.value = partner[own]));
    scores.textContent = "";
    say();
    act();
  };
  const choices = rows.map((row) => {
    const select = h("select", { onchange: () => tie(row, Number(select.value)) },
      ...partner.map((_, to) => h("option", { value: to }, label(1, to))));
    select.value = partner[row];
    return { row, select, node: h("label", {}, h("span", {}, label(0, row)), " goes to ", select) };
  });
  const score = h("button", { type: "button", onclick: async () => {
    score.disabled = true;
    try {
      const mine = [strips[0][0]];
      for (let frame = 1; frame < settings.frames - 1; frame++) {
        scores.textContent = `Painting frame ${frame + 1} of ${settings.frames}`;
        mine.push((await paintOne(found, between(a, b, partner, frame / (settings.frames - 1), width))).features);
      }
      mine.push(strips[0].at(-1));
      const lengthOf = (features) => short(measured(features, () => 0).length);
      const others = settings.couplings.map((name, k) => `${name} ${lengthOf(strips[k])}`);
      scores.textContent = `Perceptual length of your strip: ${lengthOf(mine)}. Of the others: ${others.join(", ")}.`;
    } catch (error) {
      hearing(error);
    }
    score.disabled = false;
  } }, "Measure my strip");
  say();
  return panel("Your own coupling", act,
    h("p", {}, `Begin with the ${settings.couplings[0]} coupling and tie the words anew. `,
      "A row that takes the partner of another gives it its own. Is your strip shorter to the eye than the others?"),
    h("div", { class: "sdi-live-beside" },
      h("div", {}, h("div", { class: "sdi-live-ties" }, ...choices.map((one) => one.node)), facts, score, scores), picture));
};

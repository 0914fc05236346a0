// Two roads under one slider. It moves once by itself, from end to end and back to where it rests.
boot("roads", ({ times, rest, couplings, walks }) => {
  const last = times.length - 1;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let walk, frame;

  const ratio = ({ roads: [one, other] }) => other.walked[last] / one.walked[last];
  const views = couplings.map((coupling) => ({
    picture: h("img", { class: "sdi-large" }),
    walked: h("data"),
    bar: h("i", { style: `background: color-mix(in srgb, ${coupling.colour} 80%, currentColor)` }),
  }));
  const slider = h("input", { type: "range", min: 0, max: last, step: 1, "aria-label": "Time along both roads",
    oninput: () => jump(Number(slider.value)), onpointerdown: () => jump(frame), onkeydown: (event) => {
      if (event.key !== "Tab") jump(frame); // whoever takes it pauses it, even where it then stays
      if (event.key in ARROWS) event.stopPropagation();
    } });
  const time = h("output", { class: "sdi-time", "aria-live": "off" }); // the slider says it to who moves it
  const { button, jump, run } = playing((k) => show(k), () => {
    if (frame === last) show(0);
    run(times.map((_, k) => k).slice(frame + 1), calm.matches ? 1000 : 220);
  });

  const show = (k) => {
    frame = clamp(k, 0, last);
    slider.value = frame;
    time.textContent = `t = ${times[frame].toFixed(2)}`;
    const longest = Math.max(...walk.roads.map(({ walked }) => walked[last]));
    const said = views.map(({ picture, walked, bar }, k) => {
      const road = walk.roads[k];
      picture.src = road.frames[frame];
      picture.alt = `${couplings[k].name} coupling, ${time.textContent}`;
      number(walked, road.walked[frame], 2);
      bar.style.width = `${(100 * road.walked[frame]) / longest}%`;
      return `${couplings[k].name} ${walked.textContent}`;
    });
    slider.setAttribute("aria-valuetext", `${time.textContent}, distance walked: ${said.join(", ")}`);
  };

  // The words. One stop for Tab: the word that is lit. The arrow keys go on from there.
  const lines = s("svg", { class: "sdi-links", "aria-hidden": "true" });
  const sentences = ["A", "B"].map((letter) => h("div", { class: "sdi-words", role: "group", "aria-label": `Sentence ${letter}` }));
  const meets = h("p", { class: "sdi-note", role: "status", "aria-live": "polite" });
  const stage = h("div", { class: "sdi-sentences" }, lines, ...sentences);
  let words, lit;
  // The ends of a link: the middle of the lower edge of one word, of the upper edge of the other.
  const link = ([a, b], attributes) => {
    const [box, up, down] = [stage, words[0][a], words[1][b]].map((node) => node.getBoundingClientRect());
    const [x1, y1, x2, y2] = [up.x + up.width / 2 - box.x, up.bottom - box.y, down.x + down.width / 2 - box.x, down.y - box.y];
    const bend = (y2 - y1) / 2;
    return s("path", { d: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`, ...attributes });
  };
  const draw = () => {
    const [letter, k] = lit;
    const from = (to) => (letter ? to.indexOf(k) : k);
    const goes = walk.roads.map(({ to }) => (from(to) < 0 || to[from(to)] === null ? null : [from(to), to[from(to)]]));
    const faint = walk.roads[0].to.flatMap((b, a) => (b === null ? [] : [link([a, b], { class: "sdi-faint" })]));
    const bright = goes.flatMap((ends, c) => (ends ? [link(ends, { class: "sdi-lit", ...ink(couplings[c]) })] : []));
    lines.replaceChildren(...faint, ...bright);
    words.flat().forEach((node) => node.classList.remove("sdi-now", "sdi-met"));
    goes.forEach((ends) => ends && words[1 - letter][ends[1 - letter]].classList.add("sdi-met"));
    words[letter][k].classList.add("sdi-now");
    const said = goes.map((ends, c) => {
      const word = ends ? `“${walk.words[1 - letter][ends[1 - letter]]}”` : "no word";
      return `on the ${couplings[c].name} road ${letter ? "comes from" : "walks to"} ${word}`;
    });
    meets.textContent = `“${walk.words[letter][k]}” ${said.join(", ")}.`;
  };
  const light = (letter, k) => {
    words.flat().forEach((node) => (node.tabIndex = -1));
    words[letter][k].tabIndex = 0;
    lit = [letter, k];
    draw();
  };
  const move = (event, letter, k) => {
    const step = askedBy(event, ARROWS);
    if (!step) return;
    const [dx, dy] = step;
    const goal = clamp(letter + dy, 0, 1);
    words[goal][clamp(k + dx, 0, words[goal].length - 1)].focus();
  };

  const chips = walks.map((one, k) =>
    h("button", { type: "button", class: "sdi-pair", onclick: () => choose(k),
      "aria-label": `${ratio(one).toFixed(1)} × for “${one.words[0].join(" ")}”` },
      h("img", { src: one.roads[0].frames[0], alt: "" }), h("span", {}, `${ratio(one).toFixed(1)} ×`)));
  const choose = (k) => {
    walk = walks[k];
    chips.forEach((chip, i) => chip.setAttribute("aria-pressed", i === k));
    words = walk.words.map((sentence, letter) => sentence.map((word, i) =>
      h("button", { type: "button", class: /\w/.test(word) ? "sdi-word" : "sdi-word sdi-comma",
        onpointerenter: () => light(letter, i), onfocus: () => light(letter, i), onclick: () => light(letter, i),
        onkeydown: (event) => move(event, letter, i) }, word)));
    sentences.forEach((node, letter) => node.replaceChildren(...words[letter]));
    const first = walk.roads[0].to.findIndex((goal, a) => goal !== null && walk.words[0][a].length > 2);
    light(0, Math.max(first, 0));
    jump(rest);
  };

  choose(0);
  new ResizeObserver(draw).observe(stage);
  const seen = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    seen.disconnect();
    const there = times.map((_, k) => k);
    if (!calm.matches) run([...there, ...there.slice(rest, -1).reverse()], 130);
  }, { threshold: 0.6 });
  const pictures = h("div", { class: "sdi-roads" }, ...views.map(({ picture, walked, bar }, k) =>
    h("div", {}, h("p", {}, h("strong", {}, sample(couplings[k]), couplings[k].name)), picture,
      h("p", { class: "sdi-walked" }, "distance walked", walked), h("div", { class: "sdi-way" }, bar))));
  seen.observe(pictures);
  return [h("div", { onpointerdown: () => seen.disconnect(), onfocusin: () => seen.disconnect() },
    pictures,
    h("div", { class: "sdi-controls" }, button, slider, time),
    stage, meets,
    h("div", { class: "sdi-pairs", role: "group", "aria-label": "Pairs, and how many times as long the second road is" },
      ...chips))];
});

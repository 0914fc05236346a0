// Strips of film under one slider. `redraw` follows frames, steps and numbers that changed in the rows.
const stripPlayer = ({ stops, slider: called, step, rows }) => {
  const last = stops.length - 1;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;
  let equal = false; // whether the reader wants the frames equally far apart

  const views = rows.map((row, r) => {
    const picture = h("img", { class: "sdi-picture" });
    const readouts = row.readouts.map((readout) => {
      const value = h("data");
      return { value, readout, line: h("span", {}, `${readout.name} `, value) };
    });
    const card = h("div", { class: "sdi-card" }, h("strong", {}, ...named(row)), picture,
      h("p", {}, ...readouts.map(({ line }) => line)));
    const choice = h("button", { type: "button", onclick: () => choose(r) }, row.name);
    return { row, picture, readouts, card, choice, strip: film(row) };
  });
  const slider = h("input", {
    type: "range", min: 0, max: last, step: 1, value: 0, "aria-label": called, oninput: () => jump(Number(slider.value)),
  });
  const stop = h("output", { class: "sdi-time" });
  // Playing is only ever started by the reader, and stops at the end.
  const { button, jump, run } = playing((k) => show(k), () => {
    if (frame === last) show(0);
    run(stops.map((_, k) => k).slice(frame + 1), calm.matches ? 1000 : clamp(3000 / last, 60, 400));
  });
  const evenly = h("button", { type: "button", onclick: () => {
    equal = !equal;
    redraw();
  } }, "equal widths");

  const scale = h("span", {}, `Frames stand as far apart as the ${step} between them: a wide gap is a jump. `);

  const show = (k) => {
    frame = clamp(k, 0, last);
    slider.value = frame;
    stop.textContent = stops[frame];
    slider.setAttribute("aria-valuetext", `${stops[frame]}, frame ${frame + 1} of ${last + 1}`);
    let above;
    for (const { row, picture, readouts, strip } of views) {
      picture.src = row.frames[frame];
      picture.alt = `${row.name}, ${stops[frame]}${row.frames[frame] === UNSEEN ? ", not painted yet" : ""}`;
      for (const { value, line, readout: { numbers, decimals } } of readouts) {
        line.classList.toggle("sdi-empty", numbers[frame] === null);
        if (numbers[frame] !== null) number(value, numbers[frame], decimals);
      }
      above = strip.show(frame, above);
    }
  };
  const redraw = () => {
    const most = Math.max(0, ...rows.flatMap(({ steps }) => steps));
    const along = rows.map(({ steps }) => steps.reduce((sums, one) => [...sums, sums.at(-1) + one], [0]));
    const longest = Math.max(...along.map((sums) => sums.at(-1)));
    evenly.hidden = !longest;
    evenly.setAttribute("aria-pressed", equal);
    scale.hidden = equal || !longest;
    views.forEach(({ strip }, r) =>
      strip.place(stops.map((_, k) => (scale.hidden ? k / last : along[r][k] / longest)), most));
    show(frame);
  };
  // Where there is room for one picture only, it is this row's.
  const choose = (r) => views.forEach(({ card, choice }, i) => {
    card.classList.toggle("sdi-away", i !== r);
    choice.setAttribute("aria-pressed", i === r);
  });
  // `framed` gives, for a press, what turns a place of the pointer into a frame.
  const drags = (node, framed) => draggable(node, (event) => {
    const at = framed(event);
    slider.focus({ preventScroll: true });
    jump(at(event));
    return (later) => jump(at(later));
  });
  for (const { picture, strip } of views) {
    drags(strip.reel, () => strip.nearest);
    drags(picture, (start) => {
      const [from, wide] = [frame, picture.clientWidth];
      return ({ clientX }) => from + Math.round((last * (clientX - start.clientX)) / wide);
    });
  }
  const keys = {
    ArrowLeft: () => jump(frame - 1), ArrowDown: () => jump(frame - 1),
    ArrowRight: () => jump(frame + 1), ArrowUp: () => jump(frame + 1),
    Home: () => jump(0), End: () => jump(last), " ": () => button.click(),
  };
  const onkeydown = (event) => {
    if (event.key === " " && event.target.localName === "button") return event.stopPropagation(); // the button's own key
    askedBy(event, keys)?.();
  };

  choose(0);
  redraw();
  const node = h("div", { onkeydown },
    h("div", { class: "sdi-controls sdi-switch", role: "group", "aria-label": "The large picture" },
      ...(rows.length > 1 ? views.map(({ choice }) => choice) : [])),
    h("div", { class: "sdi-pictures" }, ...views.map(({ card }) => card)),
    h("div", { class: "sdi-controls" }, button, slider, stop, evenly),
    h("div", { class: "sdi-rows" }, ...views.map(({ strip }) => strip.node)),
    h("p", { class: "sdi-note" }, scale, "Drag along a strip or across a picture, or use the arrow keys; Space plays."));
  return { node, redraw };
};

boot("strip", (data) => [stripPlayer(data).node]);

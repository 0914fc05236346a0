boot("strip", ({ times, rows }) => {
  const last = times.length - 1;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;
  let timer = 0;

  const views = rows.map((row) => ({
    row,
    picture: h("img", { class: "sdi-picture" }),
    cost: h("data"),
    step: h("data"),
    thumbs: row.frames.map((src, k) => h("img", { src, alt: "", onclick: () => jump(k) })),
  }));
  const slider = h("input", {
    type: "range", min: 0, max: last, step: 1, value: 0, "aria-label": "Time along the path",
    oninput: () => jump(Number(slider.value)),
  });
  const time = h("output", { class: "sdi-time" });
  const button = h("button", { type: "button", class: "sdi-play", onclick: () => (timer ? stop() : play()) });

  const show = (k) => {
    frame = clamp(k, 0, last);
    slider.value = frame;
    time.textContent = `t = ${times[frame].toFixed(3)}`;
    slider.setAttribute("aria-valuetext", `${time.textContent}, frame ${frame + 1} of ${last + 1}`);
    for (const { row, picture, cost, step, thumbs } of views) {
      picture.src = row.frames[frame];
      picture.alt = `${row.label}, ${time.textContent}`;
      number(cost, row.cost_so_far[frame]);
      if (frame) number(step, row.distances[frame - 1]);
      else step.replaceChildren("–");
      thumbs.forEach((thumb, i) => thumb.classList.toggle("sdi-now", i === frame));
    }
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "▶\ufe0e Play";
  };
  const jump = (k) => {
    stop();
    show(k);
  };
  // Playing is only ever started by the reader, and stops at the end.
  const play = () => {
    if (frame === last) show(0);
    button.textContent = "❚❚ Pause";
    timer = setInterval(
      () => {
        show(frame + 1);
        if (frame === last || !button.isConnected) stop();
      },
      calm.matches ? 1000 : clamp(4000 / last, 80, 400),
    );
  };
  const keys = {
    ArrowLeft: () => jump(frame - 1), ArrowDown: () => jump(frame - 1),
    ArrowRight: () => jump(frame + 1), ArrowUp: () => jump(frame + 1),
    Home: () => jump(0), End: () => jump(last), " ": () => button.click(),
  };
  const onkeydown = (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target === button) return event.stopPropagation(); // the button's own key
    used(event);
    keys[event.key]();
  };

  stop();
  show(0);
  return [
    h(
      "div",
      { onkeydown },
      h("div", { class: "sdi-pictures" }, ...views.map(({ row, picture, cost, step }) =>
        h("div", { class: "sdi-card" }, h("strong", {}, row.label), picture,
          h("p", {}, h("span", {}, "cost so far ", cost), h("br"), h("span", {}, "from previous frame ", step))))),
      h("div", { class: "sdi-controls" }, button, slider, time),
      ...views.map(({ row, thumbs }) =>
        h("div", { class: "sdi-strip" }, h("span", {}, row.label),
          h("div", { style: `grid-template-columns: repeat(${last + 1}, minmax(0, 72px))` }, ...thumbs))),
    ),
  ];
});

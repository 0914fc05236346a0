// The page: a form, a button that says what it loads, progress, a stop, and the strips in the place of the recorded ones.

const COUPLINGS = ["optimal", "standard", "random", "random words"];
const DEFAULTS = { ...LIVE.defaults, couplings: COUPLINGS.slice(0, 3), seed: 0, coupling_seed: 0 };
const FIELDS = {
  frames: "Frames", steps: "Steps of the sampler", guidance: "Guidance", seed: "Seed of the noise",
  coupling_seed: "Seed of random couplings",
};

const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
const inTime = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);

const live = (place) => {
  const recorded = document.querySelector("figure.sdi-player");
  const lacks = lacking();
  if (lacks) return place.append(h("p", { role: "status" }, `${lacks} Below are recorded strips instead.`));

  let crew, painting;
  const prompts = { a: "Prompt A", b: "Prompt B" };
  const inputs = {};
  const hints = {};
  for (const name of Object.keys(prompts)) {
    hints[name] = h("p", { class: "sdi-live-hint", id: `sdi-live-hint-${name}`, role: "status" });
    inputs[name] = h("textarea", { id: `sdi-live-${name}`, rows: 2, maxlength: 400, "aria-describedby": hints[name].id });
    inputs[name].addEventListener("input", () => hint(name));
  }
  for (const name of Object.keys(FIELDS)) {
    const [min, max] = RANGES[name];
    inputs[name] = h("input", { type: "number", id: `sdi-live-${name}`, min, max, step: name === "guidance" ? "any" : 1, required: "" });
  }
  const boxes = COUPLINGS.map((name) => h("input", { type: "checkbox", value: name }));

  const hint = (name) => {
    const unknown = unknownWords(inputs[name].value, LIVE.model.words);
    const said = unknown.map(({ word, near }) => `“${word}”${near.length ? ` (near: ${near.join(", ")})` : ""}`);
    hints[name].textContent = said.length ? `Words that this model never learned: ${said.join("; ")}` : "";
  };
  const fillIn = (settings) => {
    for (const name of Object.keys(inputs)) inputs[name].value = settings[name];
    for (const box of boxes) box.checked = settings.couplings.includes(box.value);
    Object.keys(prompts).forEach(hint);
  };
  const readOff = () => ({
    ...Object.fromEntries(Object.keys(prompts).map((name) => [name, inputs[name].value.trim()])),
    ...Object.fromEntries(Object.keys(FIELDS).map((name) => [name, Number(inputs[name].value)])),
    couplings: boxes.filter((box) => box.checked).map((box) => box.value),
  });

  const said = h("p", { role: "status", class: "sdi-live-said" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress", hidden: "" });
  const go = h("button", { type: "submit" }, `Paint (loads ${megabytes(LIVE.total)} from this site, once)`);
  const halt = h("button", { type: "button", hidden: "" }, "Stop");
  const save = h("button", { type: "button", hidden: "" }, "Save as a picture");
  const results = h("div");

  const begin = (busy) => {
    go.disabled = busy;
    halt.hidden = bar.hidden = !busy;
  };
  const fail = (error) => {
    crew?.forEach(({ end }) => end());
    crew = undefined;
    results.replaceChildren();
    recorded?.removeAttribute("hidden");
    said.textContent = `${sentenceOf(error)} Below are recorded strips instead.`;
  };

  const hearing = (error) => {
    if (String(error?.message) !== "stopped") fail(error);
  };
  const start = async (settings) => {
    const mine = (painting = {});
    const current = () => painting === mine;
    begin(true);
    save.hidden = true;
    try {
      if (!crew) {
        said.textContent = "Loading the model";
        const cores = navigator.hardwareConcurrency || 2;
        const started = await startCrew(clamp(cores >> 1, 1, 2), (share) => (bar.value = share));
        if (!current()) return started.forEach(({ end }) => end());
        crew = started;
        go.textContent = "Paint";
      }
      const view = stripView(settings.couplings, settings.frames);
      results.replaceChildren(view.node);
      recorded?.setAttribute("hidden", "");
      said.textContent = "Painting the two ends";
      bar.value = 0;
      const began = performance.now();
      const found = await paint(crew, settings, {
        read: (read) => {
          const lost = read.map(({ lost }) => lost);
          if (Math.max(...lost)) hints[lost[0] ? "a" : "b"].textContent = `Only the first ${LIVE.model.length - 2} tokens are read.`;
        },
        picture: (...what) => current() && view.put(...what),
        measures: (...what) => current() && view.measure(...what),
        done: (done, all) => {
          if (!current()) return;
          const left = ((performance.now() - began) / 1000 / done) * (all - done);
          bar.value = done / all;
          said.textContent = `${done} of ${all} pictures${done < all ? `, about ${inTime(left)} left` : ""}`;
        },
      });
      if (!current()) return;
      said.textContent = `All pictures, in ${inTime((performance.now() - began) / 1000)}. The address of this page now carries the settings.`;
      location.replace(fragmentOf(settings));
      save.hidden = false;
      save.onclick = () => saveSheet(view.strips, inWords(settings));
      results.append(weightsPanel(found, hearing), ownPanel(found, hearing));
      place.dispatchEvent(new CustomEvent("painted", { detail: { view, ...found } }));
    } catch (error) {
      if (current()) hearing(error);
    } finally {
      if (current()) begin(false);
    }
  };
  halt.addEventListener("click", () => {
    painting = undefined;
    crew?.forEach(({ stop }) => stop());
    begin(false);
    said.textContent = "Stopped.";
  });

  const form = h("form", { class: "sdi-live-form" },
    ...Object.entries(prompts).map(([name, label]) =>
      h("div", { class: "sdi-live-prompt" }, h("label", { for: inputs[name].id }, label), inputs[name], hints[name])),
    h("fieldset", {}, h("legend", {}, "Couplings"),
      ...boxes.map((box) => h("label", {}, box, ` ${box.value}`))),
    h("div", { class: "sdi-live-numbers" },
      ...Object.entries(FIELDS).map(([name, label]) => h("label", {}, label, inputs[name]))),
    h("div", { class: "sdi-live-buttons" }, go, halt, save),
    bar, said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const settings = readOff();
    if (!settings.couplings.length) said.textContent = "Choose one coupling at least.";
    else start(settings);
  });
  const follow = () => fillIn(settingsOf(location.hash, DEFAULTS));
  addEventListener("hashchange", follow);
  follow();
  place.append(form, results);
};

live(document.querySelector("#sdi-live"));

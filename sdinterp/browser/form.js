// The form: two prompts, couplings and numbers. Words that the model never learned are named below their prompt as they are typed.

const PROMPTS = { a: "Prompt A", b: "Prompt B" };
const FIELDS = { frames: "Frames", steps: "Steps", guidance: "Guidance", seed: "Noise seed", coupling_seed: "Coupling seed" };

// `read` gives the settings that stand in the form, `fill` puts others there, `hint` says something below a prompt.
const settingsForm = (...below) => {
  const inputs = {};
  const hints = {};
  for (const name of Object.keys(PROMPTS)) {
    hints[name] = h("p", { class: "sdi-live-hint", id: `sdi-live-hint-${name}`, role: "status" });
    inputs[name] = h("textarea", {
      id: `sdi-live-${name}`, rows: 2, maxlength: 400, "aria-describedby": hints[name].id, oninput: () => nameUnknown(name),
    });
  }
  for (const name of Object.keys(FIELDS)) {
    const [min, max] = RANGES[name];
    const step = name === "guidance" ? "any" : 1;
    inputs[name] = h("input", { type: "number", id: `sdi-live-${name}`, min, max, step, required: "" });
  }
  const boxes = Object.keys(partnersBy).map((value) => h("input", { type: "checkbox", value }));

  const hint = (name, text) => {
    hints[name].textContent = text;
  };
  const nameUnknown = (name) => {
    const unknown = unknownWords(inputs[name].value, LIVE.model.words);
    const said = unknown.map(({ word, near }) => `“${word}”${near.length ? ` (near: ${near.join(", ")})` : ""}`);
    hint(name, said.length ? `Words that this model never learned: ${said.join("; ")}` : "");
  };
  const fill = (settings) => {
    for (const name of Object.keys(inputs)) inputs[name].value = settings[name];
    for (const box of boxes) box.checked = settings.couplings.includes(box.value);
    Object.keys(PROMPTS).forEach(nameUnknown);
  };
  const read = () => ({
    ...Object.fromEntries(Object.keys(PROMPTS).map((name) => [name, inputs[name].value.trim()])),
    ...Object.fromEntries(Object.keys(FIELDS).map((name) => [name, Number(inputs[name].value)])),
    couplings: boxes.filter((box) => box.checked).map((box) => box.value),
  });

  const examples = Object.entries(LIVE.examples).map(([name, [a, b]]) =>
    h("button", { type: "button", onclick: () => fill({ ...read(), a, b }) }, name));
  const node = h("form", { class: "sdi-live-form" },
    h("div", { class: "sdi-live-buttons", role: "group", "aria-label": "Examples" }, "Try ", ...examples),
    ...Object.entries(PROMPTS).map(([name, label]) =>
      h("div", {}, h("label", { for: inputs[name].id }, label), inputs[name], hints[name])),
    h("fieldset", {}, h("legend", {}, "Couplings"), ...boxes.map((box) => h("label", {}, box, ` ${box.value}`))),
    h("div", { class: "sdi-live-numbers" }, ...Object.entries(FIELDS).map(([name, label]) => h("label", {}, label, inputs[name]))),
    ...below);
  return { node, read, fill, hint };
};

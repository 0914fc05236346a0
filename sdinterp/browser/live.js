// The form, a button that says what it loads, progress, a stop, and the strips; on the page of its own in the place of the recorded ones.

const DEFAULTS = { ...LIVE.defaults, couplings: ["optimal", "standard", "random"], seed: 0, coupling_seed: 0 };

const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
const inTime = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);

// `given` are the settings of a button on another page, as a fragment; on the page of its own the address holds them.
const live = (place, given) => {
  const recorded = given ? undefined : document.querySelector("figure.sdi-player");
  const instead = given ? "The recorded pictures of this page stay." : "Below are recorded strips instead.";
  const lacks = lacking();
  if (lacks) return place.append(h("p", { role: "status" }, `${lacks} ${instead}`));

  let crew, painting; // the workers, once they are there, and what is painted now
  const said = h("p", { role: "status", class: "sdi-live-said" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress", hidden: "" });
  const go = h("button", { type: "submit" });
  const halt = h("button", { type: "button", hidden: "", onclick: () => stop() }, "Stop");
  const saves = h("div", { class: "sdi-live-buttons", role: "group", "aria-label": "Save the strips", hidden: "" });
  const form = settingsForm(h("div", { class: "sdi-live-buttons" }, go, halt, saves), bar, said);
  const results = h("div");

  const offer = (card) => {
    go.textContent = `Paint (loads ${megabytes(bytesOf(packsFor(card)))} from this site, once)`;
    return card;
  };
  offer(false);
  const card = hasCard().then(offer);
  const busy = (is) => {
    go.disabled = is;
    halt.hidden = bar.hidden = !is;
  };
  const stop = () => {
    painting = undefined;
    crew?.forEach((member) => member.stop());
    busy(false);
    said.textContent = "Stopped.";
  };
  const hearing = (error) => {
    if (error?.message === "stopped") return;
    crew?.forEach((member) => member.end());
    crew = undefined;
    results.replaceChildren();
    recorded?.removeAttribute("hidden");
    said.textContent = `${sentenceOf(error)} ${instead}`;
  };
  const ready = async (current) => {
    if (crew) return true;
    said.textContent = "Loading the model";
    const workers = clamp((navigator.hardwareConcurrency || 2) >> 1, 1, 2);
    const started = await startCrew(workers, await card, (share) => (bar.value = share));
    if (!current()) return started.forEach((member) => member.end());
    crew = started;
    go.textContent = "Paint";
    return true;
  };
  // Where the settings now stand: in the address of a page of its own, elsewhere in a link to it.
  const keep = (settings) => {
    if (given) return said.append(h("a", { href: `live.html${fragmentOf(settings)}` }, "A link to these strips."));
    location.replace(fragmentOf(settings));
    said.append("The address of this page now carries the settings.");
  };

  const start = async (settings) => {
    const mine = (painting = {});
    const current = () => painting === mine;
    busy(true);
    saves.hidden = true;
    try {
      if (!(await ready(current))) return;
      const view = stripView(settings.couplings, settings.frames);
      results.replaceChildren(view.node);
      recorded?.setAttribute("hidden", "");
      said.textContent = "Painting the two ends";
      bar.value = 0;
      const began = performance.now();
      const seconds = () => (performance.now() - began) / 1000;
      const found = await begun(crew, settings);
      ["a", "b"].forEach((name, k) => {
        if (found.read[k].lost) form.hint(name, `Only the first ${LIVE.model.length - 2} tokens are read.`);
      });
      found.partners = settings.couplings.map(found.partnerBy);
      const strips = await paintStrips(found, found.partners, {
        picture: (...what) => current() && view.put(...what),
        measured: (...what) => current() && view.measure(...what),
        done: (done, all) => {
          if (!current()) return;
          const left = (seconds() / done) * (all - done);
          bar.value = done / all;
          said.textContent = `${done} of ${all} pictures${done < all ? `, about ${inTime(left)} left` : ""}`;
        },
      });
      if (!current()) return;
      found.measures = strips.map(({ measures }) => measures);
      const by = crew.some(({ onCard }) => onCard) ? " with the help of the graphics card" : "";
      said.textContent = `All pictures, in ${inTime(seconds())}${by}. `;
      keep(settings);
      saves.hidden = false;
      saves.replaceChildren(...saveButtons(view.strips, settings, (error) => (said.textContent = sentenceOf(error))));
      results.append(...[weightsPanel, ownPanel, noisePanel].map((made) => made(found, hearing)));
      place.dispatchEvent(new CustomEvent("painted", { detail: { view, ...found } }));
    } catch (error) {
      if (current()) hearing(error);
    } finally {
      if (current()) busy(false);
    }
  };

  form.node.addEventListener("submit", (event) => {
    event.preventDefault();
    const settings = form.read();
    if (!settings.couplings.length) said.textContent = "Choose one coupling at least.";
    else start(settings);
  });
  const follow = () => {
    if (location.hash !== fragmentOf(form.read())) form.fill(settingsOf(location.hash, DEFAULTS));
  };
  if (given) form.fill(settingsOf(given, DEFAULTS));
  else {
    addEventListener("hashchange", follow);
    follow();
  }
  place.append(form.node, results);
};

const stage = document.querySelector("#sdi-live");
live(stage, stage.dataset.settings);

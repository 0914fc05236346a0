// Strips between two prompts: what is asked of the workers, in which order, and what comes back when.

const AT_ONCE = 3; // pictures that a worker paints in one go: more would not be quicker, and show later

// The two prompts read, the noise, and how to couple them by a coupling's name: all that painting needs.
const begun = async (crew, settings) => {
  const { length, width, latent } = LIVE.model;
  const { rows: both, read } = await crew[0].ask("read", { prompts: [settings.a, settings.b] });
  const [a, b] = [both.subarray(0, length * width), both.subarray(length * width)];
  const rows = Array.from({ length }, (_, i) => i);
  const words = wordRows(read[0].labels, read[1].labels);
  return {
    crew, settings, read, a, b,
    noise: randn(latent.reduce((product, side) => product * side, 1), settings.seed),
    partnerBy: (name) => partnersBy[name]({ a, b, rows, width, words, seed: settings.coupling_seed }),
  };
};

// A strip along each coupling. `heard` is told of each picture with its place, of how many are done, and at last of all measures.
const paintStrips = async ({ crew, settings, noise, a, b }, partners, heard) => {
  const { length, width } = LIVE.model;
  const pictures = planned(partners, settings.frames);
  const features = partners.map(() => []);
  let [next, done] = [0, 0];
  const work = async (member) => {
    while (next < pictures.length) {
      const some = pictures.slice(next, next + (next ? AT_ONCE : 2));
      next += some.length;
      const clouds = new Float32Array(some.length * length * width);
      some.forEach(({ partner, t }, k) => {
        clouds.set(partner ? between(a, b, partner, t, width) : t ? b : a, k * length * width);
      });
      const logs = new Float32Array(some.length * length);
      const painted = await member.ask("paint", { rows: clouds, logs, noise, steps: settings.steps, guidance: settings.guidance });
      member.onCard = painted.onCard;
      const part = (numbers, k) => numbers.subarray((k * numbers.length) / some.length, ((k + 1) * numbers.length) / some.length);
      some.forEach(({ places }, k) => {
        const picture = part(painted.pictures, k);
        for (const [strip, frame] of places) {
          features[strip][frame] = part(painted.features, k);
          heard.picture(strip, frame, picture);
        }
      });
      heard.done((done += some.length), pictures.length);
    }
  };
  await Promise.all(crew.map(work));
  const found = partners.map((partner, strip) => measured(features[strip], (p) => costOf(a, b, partner, p, width)));
  heard.measured(found);
  return found;
};

// The picture of one cloud, as the others of the same press were painted; or, to `watch`, all the guesses on the way to it.
const paintOne = ({ crew, settings, noise }, rows, logs = new Float32Array(LIVE.model.length), what = "paint") =>
  crew[0].ask(what, { rows, logs, noise, steps: settings.steps, guidance: settings.guidance });

// Calls `act` after each change, but never twice at once: of the changes that come meanwhile the last counts.
const following = (act, hearing) => {
  let [busy, again] = [false, false];
  const follow = async () => {
    again = busy;
    if (busy) return;
    busy = true;
    try {
      await act();
    } catch (error) {
      again = false;
      hearing(error);
    }
    busy = false;
    if (again) follow();
  };
  return follow;
};

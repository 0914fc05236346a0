// See the noise go: the picture that the denoiser guesses behind the noise at each step, for prompt A.

const noisePanel = (found, hearing) => {
  const { a, settings } = found;
  const guesses = Array.from({ length: settings.steps }, (_, i) => emptyFrame(`Step ${i + 1}, not painted yet`));
  const watch = async () => {
    const pictures = await paintOne(found, a, undefined, "watch");
    guesses.forEach((canvas, i) => {
      drawnOn(canvas, pictures[i]);
      canvas.setAttribute("aria-label", `What step ${i + 1} of ${settings.steps} guesses`);
    });
  };
  return panel("See the noise go", () => watch().catch(hearing),
    h("p", {}, "At each step the denoiser looks at the noisy latent and guesses the clean picture behind it; the sampler ",
      "goes a part of the way there and asks again. These are its guesses for prompt A, from the first step to the last."),
    h("div", { class: "sdi-live-guesses" }, ...guesses));
};

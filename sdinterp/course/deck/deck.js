// Slides as wide as a lecture hall's screen. What is too high for one is made smaller, below its heading, until it fits.
const WIDE = 1280, HIGH = 720, LEAST = 0.3;

const fit = (slide) => {
  const body = slide.querySelector(".jp-CodeCell") ?? slide.querySelector(".jp-Cell");
  const stack = [slide, slide.parentElement].map((one) => [one, one.style.display]);
  for (const [one] of stack) one.style.display = "block";
  for (let size = 1; size > LEAST && slide.scrollHeight > HIGH; ) body.style.zoom = size -= 0.05;
  for (const [one, before] of stack) one.style.display = before;
};

MathJax.startup.promise.then(async () => {
  await Reveal.initialize({
    width: WIDE, height: HIGH, margin: 0.04, center: false, controls: false, hash: true, slideNumber: "c/t", transition: "none",
    plugins: [RevealNotes],
    // A player uses the keys that move its dots; they must not turn the page.
    keyboardCondition: () => !document.activeElement.closest(".sdi-player"),
  });
  Reveal.getSlides().forEach(fit);
  Reveal.layout();
  document.body.dataset.ready = "";
});

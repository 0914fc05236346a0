// Slides of the form of a lecture hall's screen, or of a phone's. What is too large for one is made smaller, below its heading,
// until it fits: pictures by making them narrower too, as they are the higher the wider they are.
const [WIDE, HIGH] = innerWidth < 600 ? [640, 1080] : [1280, 720];
const LEAST = 0.3;
document.documentElement.style.setProperty("--highest", `${HIGH - 240}px`);

const fit = (slide) => {
  const body = slide.querySelector(".jp-CodeCell") ?? slide.querySelector(".jp-Cell");
  const widths = body.querySelector("img, svg") ? [100, 85, 70, 55] : [100];
  const stack = [slide, slide.parentElement].map((one) => [one, one.style.display]);
  for (const [one] of stack) one.style.display = "block";
  const sizeAt = (width) => {
    let size = 1;
    const cut = () => slide.scrollHeight > HIGH || slide.scrollWidth > WIDE;
    for (body.style.width = `${width}%`; (body.style.zoom = size) > LEAST && cut(); ) size -= 0.05;
    return size;
  };
  const best = widths.reduce((one, other) => (other * sizeAt(other) > one * sizeAt(one) ? other : one));
  sizeAt(best);
  for (const [one, before] of stack) one.style.display = before;
};

MathJax.startup.promise.then(async () => {
  await Reveal.initialize({
    width: WIDE, height: HIGH, margin: 0.04, center: false, controls: false, hash: true, slideNumber: "c/t", transition: "none",
    scrollActivationWidth: 0, plugins: [RevealNotes],
    // A player uses the keys that move its dots; they must not turn the page.
    keyboardCondition: () => !document.activeElement.closest(".sdi-player"),
  });
  Reveal.getSlides().forEach(fit);
  Reveal.layout();
  document.body.dataset.ready = "";
});

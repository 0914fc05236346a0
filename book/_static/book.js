// A box that scrolls sideways can be reached by Tab and says so; the theme does this for code only.
const markBoxes = () => {
  for (const box of document.querySelectorAll("article div")) {
    if (box.tabIndex === 0 && !box.sdiScrolls) continue;
    const scrolls = box.scrollWidth > box.clientWidth && /auto|scroll/.test(getComputedStyle(box).overflowX);
    if (scrolls === Boolean(box.sdiScrolls)) continue;
    box.sdiScrolls = scrolls;
    const words = { tabindex: "0", role: "group", "aria-label": "Scrolls sideways" };
    for (const [name, value] of Object.entries(words))
      if (scrolls) box.setAttribute(name, value);
      else box.removeAttribute(name);
  }
};
// Formulas change their size when they are set: so that nothing jumps, the text shows once they are, or after two seconds.
const root = document.documentElement;
const showText = () => root.classList.remove("sdi-waits");
root.classList.add("sdi-waits");
setTimeout(showText, 2000);
document.addEventListener("DOMContentLoaded", () => {
  new ResizeObserver(markBoxes).observe(document.querySelector("main"));
  Promise.resolve(window.MathJax?.startup?.promise).finally(showText);
});

// From a file a search cannot read the pages it finds: it then lists them without an excerpt.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

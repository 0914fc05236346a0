const root = document.documentElement;

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

// Formulas and letters change their size when they are set: so that nothing jumps, the text shows once they are, or after five seconds.
const showText = () => root.classList.remove("sdi-waits");
root.classList.add("sdi-waits");
setTimeout(showText, 5000);

// A browser breaks a line beside any formula, even before a comma: what stands there without a space stays with it.
const keepTogether = () => {
  for (const formula of document.querySelectorAll("article span.math")) {
    const text = (node, pattern) => (node?.nodeType === Node.TEXT_NODE && node.data.match(pattern)?.[0]) || "";
    const [before, after] = [formula.previousSibling, formula.nextSibling];
    const [left, right] = [text(before, /\S+$/), text(after, /^\S+/)];
    if (!left && !right) continue;
    const whole = Object.assign(document.createElement("span"), { className: "sdi-unbroken" });
    formula.replaceWith(whole);
    if (left) before.data = before.data.slice(0, -left.length);
    if (right) after.data = after.data.slice(right.length);
    whole.append(left, formula, right);
  }
};

// A browser breaks a line after a hyphen, even after those that begin an option.
const keepOptions = () => {
  for (const word of document.querySelectorAll("article code.literal .pre"))
    if (/^--?[\w-]{1,24}$/.test(word.textContent)) word.classList.add("sdi-unbroken");
};

// Reading without code is remembered, where the browser remembers anything for this page.
const remembered = (value) => {
  try {
    if (value === undefined) return localStorage.getItem("sdi-code");
    localStorage.setItem("sdi-code", value);
  } catch {
    return null;
  }
};
const showCode = (shown) => {
  root.classList.toggle("sdi-no-code", !shown);
  for (const button of document.querySelectorAll(".btn-code-switch"))
    button.setAttribute("aria-pressed", !shown);
};
const switchCode = () => {
  const shown = root.classList.contains("sdi-no-code");
  showCode(shown);
  remembered(shown ? "shown" : "hidden");
};
showCode(remembered() !== "hidden");

// The chapter that is open stands in sight among the others.
const showChapter = () => {
  const link = document.querySelector(".bd-sidebar-primary .current.active > a");
  const box = link?.closest(".bd-sidebar-primary");
  if (!box) return;
  const below = link.getBoundingClientRect().top - box.getBoundingClientRect().top;
  if (below > box.clientHeight - 60) box.scrollTop += below - box.clientHeight / 2;
};

document.addEventListener("DOMContentLoaded", () => {
  showCode(!root.classList.contains("sdi-no-code"));
  showChapter();
  keepTogether();
  keepOptions();
  document.querySelector(".primary-toggle")?.addEventListener("click", () => setTimeout(showChapter));
  new ResizeObserver(markBoxes).observe(document.querySelector("main"));
  Promise.all([window.MathJax?.startup?.promise, document.fonts.ready]).finally(showText);
});

// From a file a page cannot read another: what a search shows of the pages it finds then comes from a script that holds all texts.
if (location.protocol === "file:" && location.pathname.endsWith("/search.html")) {
  let texts;
  const read = () =>
    (texts ??= new Promise((done, fail) => {
      const script = Object.assign(document.createElement("script"), { src: "_static/texts.js", onerror: fail });
      script.onload = () => done(window.pageTexts);
      document.head.append(script);
    }));
  window.fetch = async (address) => {
    const page = new URL(address, location).pathname.split("/").at(-1).replace(".html", "");
    const main = document.createElement("main");
    main.setAttribute("role", "main");
    main.textContent = (await read())[page] ?? "";
    return new Response(main.outerHTML);
  };
}

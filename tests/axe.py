"""axe-core in a tab: what violates WCAG. Its dearest rule, on contrast, looks at each kind of text once."""

from pathlib import Path

import axe_playwright_python

SCRIPT = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that look at colours: all that dark can break once a page is right in light."""

# Unfolds everything, scrolls back, and lets what fades in arrive: half-way its contrast is another. Nine tenths of the texts of a
# page look like others of it: they have the same colours, and what they stand in paints the same grounds. Of each look the first
# and the last are asked about, and all where axe cannot say of these, which may lie below something. Of single letters, signs and
# formulas it never says anything. The rest of a piece of code is one text meanwhile, and while nothing but colours is asked about,
# what holds neither such a text nor a link among words is emptied: axe would measure every piece of it.
FIND = """async ([rules, only, within]) => {
  document.querySelectorAll("details").forEach((box) => (box.open = true));
  document.querySelectorAll("*").forEach((box) => (box.scrollTop = 0));
  const ends = (motion) => motion.effect.getComputedTiming().endTime < Infinity;
  const arrive = () => document.getAnimations().filter(ends).forEach((motion) => motion.finish());
  arrive();

  const numbers = new Map(), grounds = new Map(), alike = new Map();
  const number = (what) => numbers.get(what) ?? numbers.set(what, numbers.size + 1).size;
  const ground = (node) => {
    if (node && !grounds.has(node)) {
      const { backgroundColor, backgroundImage, opacity, position } = getComputedStyle(node), behind = ground(node.parentElement);
      const own = [backgroundColor, backgroundImage, opacity, position].join();
      const named = [own, behind, node.tagName, node.getAttribute("class"), node.getAttribute("style")].join();
      grounds.set(node, own === "rgba(0, 0, 0, 0),none,1,static" ? behind : number(named));
    }
    return grounds.get(node);
  };
  const look = (node) => {
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(node);
    return [ground(node), color, fontSize, fontWeight, textShadow].join();
  };
  for (const node of document.querySelectorAll(`:is(${within}) *`)) {
    const text = [...node.childNodes].map((part) => (part.nodeType === Node.TEXT_NODE ? part.data.trim() : "")).join("");
    const said = text.length > 1 && /[\\p{L}\\p{N}]/u.test(text) && !node.closest("mjx-container");
    if (said && node.checkVisibility({ visibilityProperty: true }))
      alike.set(look(node), [...(alike.get(look(node)) ?? []), node]);
  }

  const thinned = (nodes, also) => {
    const kept = new Set();
    for (let node of [...nodes, ...(also ?? [])]) for (; node && !kept.has(node); node = node.parentElement) kept.add(node);
    const idle = (node) => node.matches("pre") || (also && !kept.has(node) && kept.has(node.parentElement));
    const boxes = [...document.body.querySelectorAll("*")].filter(idle), parts = boxes.map((box) => [...box.childNodes]);
    const left = (box) => (part) => (kept.has(part) ? part : box.matches("pre") ? part.textContent : "");
    boxes.forEach((box, k) => box.replaceChildren(...parts[k].map(left(box))));
    return () => boxes.forEach((box, k) => box.replaceChildren(...parts[k]));
  };
  const asked = async (nodes, runOnly, also) => {
    nodes.forEach((node) => node.setAttribute("data-asked", ""));
    const fill = thinned(nodes, also);
    arrive();
    const how = { resultTypes: ["violations", "passes"], elementRef: true, selectors: false, preload: false };
    const { violations, passes } = await axe.run(within, { runOnly, ...how });
    fill();
    nodes.forEach((node) => node.removeAttribute("data-asked"));
    for (const rule of [...violations, ...passes].filter((rule) => rule.id === "color-contrast"))
      rule.nodes.forEach((found) => alike.delete(look(found.element)));
    return violations.flatMap((rule) => rule.nodes.map((found) => `${rule.id}: ${found.html} ${found.failureSummary}`));
  };
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-asked]" }] });
  const block = (node) => (getComputedStyle(node).display.startsWith("inline") ? block(node.parentElement) : node);
  const beside = (link) => [link, block(link.parentElement)].map((node) => node.textContent.trim());
  const among = [...document.links].filter((link) => new Set(beside(link)).size > 1);
  const links = only ? among.flatMap((link) => [...block(link.parentElement).querySelectorAll("*")]) : null;
  const firsts = [...alike.values()].flatMap((nodes) => [nodes[0], nodes.at(-1)]);
  const found = await asked(firsts, rules, links);
  const left = [...alike.values()].flatMap((nodes) => nodes.slice(1, -1));
  return left.length ? [...found, ...(await asked(left, ["color-contrast"], []))] : found;
}"""


def violations(tab, rules: list[str] = LEVELS, within: str = "html") -> list[str]:
    """What violates some rules, or levels of them, within the elements of a selector."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(SCRIPT)
    return tab.evaluate(FIND, [rules, rules == COLOURS, within])

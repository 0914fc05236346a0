// A folded part of the page that does something when it is first opened.

const panel = (title, act, ...children) => {
  const open = () => {
    node.removeEventListener("toggle", open);
    act();
  };
  const node = h("details", { class: "sdi-live-panel", ontoggle: open }, h("summary", {}, title), ...children);
  return node;
};

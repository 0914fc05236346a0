// A button of another page that opens the form there, with that page's prompts. Nothing is loaded before it is pressed.
{
const folder = document.currentScript.src.replace(/[^/]*$/, "");
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("button.sdi-live-here")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const place = Object.assign(document.createElement("div"), { id: "sdi-live" });
      place.dataset.settings = button.dataset.settings;
      const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${folder}live.css` });
      const script = Object.assign(document.createElement("script"), { src: `${folder}live.js` });
      script.onload = () => place.querySelector("textarea")?.focus();
      script.onerror = () => (place.textContent = "The file _static/live/live.js is not there: copy the whole folder of the book again.");
      document.head.append(style, script);
      button.replaceWith(place);
    });
  }
});
}

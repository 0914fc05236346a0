// Buttons of another page that open the form there, with that page's prompts. Nothing is loaded before one is pressed.
{
  const folder = document.currentScript.src.replace(/[^/]*$/, "");
  const made = (tag, properties) => Object.assign(document.createElement(tag), properties);
  for (const button of document.querySelectorAll("button.sdi-live-here")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const place = made("div", { id: "sdi-live" });
      place.dataset.settings = button.dataset.settings;
      button.replaceWith(place);
      document.head.append(
        made("link", { rel: "stylesheet", href: `${folder}live.css` }),
        made("script", {
          src: `${folder}live.js`,
          onload: () => place.querySelector("textarea")?.focus(),
          onerror: () => (place.textContent = "The file _static/live/live.js is not there: copy the whole folder of the book again."),
        }),
      );
    });
  }
}

// The strips as one picture, with the settings in words.

const sheetOf = (strips, lines) => {
  const [side, gap, margin, line] = [128, 4, 24, 30];
  const count = strips[0].frames.length;
  const sheet = h("canvas", {
    width: 2 * margin + Math.max(count * (side + gap), 900),
    height: 2 * margin + lines.length * line + strips.length * (side + line + gap),
  });
  const pen = sheet.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.fillStyle = "#000";
  pen.font = "18px sans-serif";
  const widest = sheet.width - 2 * margin;
  lines.forEach((text, k) => pen.fillText(text, margin, margin + (k + 0.7) * line, widest));
  strips.forEach(({ name, frames, measures }, k) => {
    const top = margin + lines.length * line + k * (side + line + gap);
    const said = measures ? Object.entries(measures).map(([what, x]) => `${what} ${x.toPrecision(4)}`).join(", ") : "";
    pen.fillText(said ? `${name}: ${said}` : name, margin, top + 0.7 * line, widest);
    frames.forEach((frame, j) => pen.drawImage(frame, margin + j * (side + gap), top + line, side, side));
  });
  return sheet;
};

const saved = (blob, name) => {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

// `failed` hears what went wrong.
const saveButtons = (strips, settings, failed) => {
  const picture = () => sheetOf(strips, inWords(settings)).toBlob((blob) => saved(blob, "strips.png"));
  const moving = () => gifOf(strips).then((blob) => saved(blob, "strips.gif"), failed);
  return Object.entries({ "Save as a picture": picture, "Save as a gif": moving }).map(([name, onclick]) =>
    h("button", { type: "button", onclick }, name));
};

// The strips as a picture that moves: side by side, from A to B and back.

const gifOf = async (strips) => {
  const { GIFEncoder, quantize, applyPalette } = await import(moduleFrom(await unpackedText("gifenc")));
  const [side, gap, line] = [192, 8, 22];
  const count = strips[0].frames.length;
  const canvas = h("canvas", { width: strips.length * (side + gap) + gap, height: side + line + 2 * gap });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const gif = GIFEncoder();
  const there = Array.from({ length: count }, (_, k) => k);
  for (const k of [...there, ...there.slice(1, -1).reverse()]) {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = "#000";
    pen.font = "15px sans-serif";
    strips.forEach(({ name, frames }, r) => {
      const left = gap + r * (side + gap);
      pen.fillText(`${name}, t = ${(k / (count - 1)).toFixed(3)}`, left, gap + 0.7 * line, side);
      pen.drawImage(frames[k], left, gap + line, side, side);
    });
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const palette = quantize(data, 256);
    const delay = k && k < count - 1 ? 200 : 800; // milliseconds; the ends stay longer
    gif.writeFrame(applyPalette(data, palette), canvas.width, canvas.height, { palette, delay });
  }
  gif.finish();
  return new Blob([gif.bytes()], { type: "image/gif" });
};

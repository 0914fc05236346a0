// Files of the site that are packed into scripts, since a page opened from a file may load nothing else.

const scripts = new URL(".", document.currentScript.src); // the folder that this script came from

const loaded = async (name) => {
  const node = h("script", { src: new URL(`${name}.js`, scripts) });
  await new Promise((done, failed) => {
    fill(node, { onload: done, onerror: () => failed(new Error(`missing ${name}`)) }, []);
    document.head.append(node);
  }).finally(() => node.remove());
};

// The bytes of a packed file: base64 of gzip, which its script leaves in `sdiPacked`.
const unpacked = async (name) => {
  await loaded(name);
  const text = globalThis.sdiPacked?.[name];
  if (!text) throw new Error(`broken ${name}`);
  delete globalThis.sdiPacked[name];
  try {
    const zipped = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return await new Response(new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  } catch {
    throw new Error(`broken ${name}`);
  }
};
const unpackedText = async (name) => new TextDecoder().decode(await unpacked(name));

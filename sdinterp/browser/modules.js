// An address from which a script can be taken, as a module or by a worker.
const moduleFrom = (...parts) => URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));

// An address from which a script can be taken as a module.
const moduleFrom = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));

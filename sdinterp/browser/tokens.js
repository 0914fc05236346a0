// From a prompt to the numbers of its tokens and the labels of its rows, by @huggingface/tokenizers.

const tokenReader = (Tokenizer, { tokenizer, tokenizer_config, length }) => {
  const made = new Tokenizer(tokenizer, tokenizer_config);
  const [start, end] = ["<|startoftext|>", "<|endoftext|>"].map((mark) => tokenizer.model.vocab[mark]);
  return (prompt) => {
    const pieces = made.encode(prompt, { add_special_tokens: false }).ids;
    const read = pieces.slice(0, length - 2);
    const padding = length - 2 - read.length;
    return {
      ids: [start, ...read, end, ...Array(padding).fill(end)],
      labels: ["<start>", ...read.map((id) => made.decode([id]).trim()), "<end>", ...Array(padding).fill("<pad>")],
      lost: pieces.length - read.length,
    };
  };
};

// The rows that hold a word in either of two prompts.
const wordRows = (one, other) =>
  one.map((_, row) => row).filter((row) => [one, other].some((labels) => !["<start>", "<end>", "<pad>"].includes(labels[row])));

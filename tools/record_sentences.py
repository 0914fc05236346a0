"""Keep which words MiniLM's clouds of a few sentences couple, for who reads the page without the extra `sentences`."""

from __future__ import annotations

import json
from pathlib import Path

from sdinterp import optimal_coupling
from sdinterp.sentences import load_encoder
from sdinterp.study.run import circumstances
from sdinterp.words import END, START, met_by

PLACE = Path(__file__).parent.parent / "sdinterp" / "recorded" / "sentences.json"

PAIRS = (
    ("a man in a blue shirt is riding a horse along the beach", "on the seashore a guy wearing a navy top rides his pony"),
    ("a small red boat on the sea at noon", "at midday, a little crimson ship on the ocean"),
    ("the dog bites the man", "the man bites the dog"),
    ("the bank of the river is steep", "the bank raised its interest rates"),
)


def main() -> None:
    """Write `sentences.json`: for each pair the labels, the cost (p=2), and which words give each other the most mass."""
    encoder, kept = load_encoder("minilm"), []
    for pair in PAIRS:
        coupling, tokens = optimal_coupling(*encoder.clouds(pair)), [encoder.tokens(one) for one in pair]
        met = [(a, b, round(share, 3)) for a, b, share in met_by(coupling, *tokens) if b not in (START, END)]
        kept.append({"sentences": pair, "tokens": tokens, "cost": round(coupling.cost(2), 5), "met": met})
    PLACE.write_text(json.dumps({"command": "python tools/record_sentences.py", "pairs": kept, **circumstances()}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""The study of slides S8 to S10: pairs of prompts at ten levels of similarity, strips along several couplings, statistics.

Running: `plan` and `settings` (fixed before the run), `pairs` (what is compared), `run` (all that is not yet done), `compute` (who
computes it), `together` (the strips of some pairs), `store` (what is known so far). Reading: `gains` (from strips to pairs),
`estimates`, `analysis`, `chance`, `conclusions`, `figures`, `samples`, and the `report`, which shows them. They read the store and
nothing else.
"""

from pathlib import Path


def recorded() -> Path:
    """The folder of the study that the book shows: its table, its pairs, its settings. `make study` makes it anew."""
    return Path(__file__).parent / "recorded"

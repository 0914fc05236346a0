"""The study of slides S8 to S10: pairs of prompts at ten levels of similarity, strips along several couplings, statistics.

Running: `pairs` (what is compared), `plan` (the settings, fixed before the run), `run` (one pair after the other), `engines`
(who computes them), `store` (what is known so far). The report and its statistics read the store and nothing else.
"""

from pathlib import Path


def recorded() -> Path:
    """The folder of the study that the book shows: its table, its pairs, its settings. `make study` makes it anew."""
    return Path(__file__).parent / "recorded"

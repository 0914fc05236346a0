"""The study of slides S8 to S10: pairs of prompts at ten levels of similarity, strips along several couplings, statistics.

Running: `plan`, `planned` and `settings` (fixed before the run), `pairs` and `doses` (what is compared), `run` (a folder and what
it lacks), `compute` (who computes it), `together` (the strips of some pairs), `store` (what is known so far). Reading: `gains`
(from strips to pairs), `estimates`, `analysis`, `answers` (of the second study), `chance`, `conclusions`, `figures`, `samples`, and
the `report`, which shows them. They read the store and nothing else. `keeping` writes what is kept of runs, and reads it again;
`elsewhere` shows what others have kept.
"""

from pathlib import Path


def recorded(name: str = "") -> Path:
    """Where the runs stand that the book shows: their tables, settings, and how they were made.

    Args:
        name: "first" or "doses", the two studies, the second with its rivals; without it, the folder of all.
    """
    return Path(__file__).parent / "recorded" / name

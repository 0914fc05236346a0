"""The study of slides S8 to S10: pairs of prompts at ten levels of similarity, strips along several couplings, statistics.

Running: `plan`, `planned` and `settings` (fixed before the run), `pairs` and `doses` (what is compared), `run` (a folder and what
it lacks), `compute` (who computes it), `together` (the strips of some pairs), `store` (what is known so far). Reading: `gains`
(from strips to pairs), `estimates`, `analysis`, `answers` (of the second study), `chance`, `conclusions`, `figures`, `samples`, and
the `report`, which shows them. They read the store and nothing else. `keeping` writes what is kept of runs, and reads it again;
`elsewhere` shows what others have kept.
"""

from pathlib import Path


def recorded(name: str = "") -> Path:
    """The folder of the runs that the book shows, or of one of them: "first", or "doses" with its rivals."""
    return Path(__file__).parent / "recorded" / name

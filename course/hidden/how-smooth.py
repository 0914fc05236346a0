"""Hidden tests of my_retimed: inputs on which it is compared with the book's function. This is not handed out."""

import numpy as np

rng = np.random.default_rng(111)


def pieces(count, longest):
    """Steps that can be cut into pieces of exactly equal length."""
    parts = [rng.integers(1, 6, int(rng.integers(1, longest))) for _ in range(count)]
    return np.concatenate([[*part, 64.0 - part.sum()] for part in parts])


CASES = {
    "two frames": (pieces(3, 8), 2),
    "as many frames as there are": (np.ones(12), 13),
    "steps of float32": (pieces(8, 4).astype(np.float32), 9),
    "many long pieces": (pieces(16, 12), 17),
    "one step": (np.array([2.5]), 2),
}

"""What a student's own inputs to my_retimed are, and by which numbers results are compared. This is handed out."""

import numpy as np


def own_inputs(rng):
    """Steps that can be cut into pieces of exactly equal length, and the number of frames."""
    pieces = [rng.integers(1, 6, int(rng.integers(1, 7))) for _ in range(6)]
    return [(np.concatenate([[*piece, 40 - piece.sum()] for piece in pieces]) / 8, 7)]


def own_table(result):
    """The frames' indices."""
    return np.asarray(result, dtype=float)

"""What a student's own inputs to my_holm are, and by which numbers results are compared. This is handed out."""

import numpy as np


def own_inputs(rng):
    """Twelve p-values, many of them small."""
    return [(rng.random(12) ** 4,)]


def own_table(result):
    """The corrected values."""
    return np.asarray(result, dtype=float)

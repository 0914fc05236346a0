"""What a student's own inputs to my_lower_bound are, and by which numbers results are compared. This is handed out."""

import numpy as np


def own_inputs(rng):
    """Two tables of costs, each with a guess f."""
    return [(rng.random((6, 6)), rng.normal(size=6)) for _ in range(2)]


def own_table(result):
    """The bound."""
    return np.asarray(result, dtype=float)

"""What a student's own inputs to my_north_west are, and by which numbers results are compared. This is handed out."""

import numpy as np


def own_inputs(rng):
    """Weights of four and of five dots."""
    return [(rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(5)))]


def own_table(result):
    """The table."""
    return np.asarray(result, dtype=float)

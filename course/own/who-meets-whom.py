"""What a student's own inputs to my_mean_cost are, and by which numbers results are compared. This is handed out."""

import numpy as np
import torch


def own_inputs(rng):
    """Two clouds of eleven points, for three p."""
    return [(*torch.from_numpy(rng.random((2, 11, 3))), p) for p in (1, 2, 3)]


def own_table(result):
    """The mean cost."""
    return np.asarray(result, dtype=float)

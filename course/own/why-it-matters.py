"""What a student's own inputs to my_slerp are, and by which numbers results are compared. This is handed out."""

import numpy as np
import torch


def own_inputs(rng):
    """Two tables of rows of length 1, and a time."""
    x, y = torch.nn.functional.normalize(torch.from_numpy(rng.normal(size=(2, 3, 5))), dim=2)
    return [(x, y, float(rng.uniform(0.2, 0.8)))]


def own_table(result):
    """The rows."""
    return np.asarray(result, dtype=float)

"""What a student's own inputs to my_ratio are, and by which numbers results are compared. This is handed out."""

import numpy as np
import torch


def own_inputs(rng):
    """Two clouds of 12 points, longer in some directions than in others."""
    return [(torch.from_numpy(rng.normal(size=(12, 4)) * rng.uniform(0.2, 5, 4)),) for _ in range(2)]


def own_table(result):
    """The ratio."""
    return np.asarray(result, dtype=float)

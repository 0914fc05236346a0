"""What a student's own inputs to my_straightness_of are, and by which numbers results are compared. This is handed out."""

import numpy as np
import torch


def own_inputs(rng):
    """Four pictures of noise."""
    return [(torch.from_numpy(rng.uniform(-1, 1, (4, 3, 64, 64)).astype(np.float32)),)]


def own_table(result):
    """The straightness."""
    return np.asarray(result, dtype=float).reshape(())

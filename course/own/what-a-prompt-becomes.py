"""What a student's own inputs to my_noise_from_v are, and by which numbers results are compared. This is handed out."""

import numpy as np
import torch


def own_inputs(rng):
    """Small latents, what the network says of them, and alpha_bar."""
    return [(*torch.from_numpy(rng.normal(size=(2, 1, 2, 2, 2))), torch.tensor(a)) for a in rng.uniform(0.1, 0.9, 2)]


def own_table(result):
    """The noise."""
    return np.asarray(result, dtype=float)

"""What a student's own inputs to my_step are, and by which numbers results are compared. This is handed out."""

import numpy as np


def own_plan(a, b):
    """An entropic plan of two uniform clouds."""
    kernel, u = np.exp(-((a[:, None] - b[None]) ** 2).sum(2) / 0.3), np.ones(len(a))
    for _ in range(300):
        v = 1 / len(b) / (kernel.T @ u)
        u = 1 / len(a) / (kernel @ v)
    return u[:, None] * kernel * v


def own_inputs(rng):
    """Five dots, four dots, and a function that gives their plans."""
    return [(rng.random((5, 2)), rng.random((4, 2)), own_plan)]


def own_table(result):
    """The moved dots."""
    return np.asarray(result, dtype=float)

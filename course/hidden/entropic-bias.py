"""Hidden tests of my_step: inputs on which it is compared with the book's function. This is not handed out."""

import numpy as np

rng = np.random.default_rng(115)


def plan_of(a, b):
    """A plan of two uniform clouds that is not the independent one."""
    kernel, u = np.exp(-((a[:, None] - b[None]) ** 2).sum(2)), np.ones(len(a))
    for _ in range(300):
        v = 1 / len(b) / (kernel.T @ u)
        u = 1 / len(a) / (kernel @ v)
    return u[:, None] * kernel * v


CASES = {
    "one dot and many": (rng.random((1, 2)), rng.random((6, 2)), plan_of),
    "many dots and one": (rng.random((6, 2)), rng.random((1, 2)), plan_of),
    "dots on a line": (rng.random((8, 1)), rng.random((3, 1)), plan_of),
    "dots in five dimensions": (rng.random((4, 5)), rng.random((9, 5)), plan_of),
}

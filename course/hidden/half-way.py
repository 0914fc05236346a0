"""Hidden tests of my_midpoint: inputs on which it is compared with the book's function. This is not handed out."""

import numpy as np

rng = np.random.default_rng(103)


def between(n, m, d):
    """Dots and a plan between them whose weights are not uniform."""
    return rng.integers(-9, 9, (n, d)) * 1.0, rng.integers(-9, 9, (m, d)) * 1.0, rng.dirichlet(np.ones(n * m)).reshape(n, m)


sparse = between(4, 5, 2)
sparse[2][rng.random((4, 5)) < 0.5] = 0
CASES = {
    "one dot to one dot": (np.array([[1.0, 2.0]]), np.array([[4.0, 6.0]]), np.array([[1.0]])),
    "dots on a line": between(5, 3, 1),
    "dots in space": between(2, 6, 3),
    "clouds of float32": tuple(x.astype(np.float32) for x in between(3, 3, 2)),
    "pairs without mass": (*sparse[:2], sparse[2] / sparse[2].sum()),
}

"""Hidden tests of my_plan_cost: inputs on which it is compared with the book's function. This is not handed out."""

import numpy as np

rng = np.random.default_rng(102)


def between(n, m, d, p):
    """Dots and a plan between them whose weights are not uniform."""
    return rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.dirichlet(np.ones(n * m)).reshape(n, m), p


sparse = between(4, 4, 2, 2)
sparse[2][rng.random((4, 4)) < 0.5] = 0
CASES = {
    "one dot to one dot": (np.array([[1.0, 2.0]]), np.array([[4.0, 6.0]]), np.array([[1.0]]), 2),
    "dots on a line, p=4": between(5, 3, 1, 4),
    "p=1.5 in five dimensions": between(6, 2, 5, 1.5),
    "clouds of float32": (*(x.astype(np.float32) for x in between(3, 3, 2, 1)[:3]), 1),
    "pairs without mass": sparse,
}

"""Hidden tests of my_geodesic: inputs on which it is compared with the book's function. This is not handed out."""

import numpy as np

from sdinterp import Coupling, PointCloud, displacement_path, optimal_coupling, standard_coupling

rng = np.random.default_rng(104)
times = np.linspace(0, 1, 7)
a, b = (PointCloud(rng.random((n, 2)), rng.dirichlet(np.ones(n))) for n in (3, 5))
split = Coupling(a, b, mass=np.outer(a.weights, b.weights))
one = displacement_path(standard_coupling(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])))
uneven = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
best = displacement_path(optimal_coupling(*rng.random((2, 5, 3)), p=2))
crossed = displacement_path(standard_coupling(np.array([[0.0], [1.0]]), np.array([[3.0], [2.0]])))
CASES = {  # in each a geodesic and another path, so that one word for all is right in none
    "weights that are not uniform": [(displacement_path(optimal_coupling(a, b, p=2)), times), (displacement_path(split), times)],
    "one dot": [(one, times), (lambda t: one(t * t), times)],
    "dots in space, at uneven times": [(best, uneven), (lambda t: best(min(1.0, 1.25 * t)), uneven)],
    "dots on a line": [(lambda t: one(1 - t), times), (crossed, times)],
}

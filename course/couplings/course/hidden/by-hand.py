"""Hidden tests of my_north_west: weights for which it is compared with the page's function. This is not handed out."""

import numpy as np

rng = np.random.default_rng(114)
CASES = {
    "one dot beside others": [
        (np.array([1.0]), np.array([1.0])),
        (np.array([1.0]), rng.dirichlet(np.ones(7))),
        (np.array([0.3, 0.7]), np.array([0.6, 0.4])),
    ],
    "weights of float32": (rng.dirichlet(np.ones(3)).astype(np.float32), rng.dirichlet(np.ones(3)).astype(np.float32)),
    "many dots": (rng.dirichlet(np.ones(30)), rng.dirichlet(np.ones(40))),
}

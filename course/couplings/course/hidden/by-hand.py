"""Hidden tests of my_north_west: weights for which it is compared with the page's function. This is not handed out."""

import numpy as np

rng = np.random.default_rng(114)
CASES = {
    "one dot and one dot": (np.array([1.0]), np.array([1.0])),
    "one dot and many": (np.array([1.0]), rng.dirichlet(np.ones(7))),
    "weights of float32": (rng.dirichlet(np.ones(3)).astype(np.float32), rng.dirichlet(np.ones(3)).astype(np.float32)),
    "many dots": (rng.dirichlet(np.ones(30)), rng.dirichlet(np.ones(40))),
}

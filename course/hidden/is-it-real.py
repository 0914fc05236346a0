"""Hidden tests of my_holm: inputs on which it is compared with the book's function. This is not handed out."""

import numpy as np

rng = np.random.default_rng(113)
CASES = {
    "one value": (np.array([0.2]),),
    "ties": (np.array([0.01, 0.2, 0.01, 0.01, 0.2]),),
    "values from large to small": (np.array([1.0, 0.5, 0.1, 0.02, 0.001]),),
    "a hundred values": (rng.random(100) ** 5,),
    "values of float32": (rng.random(9).astype(np.float32) ** 3,),
}

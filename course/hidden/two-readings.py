"""Hidden tests of my_measure: inputs on which it is compared with the book's function. This is not handed out."""

import numpy as np

rng = np.random.default_rng(101)
CASES = {
    "a table of one row": (np.array([[2.0, 5.0, 1.0]]),),
    "rows that are all the same": (np.full((7, 2), 3.0),),
    "many rows, and negative numbers": (rng.integers(-2, 3, (60, 2)).astype(float),),
    "a table of float32": (rng.integers(0, 3, (20, 3)).astype(np.float32),),
    "rows of one number": (rng.integers(0, 4, (15, 1)).astype(float),),
}

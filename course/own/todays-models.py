"""What a student's own inputs to my_joint_answer are, and by which numbers results are compared. This is handed out."""

import numpy as np
import torch


def own_inputs(rng):
    """Queries, rows of text, rows of a picture, and the masses of the text's rows: two times."""
    return [
        tuple(torch.from_numpy(part) for part in (*(rng.standard_normal((n, 3)) for n in sizes), rng.uniform(0.2, 3, sizes[1])))
        for sizes in ((4, 5, 6), (2, 7, 1))
    ]


def own_table(result):
    """What the queries hear."""
    return np.asarray(result, dtype=float)

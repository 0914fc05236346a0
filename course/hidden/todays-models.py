"""Hidden tests of my_joint_answer: inputs on which it is compared with the book's function. This is not handed out."""

import torch

generator = torch.Generator().manual_seed(115)


def heard(m, n, k, c, masses=None, dtype=torch.float64):
    """Queries, text, picture and masses, which are drawn if they are not given."""
    parts = [torch.randn(size, c, generator=generator, dtype=dtype) for size in (m, n, k)]
    drawn = torch.rand(n, generator=generator, dtype=dtype) + 0.1
    return (*parts, drawn if masses is None else torch.tensor(masses, dtype=dtype))


CASES = {
    "one row each": heard(1, 1, 1, 2),
    "masses of one": heard(3, 4, 5, 3, masses=[1.0] * 4),
    "rows of hardly any mass": heard(3, 4, 5, 3, masses=[1e-6, 1.0, 1e-6, 2.0]),
    "heavy text": heard(2, 3, 8, 4, masses=[50.0, 10.0, 20.0]),
    "float32": heard(6, 20, 30, 16, dtype=torch.float32),
}

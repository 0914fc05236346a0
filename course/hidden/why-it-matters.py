"""Hidden tests of my_slerp: inputs on which it is compared with the book's function. This is not handed out."""

import torch
from torch.nn.functional import normalize

generator = torch.Generator().manual_seed(112)


def rows(n, d, length=1.0, dtype=torch.float32):
    """Two tables of rows of one length."""
    return length * normalize(torch.randn(2, n, d, generator=generator, dtype=dtype), dim=2)


x, y = rows(6, 8)
CASES = {
    "one row": (*rows(1, 3), 0.3),
    "rows of 768 numbers, and long": (*rows(20, 768, 28.0), 0.7),
    "float64": (*rows(5, 4, 2.0, torch.float64), 0.25),
    "some rows that do not turn": (x, torch.where(torch.arange(6)[:, None] % 2 == 0, x, y), 0.6),
}

"""Hidden tests of my_weighted_attention: inputs on which it is compared with the book's function. This is not handed out."""

import torch

generator = torch.Generator().manual_seed(107)


def tables(m, n, c, e, dtype=torch.float32):
    """Queries, keys and values."""
    return [torch.randn(*shape, generator=generator, dtype=dtype) for shape in ((m, c), (n, c), (n, e))]


CASES = {
    "one query and one key": (*tables(1, 1, 8, 3), torch.tensor([0.4])),
    "keys of one number": (*tables(3, 6, 1, 2), torch.rand(6, generator=generator)),
    "float64, and masses far apart": (*tables(4, 5, 16, 5, torch.float64), torch.tensor([1e-6, 1e-3, 1.0, 10.0, 0.0]).double()),
    "77 rows": (*tables(10, 77, 32, 32), torch.rand(77, generator=generator) / 77),
}

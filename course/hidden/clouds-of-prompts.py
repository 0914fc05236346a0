"""Hidden tests of my_ratio: inputs on which it is compared with the book's function. This is not handed out."""

import torch

generator = torch.Generator().manual_seed(108)


def cloud(n, d, dtype=torch.float32):
    """Points that lie longer in some directions than in others."""
    return torch.randn(n, d, generator=generator, dtype=dtype) * torch.linspace(0.3, 4, d, dtype=dtype)


CASES = {
    "two points": (cloud(2, 5),),
    "points on a line of numbers": (cloud(9, 1),),
    "fewer points than dimensions": (cloud(6, 40),),
    "float64, away from the origin": (cloud(30, 7, torch.float64) + 20,),
    "points that are very small": (1e-2 * cloud(50, 6),),
}

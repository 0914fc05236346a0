"""Hidden tests of my_noise_from_v: inputs on which it is compared with the book's function. This is not handed out."""

import torch

generator = torch.Generator().manual_seed(106)


def latents(*shape, dtype=torch.float32):
    """Latents and what the network says of them."""
    return torch.randn(2, *shape, generator=generator, dtype=dtype)


CASES = {
    "one number": (*latents(1, 1, 1, 1), torch.tensor(0.3)),
    "three pictures at a time": (*latents(3, 4, 8, 8), torch.tensor(0.7)),
    "float64": (*latents(1, 4, 8, 8, dtype=torch.float64), torch.tensor(0.2, dtype=torch.float64)),
    "nearly no noise": (*latents(1, 4, 8, 8), torch.tensor(0.98)),
    "latents that are not square": (*latents(1, 4, 8, 6), torch.tensor(0.05)),
}

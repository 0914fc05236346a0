"""Hidden tests of my_straightness_of: inputs on which it is compared with the book's function. This is not handed out."""

import torch

a, b, c = torch.rand(3, 1, 3, 64, 64, generator=torch.Generator().manual_seed(110)) * 2 - 1
CASES = {
    "two frames": (torch.cat([a, b]),),
    "a frame that stands twice": (torch.cat([a, c, c, b]),),
    "there and back and there": (torch.cat([a, b, a, b]),),
    "faint pictures": (0.1 * torch.cat([a, c, b]),),
}

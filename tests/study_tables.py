"""Made-up tables of strips with a known effect."""

import numpy as np
import pandas as pd

COUPLINGS = ("optimal", "standard", "random", "random_words")
LEVELS = tuple(level / 2 for level in range(1, 11))


def made_up(pairs=12, levels=LEVELS, gain=0.0, noises=1, draws=1, seed=0, spread=0.4, couplings=COUPLINGS) -> pd.DataFrame:
    """Strips whose log path length is `gain` (a number, or a function of the level) above the optimal coupling's, plus noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for level in levels:
        for k in range(pairs):
            size, ends, saving = rng.normal(1 - 0.2 * level, 0.4), rng.uniform(0.2, 2), rng.uniform(0.2, 0.6)
            for noise in range(noises):
                for coupling in couplings:
                    for draw in range(draws if coupling.startswith("random") else 1):
                        above = 0 if coupling == "optimal" else gain(level) if callable(gain) else gain
                        ppl = np.exp(size + above + rng.normal(0, spread))
                        length = 2 * np.sqrt(ppl) * np.exp(-abs(rng.normal(0, 0.1)))
                        cost = 1 - saving * (coupling == "optimal")
                        row = {
                            "pair": f"{level:g}-{k:03}", "level": level, "order": ("fixed", "free")[k % 2], "sampling": "",
                            "prompt_a": "a boat", "prompt_b": "a tent", "shared": "", "noise_seed": noise, "coupling": coupling,
                            "draw": draw, "cost_p1": cost, "cost_p2": cost, "w2_length": cost**0.5, "ppl": ppl, "length": length,
                            "largest_jump": length / 3, "straightness": length / ends**0.5, "ends": ends, "flagged": False,
                            "seconds": 0.1,
                        }  # fmt: skip
                        rows.append(row)
    return pd.DataFrame(rows)

"""The settings of a study, fixed before it runs: what is compared, how it is made, and which test decides."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sdinterp.checks import check_exponent, check_guidance, check_seed, check_whole, meant
from sdinterp.defaults import DTYPES, FRAMES, POSTCARDS, STEPS, of_model
from sdinterp.named import coupling_name
from sdinterp.perception import check_net
from sdinterp.study.plan import ALPHAS, PLANS, plan_for

LEVELS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
"""The ten levels of similarity of slide S9."""


def _setting(default: Any, says: str, metavar: str | None = None, otherwise: str | None = None) -> Any:
    """A setting that is an option of `sdinterp study run`, which shows `otherwise` where the default does not speak for itself."""
    return field(default=default, metadata={"help": says, "metavar": metavar, "default": otherwise})


@dataclass(frozen=True)
class Settings:
    """Everything that the table of a study depends on, beyond rounding; the number of workers is not among it.

    Most are options of `sdinterp study run`, whose help says what they are. `"auto"` and `None` become what the model needs when
    the run begins.

    Attributes:
        source: where the pairs come from: `{"pairs": "postcards"}`, `doses` or `rivals`, or `cxc` or `csv` with their options and
            the SHA-256 of the files they were read from.
        weights: the model's fingerprint. net_versions: of both perceptual nets. Both are filled in when the run begins.
        primary: the test that decides, in words. alphas: the levels of its stars. Only the plans of `study.plan` are carried out.

    Raises:
        ValueError: a setting that no study can run with, in one sentence.
    """

    source: Mapping[str, Any] = field(default_factory=lambda: {"pairs": "postcards"})
    levels: tuple[float, ...] = _setting(LEVELS, "of similarity", "L,L", "0.5,1 ... 5; csv: all")
    per_level: int | None = _setting(30, "pairs at each level", "N", "30; csv: all")
    couplings: tuple[str, ...] = _setting(("optimal", "standard", "random", "random_words"), "with commas between", "NAMES")
    random_draws: int = _setting(1, "draws of each random coupling for a pair", "N")
    frames: int = _setting(FRAMES, "pictures on a strip, ends included", "N")
    steps: int | None = _setting(None, "of the sampler", "N", f"the model's; {STEPS} for Postcards and Stable Diffusion")
    guidance: float | None = _setting(None, "scale of classifier-free guidance", "X", "the model's")
    noises: int = _setting(1, "initial noises for a pair", "N")
    seed: int = _setting(0, "of pairs, noises and random couplings", "N")
    p: float = _setting(2.0, "exponent of the optimal coupling's ground cost", "P")
    model: str = _setting("postcards", "postcards, a diffusers folder or a hub id")
    revision: str | None = _setting(None, "commit of a hub model", None, "the one we know")
    weights: str = ""
    dtype: str = _setting("auto", "float32, float16, bfloat16", None, "float16 for a large model on a GPU, else float32")
    net: str = _setting("auto", "perceptual net", None, "what the model's folder says; else lpips-alex")
    second_net: str = _setting("auto", "another, or none", None, "what the folder says; else none")
    net_versions: tuple[str, ...] = ()
    primary: str = "auto"
    alphas: tuple[float, ...] = ALPHAS

    def __post_init__(self) -> None:
        first, second = of_model(POSTCARDS if self.model == "postcards" else Path(self.model))["nets"]
        net = first if self.net == "auto" else self.net
        plain: dict[str, Any] = {
            "source": dict(self.source),
            "levels": tuple(float(level) for level in self.levels),
            "couplings": tuple(coupling_name(name) for name in self.couplings),
            "p": float(self.p),
            "steps": STEPS if self.steps is None and self.model == "postcards" else self.steps,
            "guidance": None if self.guidance is None else float(self.guidance),
            "alphas": tuple(float(alpha) for alpha in self.alphas),
            "net_versions": tuple(self.net_versions),
            "net": net,
            "primary": plan_for(self.source.get("pairs")) if self.primary == "auto" else self.primary,
            "second_net": self.second_net if self.second_net != "auto" else "none" if second == net else second,
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        if self.source.get("pairs") not in (*PLANS, "cxc", "csv"):
            raise ValueError(f"the pairs come from {self.source.get('pairs')!r}; choose {', '.join(PLANS)}, cxc or csv:FILE")
        if not self.levels or len(set(self.levels)) != len(self.levels) or not all(map(math.isfinite, self.levels)):
            raise ValueError(f"levels are {list(self.levels)}; name at least one, and each once")
        if not self.couplings or len(set(self.couplings)) != len(self.couplings):
            raise ValueError(f"couplings are {list(self.couplings)}; name at least one, and each once")
        said = [name for name in ("steps", "per_level") if getattr(self, name) is not None]
        for name in ("noises", "random_draws", *said):
            check_whole(name, getattr(self, name), 1)
        check_whole("frames", self.frames, 2)
        check_seed(self.seed)
        if self.guidance is not None:
            check_guidance(self.guidance)
        check_exponent(self.p)
        if self.dtype not in (known := ("auto", *DTYPES)):
            raise ValueError(f"dtype is {self.dtype!r}{meant(self.dtype, known)}; choose one of {', '.join(known)}")
        if self.net == self.second_net:
            raise ValueError(f"both perceptual nets are {self.net}; let the second be another, or 'none'")
        for net in self.nets:
            check_net(net)
        plan = plan_for(self.source["pairs"])
        if (self.primary, self.alphas) != (plan, ALPHAS):
            raise ValueError(
                f"the plan is {self.primary!r}, stars at {self.alphas}; the analysis carries out {plan!r}, stars at {ALPHAS}"
            )

    @property
    def nets(self) -> tuple[str, ...]:
        """The perceptual nets, one or two; the first is the one that the primary test reads."""
        return (self.net,) if self.second_net == "none" else (self.net, self.second_net)

    @property
    def runs(self) -> tuple[tuple[str, int], ...]:
        """The strips of a pair at each noise: (coupling, draw), the draws of a random coupling being several."""
        draws = {name: self.random_draws if name in ("random", "random_words") else 1 for name in self.couplings}
        return tuple((name, draw) for name, count in draws.items() for draw in range(count))

    def to_json(self) -> str:
        """The settings as one line of JSON, always the same for the same settings."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings that `to_json` wrote.

        >>> Settings.from_json(Settings(frames=17).to_json()) == Settings(frames=17)
        True
        """
        try:
            known = json.loads(text)
            if "noise_seeds" in known:  # as it was called in 2026's first edition
                known["noises"] = known.pop("noise_seeds")
            return cls(**known)
        except (TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"these are not the settings of a study that this version reads ({error})") from None

    @property
    def hash(self) -> str:
        """SHA-256 of the settings: two runs with the same hash end in the same table."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def difference(self, other: Settings) -> dict[str, tuple[Any, Any]]:
        """The settings that differ: name to (here, there).

        >>> Settings().difference(Settings(frames=17, seed=1))
        {'frames': (9, 17), 'seed': (0, 1)}
        """
        theirs = vars(other)
        return {name: (here, theirs[name]) for name, here in vars(self).items() if here != theirs[name]}

"""What `python -m benchmarks` recorded, as tables: who was timed, how many times our time others take, and what was wanted.

Chapter: How fast is it?
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sdinterp.records import how_made, record
from sdinterp.shown import Shown, show_columns, show_table

SAID = {
    "frames": "frames {}", "steps": "steps {}", "pairs": "pairs {:,}", "n": "points {}", "d": "dimensions {}", "side": "side {}",
    "pictures": "pictures {}", "guidance": "guidance {:g}", "dtype": "in {}", "device": "on one {}", "took": "{:.0f} s in all",
    "error": "largest difference of a pixel {:.1g}", "apart": "largest relative difference {:.0e}",
    "mean": "mean difference of a pixel {:.2g}", "largest": "largest difference of a pixel {:.2g}",
    "read_alike": "attributes that the judge reads alike {:.1%}", "efficiency": "parallel efficiency {:.0%}",
    "flops": "{:,.0f} billion floating-point operations", "rate": "{:,.0f} billion a second in large matrix products",
    "floor": "floor {:.1f} s", "seconds": "measured {:.1f} s", "times_floor": "times the floor {:.2f}",
    "lowest": "in the quickest round {:.2f}", "highest": "in the slowest {:.2f}",
    "native": "instructions of the processor for bfloat16: {}", "count": "{:,} in all", "build": "PyTorch {}",
}  # fmt: skip
"""What single numbers of a part are called, and how they are written."""


class Goal(NamedTuple):
    """What was wanted of a number before it was measured: at least so much, or at most."""

    name: str
    of: Callable[[Any], float]
    bound: float
    most: bool = False


def _over(who: str, other: str, beside: str = "") -> Callable[[Any], float]:
    """How many times as long one took as another, round by round; where two are named for the one, the quicker counts."""

    def ratio(part: Any) -> float:
        times = {line["who"]: line["ratio"] for line in part["lines"]} if "lines" in part else part
        return min(times[who], times[beside or who]) / times[other]

    return ratio


def _over_floor(part: Any) -> float:
    """How many times the floor our quickest strips on a GPU took."""
    seconds = next(line["seconds"] for line in part["lines"] if line["who"] == OURS_COMPILED)
    return seconds / part["floor"]["seconds"]


ONCE, BATCH, OURS = "pipeline, once a frame", "pipeline, all frames in one batch", "sdinterp, float32"
ALL_BATCH, OURS_COMPILED = "pipeline, compiled, all frames in one batch", "sdinterp, compiled, in one batch"

GOALS = {
    "strips": [
        Goal("pipeline once a frame, times ours", _over(ONCE, OURS), 2.5),
        Goal("pipeline in one batch, times ours", _over(BATCH, OURS), 1.3),
        Goal("ours in bfloat16, times the pipeline once a frame", _over("sdinterp, bfloat16", ONCE), 0.25, True),
    ],
    "couplings": [
        Goal("POT, times ours", _over("POT: ot.dist, ot.emd", "sdinterp.couplings.optimal_permutations"), 2.5),
    ],
    "measures": [
        Goal("lpips pair by pair, times ours", _over("lpips, pair by pair", "sdinterp.perception.perceptual_features"), 1.5),
    ],
    "startup": [
        Goal("import sdinterp, times import torch", _over("import sdinterp", "import torch"), 1.15, True),
        Goal("a first picture on disk, times all that is read for it",
             _over("a first picture on disk", "the same, and the weights read"), 1.3, True),
    ],
    "gpu": [
        Goal("pipeline once a frame, times ours", _over(ONCE, "sdinterp"), 5),
        Goal("pipeline in its better batch, times ours in one",
             _over(BATCH, "sdinterp, in one batch", "pipeline, a strip a batch"), 1.2),
        Goal("pipeline in one batch, times ours, both compiled", _over(ALL_BATCH, OURS_COMPILED), 1.2),
        Goal("ours compiled, times the floor", _over_floor, 2.2, True),
        Goal("pairs of the study a minute", lambda part: max(line["pairs_a_minute"] for line in part["study"]), 2000),
    ],
}  # fmt: skip
"""What was wanted of each part."""


@cache
def _recorded() -> Mapping[str, Any]:
    return record("benchmarks")


def there(part: str) -> bool:
    """Whether a part was recorded; some take a machine that not everybody has."""
    return part in _recorded()


def said(part: str, *where: str) -> str:
    """The single numbers of a part in words, and how it was recorded; of a piece of it, to which keys lead, the numbers alone."""
    made, found = _recorded()[part], _piece(part, where)
    plain = {name: found[name] for name in SAID if isinstance(found, dict) and isinstance(found.get(name), int | float | str)}
    plain |= {name: plain[name] / 1e9 for name in ("flops", "rate") if name in plain}
    words = {name: ("yes" if value else "no") if isinstance(value, bool) else value for name, value in plain.items()}
    numbers = "; ".join(SAID[name].format(value) for name, value in words.items())
    if where:
        return numbers
    machine = made | {"machine": f"{made['machine']} ({made['processor']}), {made['threads']} threads"}
    how = how_made(machine, ("torch", "diffusers", "POT", "scipy"), f"python -m benchmarks {part}")
    return f"{numbers}. {how}" if numbers else how


def _piece(part: str, where: tuple[str, ...]) -> Any:
    """What stands under some keys of a part."""
    found = _recorded()[part]["found"]
    for key in where:
        found = found[key]
    return found


def contestants(part: str) -> Shown:
    """Who was timed: seconds, and how many times our time that is."""
    them = _piece(part, ("lines",))
    (rounds,) = {one["rounds"] for one in them}
    columns = {"who": [one["who"] for one in them]}
    columns |= {"seconds" if rounds > 1 else "seconds, in one round": [one["seconds"] for one in them]}
    columns |= {"times ours": [f"{one['ratio']:.2f}" for one in them]}
    if rounds > 1:
        columns |= {f"in {rounds} rounds": [f"{one['lowest']:.2f} to {one['highest']:.2f}" for one in them]}
    return show_columns(columns, caption=said(part))


def goals(part: str) -> Shown:
    """What was wanted of a part before it was measured, and whether it is met."""
    rows = []
    for goal in GOALS[part]:
        value = goal.of(_piece(part, ()))
        met = value <= goal.bound if goal.most else value >= goal.bound
        wanted = f"at {'most' if goal.most else 'least'} {goal.bound:,}: {'met' if met else 'missed'}"
        rows.append([goal.name, f"{value:,.2f}", wanted])
    return show_table(["what", "found", "wanted"], rows, caption="What was wanted before anything was measured")


def lines(part: str, columns: Mapping[str, Any], *where: str, caption: str = "") -> Shown:
    """Other numbers of a part as a table.

    Args:
        part: its name.
        columns: the head of each to its key in a line, or to that and how its numbers are written. What has names stands under
            "name", and what is named, where that is one number, under "value"; lines that are lists have places for keys.
        where: the keys that lead to the lines.
        caption: the text above the table; without it, how the part was recorded.
    """
    found = _piece(part, where)
    if isinstance(found, dict):
        found = [{"name": name} | (own if isinstance(own, dict) else {"value": own}) for name, own in found.items()]
    keyed = [dict(enumerate(line)) if isinstance(line, list) else line for line in found]
    keys = [key if isinstance(key, tuple) else (key, "") for key in columns.values()]
    rows = [[_written(line[key], form) if key in line else "not tried" for key, form in keys] for line in keyed]
    return show_table(list(columns), rows, caption=caption or said(part))


def _written(entry: Any, form: str = "") -> Any:
    """A test's name in words, which break where a line ends; a number in its form, all else as it is.

    >>> _written("tests.test_twins.test_notebooks_run[three-roads]"), _written(0.25, ".0%")
    ('notebooks run (three-roads)', '25%')
    """
    if not str(entry).startswith("tests."):
        return format(entry, form) if form else entry
    return entry.rpartition(".")[2].removeprefix("test_").replace("_", " ").replace("[", " (").replace("]", ")")

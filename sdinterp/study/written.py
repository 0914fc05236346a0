"""How the report writes numbers, estimates with their intervals, and the lines of a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from sdinterp.study.chance import SIZES
from sdinterp.study.conclusions import written_p
from sdinterp.study.gains import COUNTS

Row = Mapping[Any, Any]


def laid_out(rows: pd.DataFrame | Sequence[Row], columns: Sequence[tuple[Any, ...]]) -> tuple[list[str], list[list[str]]]:
    """The heads of a table and its lines as text, without the columns that say nothing.

    Args:
        rows: what the table is of.
        columns: for each its head, the key of its value in a row and, unless it is written as it is, one of `WRITERS`.
    """
    records: Any = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    lines = [[_write(row, *column[1:]) for column in columns] for row in records]
    used = [k for k, _ in enumerate(columns) if any(line[k] for line in lines)]
    return [columns[k][0] for k in used], [[line[k] for k in used] for line in lines]


def number(value: float) -> str:
    """A number with two decimals, or with two digits where it is small or large."""
    return "n/a" if math.isnan(value) else f"{value:.2f}" if 0.1 <= abs(value) < 1000 or value == 0 else f"{value:.2g}"


def percent(value: float) -> str:
    """A share."""
    return "n/a" if math.isnan(value) else f"{value:.1%}" if value < 0.1 else f"{value:.0%}"


def estimate(value: float, low: float, high: float, write: Callable[[float], str] = number) -> str:
    """An estimate with its interval in brackets, where it has one."""
    if math.isnan(value):
        return "n/a"
    return write(value) if math.isnan(low) else f"{write(value)} ({write(low)} to {write(high)})"


def _interval(row: Row, key: str) -> tuple[float, float, float]:
    """A value of a row with its interval, which stands under KEY_low and KEY_high, or under low and high."""
    return row[key], *(row[name] if (name := f"{key}_{end}") in row else row[end] for end in ("low", "high"))


def ratio(row: Row, key: str = "mean") -> str:
    """The ratio whose logarithm a row has, with its interval; a count has none."""
    if row.get("measure") in COUNTS:
        return ""
    value, low, high = (math.exp(end) for end in _interval(row, key))
    return estimate(value, low, high)


def _needed(row: Row, key: tuple[str, float]) -> str:
    """How many pairs a power takes."""
    if math.isnan(row["power", key[1]]):
        return "no spread known"
    return f"> {SIZES[-1]}" if math.isnan(row[key]) else f"{row[key]:.0f}"


WRITERS: dict[str, Callable[[Row, Any], str]] = {
    "words": lambda row, key: str(row[key]).replace("_", " "),
    "level": lambda row, key: "all" if math.isnan(row[key]) else f"{row[key]:g}",
    "whole": lambda row, key: f"{row[key]:.0f}",
    "count": lambda row, key: "" if math.isnan(row[key]) else f"{row[key]:.0f}",
    "number": lambda row, key: number(row[key]),
    "percent": lambda row, key: percent(row[key]),
    "p": lambda row, key: written_p(row[key]).removeprefix("= "),
    "stars": lambda row, key: row[key] or "none",
    "interval": lambda row, key: estimate(*_interval(row, key)),
    "rate": lambda row, key: estimate(*_interval(row, key), write=percent),
    "ratio": ratio,
    "change": lambda row, key: estimate(*_interval(row, key), write="{:+.3f}".format),
    "needed": _needed,
}
"""How a value of a row can be written, by name."""


def _write(row: Row, key: Any, kind: str = "") -> str:
    return WRITERS[kind](row, key) if kind else str(row[key])

"""How the entries of a table's column are written, and how they stand."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NUMBER = re.compile(
    r"(<\s)?[-−+]?[\d.,]+(e[-+]?\d+|\s×\s10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?(\s?[%×]|\s(s|min|h|days)|\sto\s[\d.,]+)?|[-–—]?|nan|inf|not tried"
)
_WHOLE = re.compile(r"<\s\d|\(?[-−+\d.%]+ to [-−+\d.%]+\)?")
_SHORT = 16
"""Letters of a name that stands on one line of a table."""


def style(column: Sequence[str]) -> str:
    """How the entries of a column stand."""
    if all(map(_NUMBER.fullmatch, column)):
        return "right;white-space:nowrap;font-variant-numeric:tabular-nums"
    return "left;white-space:nowrap" if max(map(len, column)) <= _SHORT else "left"


def written(column: Sequence[object]) -> list[str]:
    """A column as text, its floats with their decimals."""
    sizes = [abs(entry) for entry in column if isinstance(entry, float) and entry and math.isfinite(entry)]
    most = max(sizes, default=1.0)
    least = min((size for size in sizes if size >= most / 10_000), default=1.0)
    exact = max((-int(Decimal(str(size)).normalize().as_tuple().exponent) for size in sizes), default=0)
    behind = 3 - math.floor(math.log10(most)) - (0.1 <= most < 1)  # 0.854 beside a column of 1.061
    decimals = max(0, min(exact, max(behind, 1 - math.floor(math.log10(least)))))
    far = most >= 1e7 or decimals > 8
    texts = [
        str(entry) if not isinstance(entry, float)
        else _with_power(entry) if far
        else format(entry, ".1g" if 0 < abs(entry) < least else f".{decimals}f")
        for entry in column
    ]  # fmt: skip
    return [_WHOLE.sub(lambda part: part[0].replace(" ", "\N{NO-BREAK SPACE}"), text) for text in texts]


def _with_power(number: float) -> str:
    """A number of a column that goes far: whole up to ten million, with four digits and a power of ten beyond."""
    if abs(number) < 1e7 and number == round(number):
        return f"{number:,.0f}"
    digits, _, power = f"{number:.4g}".partition("e")
    return f"{digits} × 10{str(int(power)).translate(_RAISED)}" if power else digits

"""How the report writes a number, an interval and a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from sdinterp.study.conclusions import written_p


def table(header: Sequence[str], lines: Sequence[Sequence[object]], caption: str, words: int = 0) -> str:
    """A table; its first column names the rows, and the first `words` columns and long texts stand left."""
    if not lines:
        return f"<p>{escape(caption)}: there are too few pairs for it.</p>"
    used = [i for i, _ in enumerate(header) if any(str(line[i]) for line in lines)]
    head = "".join(f'<th scope="col">{escape(header[i])}</th>' for i in used)
    body = ""
    for line in lines:
        cells = "".join(
            f'<th scope="row">{escape(str(line[i]))}</th>'
            if i == used[0]
            else f"<td{' class=text' if i < words or len(str(line[i])) > 40 else ''}>{escape(str(line[i]))}</td>"
            for i in used
        )
        body += f"<tr>{cells}</tr>"
    name = escape(caption[0].upper() + caption[1:])
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def written_ratio(row: Mapping[str, Any], of: str) -> str:
    """The ratio whose logarithm a row has, with its interval."""
    return estimate(*(math.exp(row[name]) for name in (of, f"{of}_low", f"{of}_high")))


def written_mean(row: Mapping[str, Any], of: str) -> str:
    """A value of a row with its interval."""
    return estimate(*(row[name] for name in (of, f"{of}_low", f"{of}_high")))


def estimate(value: float, low: float, high: float) -> str:
    """An estimate with its interval in brackets, where it has one."""
    if math.isnan(value):
        return "n/a"
    return number(value) if math.isnan(low) else f"{number(value)} ({number(low)} to {number(high)})"


def number(value: float) -> str:
    """A number with two decimals, or with two digits where it is small or large."""
    return "n/a" if math.isnan(value) else f"{value:.2f}" if 0.1 <= abs(value) < 1000 or value == 0 else f"{value:.2g}"


def percent(value: float) -> str:
    """A share."""
    return "n/a" if math.isnan(value) else f"{value:.1%}" if value < 0.1 else f"{value:.0%}"


def p_value(value: float) -> str:
    """A p-value."""
    return written_p(value).removeprefix("= ")


def commas(values: Sequence[float]) -> str:
    """Numbers with commas between."""
    return ", ".join(f"{value:g}" for value in values)

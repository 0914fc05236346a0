"""Pairs of prompts in groups of similarity: from the world of Postcards, from Crisscrossed Captions, or from a csv file.

A pair's draw depends on the seed, its level and its number there, so that more levels or more pairs leave the others as they are.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sdinterp.checks import shorten
from sdinterp.postcards.captions import WordOrder, describe
from sdinterp.postcards.scenes import ATTRIBUTES, random_scene, scene_sharing

COCAPTION, ISIM = "c2c_cocaption", "c2c_isim"
"""How CxC chose two captions: of the same photograph, or of photographs that look alike."""

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Pair:
    """Two prompts and how similar they are.

    Attributes:
        id: of the pair in its study; letters, digits, points and hyphens only.
        prompt_a, prompt_b: the prompts at t=0 and t=1.
        level: the similarity group that the pair counts in.
        group: factors of the design: for Postcards `order` of words and the names of the `shared` attributes, for CxC `sampling`.
    """

    id: str
    prompt_a: str
    prompt_b: str
    level: float
    group: dict[str, str] = field(default_factory=dict)


def postcards_pairs(
    levels: Sequence[float], per_level: int, orders: Sequence[WordOrder] = ("fixed", "free"), seed: int = 0
) -> list[Pair]:
    """Pairs of captions of two scenes that share 2 x level of their ten attributes, every caption naming all ten.

    The levels take turns, so that a study that was stopped early is balanced. At level 5 both captions describe the same scene, in
    other words. At every level words are drawn from their synonyms.

    Args:
        levels: 0.5, 1.0 ... 5.0, or some of them.
        per_level: pairs at a level, in all: the word orders take turns, so that an even number is balanced over both.
        orders: of words, within both captions of a pair alike.
        seed: of the scenes and their wordings.

    Raises:
        ValueError: another level.

    >>> pair = postcards_pairs([4.5], 1)[0]
    >>> len(pair.group["shared"].split(",")), pair.group["order"]
    (9, 'fixed')
    """
    check_levels(levels)
    pairs = []
    for k, level in itertools.product(range(per_level), levels):
        order, number = orders[k % len(orders)], k // len(orders)
        rng = random.Random(f"study {seed} {level:g} {order} {number}")
        scene = random_scene(rng)
        other = scene_sharing(scene, round(2 * level), rng)
        a = b = describe(scene, rng, order)
        while a == b:
            b = describe(other, rng, order)
        group = {"order": order, "shared": ",".join(scene.shared_with(other))}
        pairs.append(Pair(f"{level:g}-{order}-{number:03}", a, b, float(level), group))
    return pairs


def check_levels(levels: Iterable[float]) -> None:
    """Raise ValueError unless two scenes can share 2 x level of their attributes."""
    for level in levels:
        if 2 * level not in range(1, len(ATTRIBUTES) + 1):
            raise ValueError(f"level {level:g} is not one of Postcards; its levels are 0.5, 1, 1.5 ... 5")


def cxc_pairs(
    scores: Sequence[Path], captions: Path, levels: Sequence[float], per_level: int, seed: int = 0, *,
    match: Literal["exact", "nearest"] = "exact", sampling: str = "all",
) -> list[Pair]:  # fmt: skip
    """Pairs of captions of photographs, with the similarity that people gave them (Crisscrossed Captions; source: Google LLC).

    Captions of the same photograph are few among unlike pairs and most of the alike ones, so that similarity and sampling
    method are entangled: look at both.

    Args:
        scores: CxC's `sts_val.csv`, `sts_test.csv`, or both.
        captions: COCO's `captions_val2014.json`.
        levels, per_level, seed: which pairs, and how many at each level.
        match: a pair counts at a level where its score is exactly that ("exact"), or where that is the nearest half point.
        sampling: "all"; "balance", half of each level from either sampling method; or one method's name.

    Raises:
        ValueError: a file that is not what it should be, an id without a caption, or too few pairs at a level.

    Source: Parekh et al. (2021), Crisscrossed Captions, EACL.
    """
    if match not in ("exact", "nearest"):
        raise ValueError(f"match is {match!r}; choose 'exact' or 'nearest'")
    if sampling not in ("all", "balance", COCAPTION, ISIM):
        raise ValueError(f"sampling is {sampling!r}; choose all, balance, {COCAPTION} or {ISIM}")
    found = _scored(scores, set(levels), match)
    texts = _captions(captions)
    pairs = []
    for level in levels:
        wanted = {sampling: per_level}
        if sampling == "balance":
            wanted = {COCAPTION: (per_level + 1) // 2, ISIM: per_level // 2}
        for method, count in wanted.items():
            candidates = sorted(key for key in found[level] if method in ("all", found[level][key]))
            candidates = [(a, b) for a, b in candidates if _text(texts, a, captions) != _text(texts, b, captions)]
            random.Random(f"cxc {seed} {level:g} {method}").shuffle(candidates)
            if len(candidates) < count:
                of = "" if method == "all" else f" of {method}"
                raise ValueError(
                    f"level {level:g} has {len(candidates)} pairs{of}, not {count}; ask for fewer per level, or for nearest scores"
                )
            for a, b in candidates[:count]:
                pairs.append(Pair(f"{level:g}-{a}-{b}", texts[a], texts[b], float(level), {"sampling": found[level][a, b]}))
    return pairs


def csv_pairs(path: Path, levels: Sequence[float] | None = None, per_level: int | None = None) -> list[Pair]:
    """Pairs from a csv file with the columns prompt_a, prompt_b and level: all, or of some levels, or the first so many of each.

    Raises:
        ValueError: a missing column, an empty prompt, a level that is no number, or too few pairs at a level.
    """
    by_level: dict[float, list[Pair]] = defaultdict(list)
    for line, row in _read_csv(path, ("prompt_a", "prompt_b", "level")):
        level = _number(row["level"], "level", path, line)
        if not row["prompt_a"].strip() or not row["prompt_b"].strip():
            raise ValueError(f"{path.name}, line {line}: a prompt is empty")
        by_level[level].append(Pair(f"line-{line}", row["prompt_a"].strip(), row["prompt_b"].strip(), level))
    if not by_level:
        raise ValueError(f"{path.name} holds no pairs")
    pairs = []
    for level in sorted(by_level) if levels is None else levels:
        count = max(1, len(by_level[level])) if per_level is None else per_level
        if len(by_level[level]) < count:
            raise ValueError(f"level {level:g} has {len(by_level[level])} pairs in {path.name}, not {count}")
        pairs += by_level[level][:count]
    return pairs


def _scored(scores: Sequence[Path], levels: set[float], match: str) -> dict[float, dict[tuple[int, int], str]]:
    """The caption pairs of each level and how they were sampled; each pair once, whichever way round it stands."""
    found: dict[float, dict[tuple[int, int], str]] = defaultdict(dict)
    for path in scores:
        for line, row in _read_csv(path, ("caption1", "caption2", "agg_score", "sampling_method")):
            score = _number(row["agg_score"], "agg_score", path, line)
            level = score if match == "exact" else math.floor(2 * score + 0.5) / 2
            if level in levels:
                a, b = sorted(_caption_id(row[name], path, line) for name in ("caption1", "caption2"))
                if a != b:
                    found[level][a, b] = row["sampling_method"]
    return found


def _captions(path: Path) -> dict[int, str]:
    """COCO's captions by their annotation id."""
    try:
        annotations = json.loads(path.read_text(encoding="utf-8-sig"))["annotations"]
        return {int(entry["id"]): " ".join(entry["caption"].split()) for entry in annotations}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{path.name} is not a file of COCO captions: it has no annotations with id and caption") from None


def _text(texts: dict[int, str], caption: int, path: Path) -> str:
    if caption not in texts:
        raise ValueError(f"caption {caption} is not in {path.name}; CxC goes with COCO's captions_val2014.json")
    return texts[caption]


def _caption_id(text: str, path: Path, line: int) -> int:
    number = text.rpartition(":")[2]
    if not (text.startswith("COCO_val2014:sentid:") and number.isdecimal()):
        raise ValueError(f"{path.name}, line {line}: {text!r} is not an id such as COCO_val2014:sentid:411553")
    return int(number)


def _read_csv(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a csv file that has these columns, each with the number of its last line."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        try:
            reader = csv.DictReader(file, strict=True)
            names = reader.fieldnames or ()
            if missing := [name for name in columns if name not in names]:
                between = [word for mark, word in _SEPARATORS.items() if set(columns) <= set(",".join(names).split(mark))]
                why = f"with commas between, not {between[0]}" if between else f"it has {shorten(', '.join(names))}"
                raise ValueError(f"{path.name} has no column {missing[0]!r}; it needs {', '.join(columns)}, {why}")
            for row in reader:
                if any(row[name] is None for name in columns):
                    raise ValueError(f"{path.name}, line {reader.line_num}: fewer than {len(names)} values")
                if None in row:
                    more = "put a text that holds a comma in quotes"
                    raise ValueError(f"{path.name}, line {reader.line_num}: more than {len(names)} values; {more}")
                yield reader.line_num, row
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{path.name} is not a csv file in UTF-8 ({error})") from None


def _number(text: str, name: str, path: Path, line: int) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{path.name}, line {line}: {name} is {text!r}, not a number")
    return number

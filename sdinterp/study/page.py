"""The report's page: plain HTML in one file, for light and dark screens, with nothing fetched from anywhere."""


from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from sdinterp.study.analysis import TALK_STARS
from sdinterp.study.cells import commas, estimate, number, p_value, percent, table, written_mean, written_ratio
from sdinterp.study.chance import SIZES
from sdinterp.study.figures import Sample
from sdinterp.study.settings import Settings

if TYPE_CHECKING:
    from sdinterp.study.report import Findings

_STYLE = """
:root { color-scheme: light dark; --text: #1a1a1a; --page: #fff; --line: #bbb; --soft: #f2f2f2; --link: #0057a8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e4e4; --page: #121212; --line: #555; --soft: #1e1e1e; --link: #8ac4ff; } }
body { color: var(--text); background: var(--page); font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto;
  padding: 1rem; }
a { color: var(--link); } nav ul { columns: 2; padding-left: 1.2em; }
h2 { border-top: 1px solid var(--line); padding-top: .8em; margin-top: 1.6em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; margin: .6em 0; }
caption { text-align: left; padding: .3em 0; } th, td { border: 1px solid var(--line); padding: .2em .5em; text-align: right; }
thead th { background: var(--soft); } td { white-space: nowrap; } td.text, th { text-align: left; } td.text { white-space: normal; }
figure { margin: 1em 0; }
.verdict { font-weight: 700; } summary { cursor: pointer; } dt { font-weight: 700; } dd { margin: 0 0 .5em 1em; }
"""

MEASURE_NAMES = {
    "ppl": "perceptual path length",
    "length": "perceptual length",
    "largest_jump": "largest jump",
    "jumps": "number of jumps",
    "straightness": "straightness",
    "unevenness": "unevenness",
}


@dataclass(frozen=True)
class About:
    """What was run: the settings, when and under which circumstances, how many pairs there are and how many are done."""

    settings: Settings
    sessions: Sequence[Mapping[str, Any]]
    pairs: int
    done: int


def with_talk(primary: pd.DataFrame) -> pd.DataFrame:
    """The primary table with the stars of the talk's slide S9 beside its own; empty where the talk has none or no such level."""
    talk = [TALK_STARS.get(row["comparison"], {}).get(row["level"], "") for _, row in primary.iterrows()]
    return primary.assign(talk_stars=talk)


def html(found: Findings, about: About, figures: Mapping[str, str], samples: Sequence[Sample]) -> str:
    """The whole page."""
    sections = [
        ("Conclusions", _conclusions(found, about)),
        ("Primary analysis", _primary(found, about) + figures["levels"]),
        ("Examples", figures.get("samples", "<p>The run stored no pictures.</p>") + _prompts(samples)),
        ("Counts and exclusions", _exclusions(found, about)),
        ("Shuffled labels", _shuffled(found) + figures["false-positives"]),
        ("Power", _power(found)),
        ("Trend", _trend(found) + figures["gain"]),
        ("Exploratory", _exploratory(found, about) + figures.get("cost", "")),
        ("Settings", _settings(about)),
        ("Record", _record(about)),
        ("Limits", _limits(about)),
    ]
    names = [name.lower().replace(" ", "-") for name, _ in sections]
    links = "".join(f'<li><a href="#{key}">{name}</a></li>' for key, (name, _) in zip(names, sections, strict=True))
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{name}</h2>{text}</section>'
        for key, (name, text) in zip(names, sections, strict=True)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Which way from B to A? A study of couplings</title><style>{_STYLE}</style></head><body><main>"
        "<h1>Which way from B to A? A study of couplings</h1>"
        "<p>In the spirit of Karris, Durell, Flores and Emerson (2025), arXiv 2511.12757; not a reproduction of it. "
        "A pair of prompts is walked along several couplings of their embeddings, from the same noise and with the same end "
        "pictures; "
        f'the strips\' smoothness is compared.</p><nav aria-label="Contents"><ul>{links}</ul></nav>{body}</main></body></html>\n'
    )


def _conclusions(found: Findings, about: About) -> str:
    left = about.pairs - about.done
    warning = (
        f"<p><strong>The run is not complete: {left} of {about.pairs} pairs are still to be done.</strong></p>" if left else ""
    )
    items = "".join(
        f'<dt>{escape(c.claim)} <span class="verdict">{c.verdict.capitalize()}.</span></dt><dd>{escape(c.sentence)} '
        f"<em>{escape(c.test)}</em></dd>"
        for c in found.conclusions
    )
    return f"{warning}<p>The talk's three take-aways, as this run's numbers have them:</p><dl>{items}</dl>"


def _primary(found: Findings, about: About) -> str:
    parts = [
        f"<p>Fixed before the run: {escape(about.settings.primary)}; stars at {commas(about.settings.alphas)}. A measure is "
        "averaged "
        "within a pair (its logarithm, over noises and draws) before it is tested. A ratio above 1 means that the optimal "
        "strip is the "
        "shorter. Ratios and differences are means over pairs (ratios: geometric) with 95 % bootstrap intervals; they, the "
        "medians, the effect "
        "(matched-pairs rank-biserial correlation) and the paired t-test are exploratory. The talk's stars are its own: other "
        "model, other pairs.</p>"
    ]
    rows = with_talk(found.primary)
    for comparison, own in rows.groupby("comparison", sort=False):
        known = comparison in TALK_STARS
        lines = [
            [
                f"{r['level']:g}",
                r["n"],
                percent(r["share"]),
                written_ratio(r, "mean"),
                written_ratio(r, "median"),
                written_mean(r, "difference"),
                number(r["effect"]),
                p_value(r["p_t"]),
                p_value(r["p"]),
                p_value(r["p_holm"]),
                r["stars"] or "none",
                (r["talk_stars"] or "none") if known else "",
                r["note"],
            ]
            for r in own.to_dict("records")
        ]
        header = [
            "level",
            "pairs",
            "optimal below",
            "mean ratio",
            "median ratio",
            "mean difference",
            "effect",
            "p, paired t",
            "p, Wilcoxon",
            "p, Holm",
            "stars",
            "the talk's stars",
            "note",
        ]
        parts.append(table(header, lines, f"{comparison}: perceptual path length ({about.settings.net})"))
    return "".join(parts)


def _exclusions(found: Findings, about: About) -> str:
    rows, strips = found.exclusions, found.strips
    lost = found.primary.groupby("comparison", sort=False)["lost"].sum()
    text = (
        f"<p>{about.done} of {about.pairs} pairs are done, {len(strips)} strips. {int(rows['flagged'].sum())} strips have a "
        "black frame "
        f"and do not count. Pairs lost to a comparison: {'; '.join(f'{name}, {count}' for name, count in lost.items())}. "
        f"{int(rows['floored'].sum())} strips are the same picture throughout but for rounding; the logarithm of their path "
        "length is "
        "taken at a floor of 1e-10.</p>"
    )
    totals = rows.groupby("coupling", sort=False)[["strips", "flagged", "undefined", "floored", "pairs_lost"]].sum().reset_index()
    lines = [
        [str(r["coupling"]).replace("_", " "), *(int(r[name]) for name in totals.columns[1:])] for r in totals.to_dict("records")
    ]
    levels = found.primary.groupby("level")["n"].min()
    count = "; ".join(f"{level:g}: {n}" for level, n in levels.items())
    header = ["coupling", "strips", "flagged", "without the measure", "floored", "pairs lost"]
    return text + table(header, lines, "Strips by coupling") + f"<p>Pairs that count, by level: {count}.</p>"


def _shuffled(found: Findings) -> str:
    rows = found.shuffled[found.shuffled["scope"] == "family"]
    lines = [
        [f"{r['alpha']:g}", r["count"], percent(r["rate"]), f"{percent(r['low'])} to {percent(r['high'])}"]
        for r in rows.to_dict("records")
    ]
    tests = found.shuffled[found.shuffled["scope"] == "test"]["rate"]
    times = int(rows["repeats"].iloc[0])
    return (
        f"<p>The same primary analysis on the same numbers, with the couplings' labels shuffled within each pair, {times} "
        "times. No "
        "coupling is then better than another, so every star is false. A single test is below 0.05, uncorrected, in "
        f"{percent(tests.mean())} of the shuffles on average.</p>"
        + table(
            ["alpha", "tables with a star", "rate", "95 % interval"], lines, "A star anywhere in the table, after Holm's correction"
        )
    )


def _power(found: Findings) -> str:
    ratios = list(dict.fromkeys(found.power["ratio"]))
    lines = []
    for level, own in found.power.groupby("level"):
        line: list[object] = [f"{level:g}", int(own["n"].iloc[0]), number(own["spread"].iloc[0])]
        for r in own.to_dict("records"):
            needed = (
                "no spread known" if math.isnan(r["power"]) else f"> {SIZES[-1]}" if math.isnan(r["pairs"]) else int(r["pairs"])
            )
            line += [percent(r["power"]), needed]
        lines.append(line)
    header = ["level", "pairs", "spread of the gain"]
    for ratio in ratios:
        header += [f"power at ratio {ratio:g}", "pairs for 80 %"]
    return (
        "<p>By simulation from each level's own spread (distances from the median, with random signs), at the level of Holm's "
        "first "
        "step: the chance that this study's number of pairs shows an effect, and how many pairs would show it four times in "
        f"five (up to {SIZES[-1]} were tried).</p>" + table(header, lines, "Power of a level's test by the ratio of path lengths")
    )


def _trend(found: Findings) -> str:
    lines = [
        [r["comparison"], r["kind"], r["n"], estimate(r["rho"], r["low"], r["high"]), p_value(r["p"]), r["note"]]
        for r in found.trend.to_dict("records")
    ]
    return "<p>Exploratory. Where both lengths are near nothing, a large relative gain is a small absolute one.</p>" + table(
        ["comparison", "gain", "pairs", "Spearman's correlation (95 % interval)", "p", "note"],
        lines,
        "The gain's trend with similarity",
        2,
    )


def _exploratory(found: Findings, about: About) -> str:
    header = [
        "comparison",
        "measure",
        "level",
        "pairs",
        "first below",
        "mean ratio",
        "median ratio",
        "mean difference",
        "effect",
        "p, Wilcoxon",
        "p, paired t",
    ]
    parts = [
        "<p>None of this was fixed before the run. Every p is uncorrected, and among so many some are small by chance. The "
        "measures with the second net carry its name. With the same ends, straightness has the same ratios as length.</p>"
    ]
    rows = found.exploratory
    nets = about.settings.nets
    parts.append(table(header, _explored(rows[rows["level"].isna()], nets), "All levels together", 2))
    for measure, own in rows[rows["level"].notna()].groupby("measure", sort=False):
        rows_by_level = table(header, _explored(own, nets), f"{_measure(measure, nets)} by level", 2)
        parts.append(f"<details><summary>By level: {escape(_measure(measure, nets))}</summary>{rows_by_level}</details>")
    lines = [
        [r["comparison"], f"{r['level']:g}", r["n"], *(number(r[k]) for k in ("gain", "from_length", "from_evenness"))]
        for r in found.decomposition.to_dict("records")
    ]
    header = ["comparison", "level", "pairs", "mean gain (log)", "from length", "from evenness"]
    caption = "Shorter or more even? log PPL = 2 log length + log unevenness"
    parts.append(f"<details><summary>Where the gain comes from</summary>{table(header, lines, caption)}</details>")
    lines = [
        [r["term"], r["method"], estimate(r["estimate"], r["low"], r["high"]), p_value(r["p"])]
        for r in found.drivers.to_dict("records")
    ]
    caption = "What goes with the gain: the share of the cost saved, and the level"
    parts.append(table(["term", "method", "estimate (95 % interval)", "p"], lines, caption, 2))
    for name, own in found.groups.items():
        what = {"order": "word order", "sampling": "sampling method"}[name]
        lines = [[r[name], *line] for r, line in zip(own.to_dict("records"), _explored(own, nets), strict=True)]
        header = [
            what,
            "comparison",
            "measure",
            "level",
            "pairs",
            "first below",
            "mean ratio",
            "median ratio",
            "mean difference",
            "effect",
            "p, Wilcoxon",
            "p, paired t",
        ]
        fit = [
            [r["term"], estimate(r["estimate"], r["low"], r["high"]), p_value(r["p"])]
            for r in found.factors[name].to_dict("records")
        ]
        overall = [line for line in lines if line[3] == "all"]
        parts.append(table(header, overall, f"By {what}, all levels together", 3))
        parts.append(f"<details><summary>By {what} and level</summary>{table(header, lines, f'By {what} and level', 3)}</details>")
        parts.append(
            table(["term", "estimate (95 % interval)", "p"], fit, f"Least squares of the gain on level and {what} (HC3)", 1)
        )
    return "".join(parts)


def _explored(rows: pd.DataFrame, nets: Sequence[str]) -> list[list[object]]:
    return [
        [
            r["comparison"],
            _measure(r["measure"], nets),
            "all" if pd.isna(r["level"]) else f"{r['level']:g}",
            r["n"],
            percent(r["share"]),
            *(("", "") if r["measure"].startswith("jumps") else (written_ratio(r, "mean"), written_ratio(r, "median"))),
            written_mean(r, "difference"),
            number(r["effect"]),
            p_value(r["p"]),
            p_value(r["p_t"]),
        ]
        for r in rows.to_dict("records")
    ]


def _settings(about: About) -> str:
    lines = [
        [name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
        for name, value in asdict(about.settings).items()
    ]
    return table(["setting", "value"], lines, "Fixed when the run began", 2) + f"<p>SHA-256: <code>{about.settings.hash}</code></p>"


def _record(about: About) -> str:
    lines = []
    for session in about.sessions:
        known = {name: value for name, value in session.items() if name not in ("began", "until")}
        began = datetime.fromtimestamp(session["began"], UTC).strftime("%Y-%m-%d %H:%M UTC")
        versions = ", ".join(f"{name} {number}" for name, number in (known.pop("versions", None) or {}).items() if number)
        commit = known.pop("commit", None) or "unknown"
        rest = "; ".join(f"{name}: {value}" for name, value in known.items())
        lines.append([began, f"{session['until'] - session['began']:.0f} s", commit, versions, rest])
    return table(["began", "lasted", "commit", "versions", "circumstances"], lines, "When and where it ran", 5)


def _limits(about: About) -> str:
    s = about.settings
    return (
        f"<p>Path lengths depend on the number of frames ({s.frames}), the net ({escape(s.net)}) and the picture's size; "
        "compare them "
        "within one report only. Pairs are treated as independent of each other. A cross-fade would score well on smoothness, "
        "so look at the examples too. The paper does not state its model version, sampler, frames, net or test; each is a "
        "setting here.</p>"
    )


def _prompts(samples: Sequence[Sample]) -> str:
    lines = [[f"{s.level:g}", s.pair, s.prompt_a, s.prompt_b] for s in samples]
    return table(["level", "pair", "from", "to"], lines, "The prompts", 4) if lines else ""


def _measure(measure: object, nets: Sequence[str] = ()) -> str:
    name = str(measure)
    if not name.endswith("_2"):
        return MEASURE_NAMES.get(name, name)
    second = nets[1] if len(nets) > 1 else "second net"
    return f"{MEASURE_NAMES.get(name[:-2], name[:-2])} ({second})"

"""The recorded studies as the book shows them: tables and figures, each with its caption.

`strips` is the table of the second study's strips, `asked` what `answers.answered` made of it, `prompts` its prompts by pair.

Chapters: Is it real? Why does the coupling matter?
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sdinterp.records import how_made, record
from sdinterp.shown import Shown, listed, show, show_table
from sdinterp.study import answers, figures, recorded, written
from sdinterp.study.analysis import TALK_STARS, primary_test
from sdinterp.study.chance import shuffled_labels
from sdinterp.study.doses import DOSES
from sdinterp.study.samples import LEVELS, Sample, opened, show_sample

Asked = Mapping[str, pd.DataFrame]

AGAINST = (("standard", "optimal"), ("random", "optimal"), ("random_words", "optimal"), ("random", "standard"))
"""Which couplings are laid beside which."""


def _table(rows: pd.DataFrame | Sequence[Mapping[Any, Any]], columns: Sequence[tuple[Any, ...]], caption: str) -> Shown:
    """A table of rows: for each column its head, its key in a row, and how it is written."""
    return show_table(*written.laid_out(rows, columns), caption=caption)


def _across_doses(rows: pd.DataFrame, caption: str) -> Shown:
    """A table with a line for each `name` and a column for each dose, which holds `text`."""
    wide = rows.pivot(index="name", columns="dose", values="text").reindex(rows["name"].unique())
    return show_table(["", *(f"dose {dose}" for dose in wide)], wide.reset_index().to_numpy().tolist(), caption=caption)


def _pair_of(a: str, b: str) -> str:
    return f"{a} / {b}".replace("_", " ")


def made() -> Shown:
    """How the second study and its rivals were made, and how much of what was planned was reached."""
    kept = record("doses/settings")
    run, rivals_run = kept["runs"]["doses"], kept["runs"]["rivals"]
    settings, seconds = run["settings"], run["seconds"] + rivals_run["seconds"]
    fixed = ("frames", "steps", "noises", "seed", "net", "second_net")
    rows = {
        "command": kept["command"],
        "pairs reached, of those planned": f"{run['reached']:,} of {run['planned']:,}",
        "of these with all the rivals": f"{rivals_run['reached']:,} of {rivals_run['planned']:,}",
        "couplings": ", ".join(settings["couplings"]).replace("_", " "),
        **{name.replace("_", " "): str(settings[name]) for name in fixed},
        "weights, commit": f"{settings['weights'][:12]}, {run['commit'][:12]}",
        "versions": listed(run["versions"]),
        "hours of computing": f"{seconds / 3600:.1f} on {run['machine']}",
    }
    return show_table(["what", "value"], rows.items(), caption="How the recorded study was made")


def questions(asked: Asked) -> Shown:
    """The first question and the third."""
    columns = [
        ("question", "question"), ("pairs", "n"), ("estimate", "mean", "change"), ("as a ratio", "mean", "ratio"), ("p", "p", "p"),
    ]  # fmt: skip
    caption = (
        "The first question, with a 95 % interval (a pair of scenes counts once), and the third, with one of 90 %. The p of the "
        "third is of the harder of two one-sided tests: below 0.05 the two couplings are equal to within two per cent."
    )
    return _table(asked["questions"], columns, caption)


def full(asked: Asked) -> Shown:
    """The second question: the gain at full dose by level."""
    columns = [
        ("level", "level", "level"), ("pairs", "n"), ("standard / optimal", "mean", "ratio"),
        ("optimal shorter in", "share", "percent"), ("p, Holm", "p_holm", "p"), ("stars", "stars", "stars"),
    ]  # fmt: skip
    caption = "The second question: the gain at full dose, level by level, as a ratio of lengths with its 95 % interval"
    return _table(asked["full"], columns, caption)


def model(asked: Asked) -> Shown:
    """The mixed model, and what each of its terms says."""
    meaning = {
        "Intercept": "gain at dose 0, middle level", "share": "from no phrase displaced to all",
        "similarity": "one level more, at dose 0", "share:similarity": "one level more, at full dose besides",
    }  # fmt: skip
    rows = asked["model"].assign(says=asked["model"]["term"].map(meaning))
    columns = [("what it says", "says"), ("estimate", "estimate", "change"), ("p", "p", "p")]
    caption = "A mixed model of the gain: dose, level and both, with 95 % intervals; each pair of scenes has a slope of its own"
    return _table(rows, columns, caption)


def talk(strips: pd.DataFrame, resamples: int = 1999) -> Shown:
    """The table of the talk's slide S9, from the pairs at full dose."""
    rows = primary_test(answers.at_most_displaced(strips), resamples=resamples)
    rows = rows.assign(
        ratio=np.exp(rows["median"]), against=rows["comparison"].str.removeprefix("optimal vs "),
        stars=rows["stars"] + np.where((rows["effect"] < 0) & (rows["stars"] != ""), " (the other way)", ""),
        talk=[TALK_STARS.get(one, {}).get(level, "none") for one, level in zip(rows["comparison"], rows["level"], strict=True)],
    ).query("against in ['standard', 'random']").sort_values(["against", "level"], ascending=[False, True])  # fmt: skip
    columns = [
        ("against", "against"), ("level", "level", "level"), ("median ratio", "ratio", "number"),
        ("optimal below in", "share", "percent"), ("stars", "stars", "stars"), ("the talk's stars", "talk"),
    ]  # fmt: skip
    caption = (
        "In the talk's terms: path length along the standard or the random coupling over the optimal one's, the pairs whose "
        "optimal strip is below, and stars after Holm's correction over all of these tests. The talk's stars belong to another "
        "model and other pairs."
    )
    return _table(rows, columns, caption)


def lengths(strips: pd.DataFrame) -> Shown:
    """Ratios of lengths by dose."""
    found = answers.by_dose(strips, "length", AGAINST)
    texts = [written.ratio(row) for row in found.to_dict("records")]
    rows = found.assign(name=list(map(_pair_of, found["a"], found["b"])), text=texts)
    return _across_doses(rows, "Ratios of perceptual lengths by dose, levels counting alike, with 95 % intervals")


def costs(strips: pd.DataFrame) -> Shown:
    """Ratios of costs by dose."""
    own = pd.concat([answers.gains(strips, "cost_p2", a, b).assign(name=_pair_of(a, b)) for a, b in AGAINST[:3]])
    means = own.groupby(["name", "dose"], sort=False)["gain"].mean().reset_index(name="mean")
    texts = [f"{np.exp(mean):.2f}" for mean in means["mean"]]
    return _across_doses(means.assign(text=texts), "Ratios of the couplings' costs (p=2) by dose, geometric means over pairs")


def rivals_drawn(everyone: pd.DataFrame) -> Shown:
    """Every coupling against the optimal one: of `answers.rivals`."""
    caption = (
        f"How many times as long a strip is as the optimal one, at full dose, in {everyone['n'].iloc[0]} pairs; on the right, "
        "how many times its coupling costs as much."
    )
    return show(figures.rivals_figure(everyone), caption=caption)


def rivals(strips: pd.DataFrame, everyone: pd.DataFrame) -> Shown:
    """The same couplings, and where they send words."""
    own = answers.at_most_displaced(strips)
    own = own[own["pair"].isin(everyone.attrs["pairs"])].groupby("coupling")[["met", "alike", "padded", "fidelity"]].mean()
    rows = own.reset_index().merge(everyone, how="left", on="coupling").fillna({"mean": 0, "cost": 0}).sort_values("mean")
    rows = rows.assign(length=np.exp(rows["mean"]), cost=np.exp(rows["cost"]))  # the optimal one's ratio to itself is 1
    columns = [
        ("coupling", "coupling", "words"), ("length", "length", "number"), ("cost", "cost", "number"),
        ("equal words meet", "met", "percent"), ("same attribute", "alike", "percent"), ("into the padding", "padded", "percent"),
        ("fidelity", "fidelity", "number"),
    ]  # fmt: skip
    caption = (
        "The same couplings: length and cost over the optimal one's, and where they send words: to an equal word, to a word of "
        "the same attribute (a colour to a colour), or to no word"
    )
    return _table(rows, columns, caption)


def properties(strips: pd.DataFrame) -> Shown:
    """What each property of a coupling does to the length of a strip."""
    what = {"saving": "all of the dearest cost saved", "met": "all words meet their equals"}
    what |= {"padded": "all words sent into the padding"}
    driven = answers.properties(answers.by_coupling(strips))
    columns = [("property", "property"), ("log length", "estimate", "change"), ("p", "p", "p")]
    caption = (
        "Least squares within pairs, over all couplings: what each property does to the logarithm of the length while the "
        "others stay, with 95 % intervals"
    )
    return _table(driven.assign(property=driven["term"].map(what)), columns, caption)


def measures(strips: pd.DataFrame) -> Shown:
    """Standard against optimal by dose, in every measure."""
    second = record("doses/settings")["runs"]["doses"]["settings"]["second_net"]
    names = {
        "length": "length", "largest_jump": "largest jump", "relative_jump": "largest jump / length", "jumps": "jumps",
        "fidelity": "fidelity", "length_2": f"length by {second}",
    }  # fmt: skip
    found = pd.concat([answers.by_dose(strips, column, AGAINST[:1]) for column in names], ignore_index=True)
    columns = [("measure", "name"), ("dose", "dose"), ("ratio", "mean", "ratio"), ("difference", "difference", "change")]
    caption = "Standard against optimal by dose: the ratio (geometric mean), and the plain difference, each with its 95 % interval"
    return _table(found.assign(name=found["measure"].map(names)), columns, caption)


def within_levels(strips: pd.DataFrame) -> Shown:
    """What goes with the gain among pairs of one level."""
    pairs, at_six = answers.gains(strips), answers.at_most_displaced(strips)
    met = at_six.groupby(["pair", "coupling"])["met"].mean().unstack()
    drivers = {
        "share of the cost saved": answers.gains(strips, "cost_p2").set_index("pair")["gain"],
        "more words that meet their equals": met["optimal"] - met["standard"],
        "length of the standard strip": at_six[at_six["coupling"] == "standard"].groupby("pair")["length"].mean(),
    }
    own = pairs[pairs["dose"] == max(DOSES)]
    rows = [{"name": name} | answers.within_levels(own, driver) for name, driver in drivers.items()]
    columns = [("property of a pair", "name"), ("pairs", "n"), ("rank correlation with the gain", "rho", "change")]
    caption = "What goes with the gain within a level, at full dose, with 95 % intervals (described, not tested)"
    return _table(rows, columns, caption)


def shuffled(strips: pd.DataFrame, repeats: int = 400) -> Shown:
    """How often the corrected table has a star where the labels of the couplings are shuffled."""
    found = shuffled_labels(answers.at_most_displaced(strips), repeats=repeats)
    rows = found[(found["scope"] == "family") & (found["alpha"] == 0.05)]
    columns = [("shuffles", "repeats"), ("with a star anywhere", "rate", "rate")]
    return _table(rows, columns, "Corrected tables of shuffled labels, with a 95 % interval; at most 5 % is what Holm promises")


def examples(prompts: pd.DataFrame, kept: Mapping[str, Mapping[str, bytes]]) -> list[Shown]:
    """The talk's slide S8: the first pair of each of four levels at full dose, along three couplings, from its first noise."""
    some = []
    for level in LEVELS:
        a, b = map(str, prompts.loc[pair := f"{level:g}-000-dose{max(DOSES)}", ["prompt_a", "prompt_b"]])
        some.append(show_sample(Sample(pair, level, a, b, opened(kept[pair]))))
    return some


def sensitivity() -> Shown:
    """The small study of settings: one is changed at a time."""
    tried, rows = record("sensitivity"), pd.read_csv(recorded() / "sensitivity.csv")
    rows = rows[rows["net"] == tried["settings"]["net"]]
    levels = ", ".join(f"{level:g}" for level in tried["settings"]["levels"])
    caption = (
        f"The path length of the other couplings over the optimal one's, under {rows['setting'].nunique()} settings: geometric "
        f"means with 95 % intervals over {rows['n'].iloc[0]} pairs at similarities {levels}. {how_made(tried)} "
        "It mixes word orders, as the first study did."
    )
    return show(figures.ratio_figure(rows), caption=caption)


def encoders() -> Shown:
    """Two text encoders that differ in their losses alone, and the bundled one: what the optimal coupling makes of their rows."""
    kept, rows = record("encoders"), pd.read_csv(recorded() / "encoders.csv")
    rows = rows.assign(saved=1 - rows["optimal"] / rows["standard"], found=rows["met"] / rows["shared_words"])
    lines = []
    for name, own in kept["encoders"].items():
        of = rows[rows["rows"] == name].set_index("level")
        shares = [f"{share:.0%}" for what in ("saved", "found") for share in (of.loc[1, what], of.loc[5, what], of[what].mean())]
        lines.append([name, f"{own['steps']:,}", f"{own['word_probe']:.0%}", *shares])
    caption = (
        "Word probe: of how many rows a linear map reads the word. Cost saved (p=2): by the optimal coupling of what the "
        "standard one costs, at similarity 1, at 5, and over all levels. Words that meet: of the words in both prompts, those "
        f"that the optimal coupling pairs with themselves. {kept['settings']['per_level']} new pairs a level, free order. "
        + how_made(kept)
    )
    heads = [f"{what} {at}" for what in ("cost saved", "words that meet") for at in ("at 1", "at 5", "at all levels")]
    names, *told = zip(*lines, strict=True)
    told = [[head, *row] for head, row in zip(["steps of training", "word probe", *heads], told, strict=True)]
    return show_table(["rows", *names], told, caption=caption)


def encoders_pictures() -> Shown:
    """The strips of those two encoders' models: the path length of the other couplings over the optimal one's."""
    kept, rows = record("encoders"), pd.read_csv(recorded() / "encoders_pictures.csv")
    rows = rows.assign(setting=rows["rows"] + ", " + rows["level"].replace("all", "all levels"))
    models = {name: own for name, own in kept["encoders"].items() if "right" in own}
    read = " and ".join(f"{np.mean(list(own['right'].values())):.0%} where rows {name}" for name, own in models.items())
    own = next(iter(models.values()))
    caption = (
        "The path length of the other couplings over the optimal one's, for both models, by similarity: geometric means with 95 % "
        f"intervals over {own['settings']['per_level']} new pairs a level and {own['settings']['frames']} frames, at guidance "
        f"{own.get('guidance', 7.5):g}. Of what 200 held-out prompts say, the judge reads {read} off the pictures. "
        f"{how_made(kept)} Exploratory."
    )
    return show(figures.ratio_figure(rows), caption=caption)


def gpu_check() -> Shown:
    """What `tools/gpu_check.py` printed on a GPU."""
    command, loaded, *checks, timed, card = (recorded() / "gpu-check.txt").read_text().splitlines()
    found = [re.fullmatch(r"ok +(.*): (\S+) \(at most (\S+)\)", check) for check in checks]
    rows = [(line[1], f"{float(line[2]):.5f}" if "." in line[2] else line[2], line[3]) for line in found if line]
    caption = f"Recorded: {command.removeprefix('$ ')}. {loaded}. {timed}. {card}."
    return show_table(["check", "found", "allowed"], rows, caption=caption)

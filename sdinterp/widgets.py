"""Live forms: type two prompts and look, where a kernel runs. The door to ipywidgets.

An `Explorer` is shown as a form in JupyterLab, Jupyter Notebook, VS Code and Colab. On a page of the built site, where no kernel
runs, its player stands in the same place.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sdinterp.extras import needs_extras
from sdinterp.models import load_model
from sdinterp.named import NAMES, coupling_name
from sdinterp.players import Player, play, word_matcher
from sdinterp.rendering import Renderer, prompt_paths
from sdinterp.shown import Shown, show_table
from sdinterp.strips import TITLES, Strips, interpolate_prompts, letter
from sdinterp.templates import filled

with needs_extras():
    from IPython.core.getipython import get_ipython
    from ipywidgets import HTML, BoundedIntText, Box, Button, Checkbox, IntProgress, Layout, Output, Text, VBox

__all__ = ["Explorer", "Form", "explore_matching", "explore_prompts"]

Answer = tuple[Player, Shown]  # a player and a table
Progress = Callable[[int, int], object]  # called with (pictures done, pictures in all)


class Ticks(Box):
    """A box to tick for each of some names; its `value` is the list of those that are ticked."""

    def __init__(self, names: Sequence[str], ticked: Collection[str]) -> None:
        look = {"indent": False, "layout": Layout(width="auto")}
        self.boxes = {name: Checkbox(name in ticked, description=name.replace("_", " "), **look) for name in names}
        super().__init__(list(self.boxes.values()), layout=Layout(flex_flow="row wrap", grid_gap="0 1em"))

    @property
    def value(self) -> list[str]:
        """The names that are ticked, in order."""
        return [name for name, box in self.boxes.items() if box.value]


class Form(VBox):
    """Fields, a button, and what the button found last.

    Args:
        fields: what is asked for, by name: widgets with a value.
        work: what the button does: called with the fields' values and a `progress`, all by name, it gives what to show.
            ValueError, OSError, RuntimeError and MemoryError are shown as a sentence, and so is what it warns of.
        shown, button: what is shown at first, and the word on the button.
    """

    def __init__(self, fields: Mapping[str, Any], work: Callable[..., Answer], shown: Answer, button: str) -> None:
        self.fields, self._work = fields, work
        self.button = Button(description=button, button_style="primary")
        self.bar = IntProgress(layout=Layout(visibility="hidden"))
        self.note, self.result = HTML(), Output()
        self._show(shown)
        self.button.on_click(lambda _: self.run())
        super().__init__([*fields.values(), Box([self.button, self.bar]), self.note, self.result])

    def run(self) -> None:
        """Does what a click on the button does. If that fails, what was shown before stays."""
        self.button.disabled, self.note.value = True, ""
        self.bar.value, self.bar.description, self.bar.layout.visibility = 0, "", "visible"
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("ignore")
                warnings.simplefilter("always", UserWarning)
                self._show(self._work(**{name: asked.value for name, asked in self.fields.items()}, progress=self._progress))
            self._say("Note", "; ".join(dict.fromkeys(str(warning.message) for warning in caught)))
        except KeyboardInterrupt:
            self._say("Stopped", "the kernel was interrupted")
        except (ValueError, OSError, RuntimeError, MemoryError) as error:
            self._say("This cannot be done", str(error) or type(error).__name__)
        finally:
            self.button.disabled, self.bar.layout.visibility = False, "hidden"

    def _progress(self, done: int, total: int) -> None:
        self.bar.max, self.bar.value, self.bar.description = total, done, f"{done} of {total}"

    def _show(self, answer: Answer) -> None:
        shown = [{"output_type": "display_data", "data": {"text/html": piece.html}, "metadata": {}} for piece in answer]
        self.result.outputs = tuple(shown)  # and not as HTML widgets, in which no script of a player would run

    def _say(self, kind: str, text: str) -> None:
        sentence = f"{kind}: {' '.join(text.split()).rstrip('.')}."
        self.note.value = filled("note.html", sentence=sentence) if text else ""


@dataclass(frozen=True, eq=False)
class Explorer:
    """A form, and the player that stands for it where no kernel runs.

    Attributes:
        player: what a page shows.
        make_form: called once, when the form is first shown.
    """

    player: Player = field(repr=False)
    make_form: Callable[[], Form] = field(repr=False)

    @cached_property
    def form(self) -> Form:
        """What a notebook shows."""
        return self.make_form()

    def _repr_mimebundle_(self, include: Collection[str] | None = None, exclude: Collection[str] | None = None) -> dict[str, Any]:
        """The form and the player, of which a notebook shows the form; only the player where nobody could use a form."""
        live = self.form._repr_mimebundle_() if _attended() else None
        return {**(live or {}), "text/html": self.player.html}


def explore_prompts(strips: Strips, *, model: str | Path | Renderer = "postcards", frames: int | None = None) -> Explorer:
    """A form that walks between any two prompts: pick couplings, frames and seed, see strips and measures.

    Args:
        strips: what `interpolate_prompts` returned; shown at first. What the form does not ask for (steps, guidance, the negative
            prompt, the net of the perceptual distance) stays as it was there. The form's seed is that of the noise and of the
            random couplings.
        model: a name for `load_model`, or the model.
        frames: in the form at first; as many as the strips have, if not given.

    Raises:
        ValueError: strips that are too large for a player.

    Chapter: Three roads, the same two ends.
    """
    model = load_model(model) if isinstance(model, str | Path) else model
    first, made = _strips_and_measures(strips), strips.settings
    kept: Any = {name: made[name] for name in ("steps", "guidance", "net", "negative_prompt")}

    def walk(couplings: list[str], seed: int, frames: int, progress: Progress, **prompts: str) -> Answer:
        seeds, past = {"seed": seed, "coupling_seed": seed}, list(prompts.values())
        walked = interpolate_prompts(past, None, couplings, frames, model=model, progress=progress, **seeds, **kept)
        return _strips_and_measures(walked)

    def form() -> Form:
        asked = BoundedIntText(frames or made["frames"], min=2, max=33, description="frames")
        return Form({**_fields(strips.prompts, NAMES, strips, made["seed"]), "frames": asked}, walk, first, "Walk")

    return Explorer(first[0], form)


def explore_matching(
    prompt_a: str, prompt_b: str, couplings: Sequence[str] = ("optimal", "standard", "random", "random_words"), *,
    model: str | Path | Renderer = "postcards", seed: int = 0,
) -> Explorer:  # fmt: skip
    """A form that matches the tokens of any two prompts: pick couplings and a seed, see who goes where and what it costs.

    Args:
        prompt_a, prompt_b: the prompts at first.
        couplings: names at first, of permutations: optimal, standard, random, random_words.
        model, seed: a name for `load_model`, or the model; the seed of the random couplings, at first.

    Raises:
        ValueError: an unknown coupling, none at all, or one that splits mass.

    Chapter: Who is matched with whom?
    """
    model = load_model(model) if isinstance(model, str | Path) else model
    couplings = [coupling_name(name) for name in couplings]

    def match(prompt_a: str, prompt_b: str, couplings: list[str], seed: int, progress: Progress | None = None) -> Answer:
        drawn = {name: (name, seed) for name in couplings}
        found = {name: path.coupling for name, path in prompt_paths(model, prompt_a, prompt_b, drawn).items()}
        labels = model.tokens(prompt_a), model.tokens(prompt_b)
        player = word_matcher(*labels, found, title=f"From “{prompt_a}” to “{prompt_b}”")
        rows = [[name.replace("_", " "), one.cost(1), one.cost(2)] for name, one in found.items()]
        return player, show_table(["coupling", "cost (p=1)", "cost (p=2)"], rows, caption="Costs of the couplings")

    first = match(prompt_a, prompt_b, couplings, seed)
    permutations = [name for name in NAMES if name != "entropic"]
    return Explorer(first[0], lambda: Form(_fields((prompt_a, prompt_b), permutations, couplings, seed), match, first, "Match"))


def _strips_and_measures(strips: Strips) -> Answer:
    rows = [[name.replace("_", " "), *strip.measures.values()] for name, strip in strips.items()]
    return play(strips), show_table(["coupling", *TITLES.values()], rows, caption="Measures of the strips")


def _fields(prompts: Sequence[str], names: Sequence[str], ticked: Collection[str], seed: Any) -> dict[str, Any]:
    """What both forms ask for."""
    wide = Layout(width="auto")
    asked = {
        f"prompt_{letter(k).lower()}": Text(prompt, description=f"{'to' if k else 'from'} {letter(k)}", layout=wide)
        for k, prompt in enumerate(prompts)
    }
    seeds = BoundedIntText(seed, min=0, max=2**31 - 1, description="seed")
    return {**asked, "couplings": Ticks(names, ticked), "seed": seeds}


def _attended() -> bool:
    """Whether somebody has the notebook open. A kernel that runs to build a page is told that nobody could answer a question."""
    request = getattr(get_ipython(), "get_parent", dict)()
    return request.get("content", {}).get("allow_stdin", True)

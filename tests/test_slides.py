"""The slides of the lectures, made from the built book and opened from a file with the network cut."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

pytest.importorskip("nbconvert")

from sdinterp.course.slides import NOT_TOLD, Week, deck, make_slides, sections_of, slides_of
from tests.chapters import CHAPTERS, ROOT
from tests.pages import watch

WEEKS = [Week(**week) for week in tomllib.loads((ROOT / "course" / "course.toml").read_text())["weeks"]]
NUMBERS = range(1, len(WEEKS) + 1)
STATE = """() => Reveal.getSlides().map((slide) => {
  for (const one of [slide, slide.parentElement]) one.style.display = "block";
  return {
    heading: slide.querySelector("h1, h2").textContent, high: slide.scrollHeight, wide: slide.scrollWidth,
    size: Math.min(1, ...[...slide.querySelectorAll(".jp-Cell")].map((cell) => cell.style.zoom || 1)),
    figures: slide.querySelectorAll("figure").length,
    empty: [...slide.querySelectorAll("img")].filter((image) => !(image.complete && image.naturalWidth)).length,
    unset: slide.innerText.includes("$"), faults: slide.querySelectorAll("[data-mjx-error]").length,
  };
})"""

INKS = """() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const clear = (one) => getComputedStyle(one).backgroundColor === "rgba(0, 0, 0, 0)";
  const ground = light(getComputedStyle(document.querySelector(".reveal-viewport")).backgroundColor);
  const contrasts = [...document.querySelectorAll(".reveal :is(h1, h2, p, li, th, td, figcaption, .sdi-player)")].map((one) => {
    const ink = light(getComputedStyle(one).color);
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  });
  const cards = [...document.querySelectorAll(".reveal :is(section, figure, td, .sdi-figure img)")].filter((one) => !clear(one));
  return {ground, least: Math.min(...contrasts), cards: cards.length};
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The slides of the book as it is built."""
    out = tmp_path_factory.mktemp("pack")
    (said,) = make_slides(ROOT, out)
    assert (out / "slides").is_dir(), said
    return out / "slides"


def page(name: str):
    """A chapter as the build ran it."""
    return nbformat.read(ROOT / "_build" / "jupyter_execute" / f"{name}.ipynb", 4)


def opened(browser, file: Path, wide: int = 1280, high: int = 720, scheme: str = "light"):
    """A deck in a tab without network, and what troubled the tab."""
    tab = browser.new_context(offline=True, viewport={"width": wide, "height": high}, color_scheme=scheme).new_page()
    troubles = watch(tab, ("file:", "data:", "blob:"))
    tab.goto(file.as_uri())
    tab.wait_for_selector("body[data-ready]", state="attached", timeout=120_000)
    return tab, troubles


@pytest.mark.parametrize("number", NUMBERS)
def test_a_deck_opens_offline_with_every_figure_of_its_chapters_and_nothing_cut_off(number, folder, browser):
    week = WEEKS[number - 1]
    sections = [section for name in week.chapters for section in sections_of(page(name))]
    told = [(heading, parts) for heading, parts in sections if heading not in {*NOT_TOLD, *week.without}]
    figures = sum(not isinstance(part, str) for _, parts in told for part in parts)
    tab, troubles = opened(browser, folder / f"week-{number}.html")
    slides = tab.evaluate(STATE)
    assert troubles == []
    assert slides[0]["heading"] == f"Week {number}: {week.title}"
    assert {one["heading"] for one in slides[1:]} <= {heading for heading, _ in told}
    assert sum(one["figures"] for one in slides) == figures >= 3 * len(week.chapters)
    for one in slides:
        assert one["high"] <= 720 and one["wide"] <= 1280 and one["size"] >= 0.4, one
        assert not (one["empty"] or one["unset"] or one["faults"]), one
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_deck_is_as_light_or_dark_as_its_reader_wants_and_stays_legible_on_a_phone(scheme, folder, browser):
    tab, troubles = opened(browser, folder / "week-1.html", 390, 844, scheme)
    seen, slides = tab.evaluate(INKS), tab.evaluate(STATE)
    assert (seen["ground"] < 0.05) == (scheme == "dark") and (seen["ground"] > 0.9) == (scheme == "light")
    assert seen["least"] >= 4.5 and not seen["cards"] and troubles == []
    assert [one for one in slides if one["high"] > 1080 or one["wide"] > 640 or one["size"] < 0.4] == []
    tab.context.close()


def test_keys_turn_the_page_but_not_from_within_a_player(folder, browser):
    tab, _ = opened(browser, folder / "week-1.html")
    where = "Object.values(Reveal.getIndices()).join()"
    before = tab.evaluate(where)
    tab.keyboard.press("Space")
    assert tab.evaluate(where) != before
    tab.evaluate("{const {h, v} = Reveal.getIndices(document.querySelector('.sdi-player').closest('section')); Reveal.slide(h, v)}")
    player = tab.locator("section.present:not(.stack) .sdi-player")
    there, slider = tab.evaluate(where), player.get_by_role("slider").first
    at = slider.input_value()
    slider.press("ArrowRight")
    assert slider.input_value() != at and tab.evaluate(where) == there
    dot = player.locator("[tabindex='0']").first
    told = player.inner_text()
    dot.press("ArrowRight")
    assert player.inner_text() != told and tab.evaluate(where) == there
    tab.context.close()


@pytest.mark.parametrize("number", NUMBERS)
def test_no_slide_holds_an_exercise_or_its_solution(number, folder):
    text = re.sub(r"base64,[\w+/=]+", "", (folder / f"week-{number}.html").read_text())
    named = set(re.findall(r"\b(?:my|check)_(\w+)", text))
    for chapter in CHAPTERS:
        for exercise in chapter.exercises:
            assert exercise.name not in named
            lines = [line.strip() for line in exercise.cells["solution"].splitlines() if len(line) > 40]
            assert not [line for line in lines if line in text], exercise.name


def test_the_lectures_are_those_of_the_teachers_page():
    text = (ROOT / "book" / "teaching.md").read_text()
    assert re.findall(r"^\*\*Week \d\. (.+?)\.?\*\*$", text, flags=re.M) == [week.title for week in WEEKS]
    read = [re.findall(r"\(([\w-]+)\.md\)", row) for row in re.findall(r"^\| read \|(.*)$", text, flags=re.M)]
    assert read == [week.chapters for week in WEEKS]


CHAPTER = new_notebook(
    cells=[
        new_markdown_cell("# Why?\n\n> **You will** see."),
        new_code_cell(outputs=[new_output("display_data", {"text/html": "<figure>first</figure>"})]),
        new_markdown_cell(
            "## Words\n\nTalk.\n\nA **cloud** is\n\n$$\\mu$$\n\nMore talk, see [this](page.md).\n\n<details>**proof**</details>"
        ),
        new_code_cell(outputs=[new_output("stream", text="printed")]),
        new_markdown_cell("## Code\n\nOnly talk."),
        new_markdown_cell("## Exercises\n\n**1. Predict.** What?"),
        new_code_cell(outputs=[new_output("display_data", {"text/html": "<figure>it</figure>"})], metadata={"tags": ["solution"]}),
    ]
)


def test_a_section_becomes_what_it_defines_and_shows_and_talk_becomes_notes():
    why, words, code, exercises = sections_of(CHAPTER)
    assert [one[0] for one in (why, words, code, exercises)] == ["Why?", "Words", "Code", "Exercises"]
    assert [slide.figure["data"]["text/html"] for slide in slides_of(why[1])] == ["<figure>first</figure>"]
    (slide,) = slides_of(words[1])
    assert slide.text == "A **cloud** is\n\n$$\\mu$$" and slide.notes == ["Talk.", "More talk, see this."]
    assert slides_of(code[1]) == [] and all(isinstance(part, str) for part in exercises[1])


def test_a_section_that_is_left_out_has_to_exist():
    made = deck(1, Week("One", ["why"], ["Words"]), {"why": CHAPTER})
    kinds = [cell.metadata.slideshow.slide_type for cell in made.cells]
    assert kinds == ["slide", "slide", "-"] and "cloud" not in "".join(cell.source for cell in made.cells)
    with pytest.raises(ValueError, match="no chapter of week 1 has a section 'Wards'"):
        deck(1, Week("One", ["why"], ["Wards"]), {"why": CHAPTER})


def test_without_a_built_book_there_are_no_slides_and_it_is_said(tmp_path):
    (tmp_path / "course").symlink_to(ROOT / "course")
    (said,) = make_slides(tmp_path, tmp_path / "pack")
    assert "make book" in said and not (tmp_path / "pack").exists()

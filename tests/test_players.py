import base64
import html
import itertools
import json
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from sdinterp import PointCloud, displacement_path, entropic_coupling, looks, optimal_coupling, random_coupling, standard_coupling
from sdinterp.named import coupling_named
from sdinterp.perception import perceptual_distance
from sdinterp.pictures import encoded
from sdinterp.players import (
    MOST_BYTES,
    Dot,
    Link,
    Panel,
    Player,
    StripRow,
    chain_diagram,
    cloud_map,
    cloud_morph,
    cost_histogram,
    coupling_playground,
    dot_plot,
    pairing_game,
    ranking_game,
    row_shuffler,
    strip_player,
    strip_row,
    two_roads,
    word_matcher,
)
from sdinterp.strips import Strip, Strips
from tests.axe import violations

FOLDER = Path(looks.__file__).parent
NASTY = """<script>window.hacked = 1</script></script><!-- "quotes" 'and' &amp; <img src=x onerror="window.hacked = 1"> $x$"""


def row(label="optimal", count=9, shift=0, noise=0.0):
    generator = np.random.default_rng(shift)
    ramp = np.linspace(0, 255, 64)[None, :, None]
    frames = [
        Image.fromarray((np.broadcast_to((ramp + 20 * k + shift) % 256, (64, 64, 3)) * (1 - noise)
                         + noise * generator.uniform(0, 255, (64, 64, 3))).astype(np.uint8))
        for k in range(count)
    ]  # fmt: skip
    return StripRow(label, frames, [0.25 + k for k in range(count - 1)], {"cost so far": [0.5 * k for k in range(count)]})


def times(count=9):
    return [k / (count - 1) for k in range(count)]


def strips(title="red to blue", **settings):
    return strip_player([row("optimal"), row("standard", shift=50)], times(), title=title, **settings)


def clouds(n=5, seed=0, d=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator), torch.randn(n, d, generator=generator)


TOKENS_A = ["<start>", "red", "boat", "<end>", *["<pad>"] * 4]
TOKENS_B = ["<start>", "boat", "red", "sea", "<end>", *["<pad>"] * 3]


def some_couplings(names=("optimal", "standard", "random"), n=8):
    a, b = clouds(n)
    return {name: random_coupling(a, b, seed=k) if k > 2 else coupling_named(name, a, b) for k, name in enumerate(names)}


def matcher(couplings=None, **settings):
    return word_matcher(TOKENS_A, TOKENS_B, couplings or some_couplings(), **settings)


def stages():
    """B as A, and with a word more in front, and another: labels and couplings."""
    a, targets = clouds(8)[0], [[*TOKENS_A[:1], *["big", "very"][:k][::-1], *TOKENS_A[1 : 8 - k]] for k in range(3)]
    return [
        (labels, {name: coupling_named(name, a, clouds(8, seed=k)[1]) for name in ("optimal", "standard")})
        for k, labels in enumerate(targets)
    ]


def slipping():
    first, *further = stages()
    return word_matcher(TOKENS_A, *first, further=further, buttons=("a word in front", "take it away"), title="One word more")


ORDERS = {"as encoded": range(8), "backwards": range(7, -1, -1), "shuffled": [3, 1, 0, 2, 6, 7, 4, 5]}


def shuffler(orders=ORDERS, ends=None, **middles):
    """The first picture stays to rounding, the optimal one as well, the standard one changes."""
    grey = torch.zeros(len(orders), 3, 8, 8)
    steps = torch.arange(len(orders))[:, None, None, None]
    middles = middles or {"optimal": grey + 2e-6 * steps, "standard": grey + 0.25 * steps}
    return row_shuffler(TOKENS_A, orders, grey + 1e-6 * steps if ends is None else ends, middles, title="Rows")


def film(seed=0, size=(90, 10)):
    noise = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    return encoded(Image.fromarray(noise), "WEBP")


Y_TICKS = {-1.0: "1/e", 0.0: "1", 1.0: "e"}


def some_panels():
    """Two panels of three dots; in x order each is lowest, highest (in the second beyond the axis), in the middle."""
    return [
        Panel(title, [
            Dot(3, 0.2, f"{title}: third", strips),
            Dot(1, -0.5, f"{title}: first"),
            Dot(2, top, f"{title}: second", {"optimal": film(2)}),
        ], [(2, 0.1, -0.2, 0.4)])
        for title, top, strips in [("few", 0.8, {}), ("many", 7, {"standard": film(0), "random_words": film(1)})]
    ]  # fmt: skip


def dots(panels=None, y_ticks=Y_TICKS, title="All pairs"):
    return dot_plot(panels or some_panels(), title=title, x_label="similarity", y_label="ratio", y_ticks=y_ticks)


def one_panel(*all_dots, marks=()):
    return [Panel("one", all_dots, marks)]


def a_map():
    """Two paths of five clouds; on the map the first runs along the top, the second along the bottom."""
    couplings = some_couplings(["optimal", "random"], n=5)
    paths = {name: displacement_path(coupling) for name, coupling in couplings.items()}
    all_clouds = [clouds()[0], clouds()[1], *(path(t).points for path in paths.values() for t in (0.25, 0.5, 0.75))]
    places = [(0, 0), (4, 0), *((x, y) for y in (1, -1) for x in (1, 2, 3))]
    return torch.tensor(places).float(), all_clouds, {"optimal": [0, 2, 3, 4, 1], "random": [0, 5, 6, 7, 1]}


def ranking(names=("optimal", "standard", "cross_fade"), scores=(1.5, 2.5, 4.0)):
    some = [(name, row(shift=50 * k).frames, score) for k, (name, score) in enumerate(zip(names, scores, strict=True))]
    return ranking_game(some, measure="perceptual length")


def links(**values):
    values = values or {"optimal": 0.5, "standard": 1.25}
    pictures = {name: row(shift=50 * k).frames[0] for k, name in enumerate(values)}
    return [
        Link("words", "Words meet words.", "share of words with the same partner", values),
        Link("rows", "Rows shrink.", "length halfway", {"standard": 12.0}),
        Link("picture", "It looks like this.", "perceptual length", values, pictures),
    ]


def tokens(prompt):
    words = prompt.split()
    return ["<start>", *words, "<end>", *["<pad>"] * (6 - len(words))]


def walk(prompts=("a red boat", "boat a red"), names=("optimal", "standard"), frames=5, split=False):
    """A walk whose second road is twice as long as the first."""
    a, b = clouds(8)
    strips = {}
    for k, name in enumerate(names):
        path = displacement_path(entropic_coupling(a, b, reg=1.0) if split else coupling_named(name, a, b))
        pictures = torch.linspace(-1, 1, frames)[:, None, None, None].expand(frames, 3, 8, 8)
        steps = torch.full((frames - 1,), 0.25 * 4**k)
        strips[name] = Strip(name, (path,), torch.linspace(0, 1, frames), pictures, steps, 1.0)
    return Strips(prompts, strips, {}, 0.0)


def roads(walks=None, rest=0.4):
    return two_roads(walks or [walk(), walk(("a red boat", "a red red tent"))], tokens, rest=rest)


SLIDING = {
    "strip": strips,
    "playground": lambda: coupling_playground(*clouds()),
    "histogram": lambda: cost_histogram(*clouds(4)),
    "morph": lambda: cloud_morph(some_couplings()),
}
PLAYERS = {
    **SLIDING,
    "matcher": matcher,
    "slipping": slipping,
    "shuffler": shuffler,
    "dots": dots,
    "pairing": lambda: pairing_game(*clouds()),
    "map": lambda: cloud_map(*a_map()),
    "ranking": ranking,
    "chain": lambda: chain_diagram(links(), title="From words to a picture"),
    "roads": roads,
}


@pytest.fixture
def open_page(browser, tmp_path):
    """Opens HTML as a page from a file, and holds at the end that it ran clean and fetched nothing.

    With `clock`, time stands on the page until the test winds it.
    """
    pages = []

    def show(content, *, clock=False, **settings):
        context = browser.new_context(**settings)
        page = context.new_page()
        if clock:
            page.clock.install(time=datetime(2030, 1, 1))
        trouble, requests = [], []
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda request: request.url.startswith("data:") or requests.append(request.url))
        path = content.save(tmp_path / f"{len(pages)}.html")
        page.goto(path.as_uri())
        if clock:
            page.clock.pause_at(datetime(2030, 1, 2))
        pages.append((context, path, trouble, requests))
        return page

    yield show
    for context, path, trouble, requests in pages:
        context.close()
        assert trouble == []
        assert requests == [path.as_uri()]


def several(*players):
    return Player("\n".join(player.html for player in players), "several")


def costs(figure):
    """The playground's costs as the page holds them, unrounded: {(coupling, p): cost}."""
    values = figure.locator("data[data-coupling]").evaluate_all("all => all.map(d => [d.dataset.coupling, d.dataset.p, d.value])")
    return {(name, int(p)): float(value) for name, p, value in values}


class Balance(HTMLParser):
    """Checks that every element that is opened is closed in turn."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in ("img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("make", PLAYERS.values(), ids=PLAYERS)
def test_a_player_is_one_reproducible_figure_that_fetches_nothing(make, tmp_path):
    player = make()
    assert player.html == make().html == player._repr_html_()
    assert player.payload == len(player.html.encode())
    Balance(player.html)
    assert player.html.startswith("<figure") and player.html.endswith("</figure>")
    assert "\n\n" not in player.html  # or Markdown would end the block there
    own = re.sub(r'"data:[^"]*"', '""', player.html).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//\w|\beval\b|\bFunction\(|\bimport\b|innerHTML", own)
    assert len(re.findall(r'<img class="sdi-still" alt="[^"]{20,}"', player.html)) == 1 and "<noscript>" in player.html
    page = player.save(tmp_path / "page.html").read_text("utf-8")
    assert player.html in page and [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_other_content_has_another_id():
    ids = {re.search(r'id="(sdi-\w+)"', make().html)[1] for make in PLAYERS.values()} | {
        re.search(r'id="(sdi-\w+)"', coupling_playground(*clouds(), t=t).html)[1] for t in (0, 0.5)
    }
    assert len(ids) == len(PLAYERS) + 1


def test_text_is_escaped():
    player = strip_player([row(NASTY)], times(), title=NASTY)
    Balance(player.html)
    assert player.html.count("<script") == player.html.count("</script>") == 2
    assert "<img src=x" not in player.html and "<!--" not in player.html
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', player.html, re.S)[1])
    assert data["rows"][0]["name"] == NASTY.replace("_", " ")
    assert f"<figcaption>{html.escape(NASTY)}</figcaption>" in player.html


def test_tokens_are_escaped_in_the_page_and_in_the_still():
    a, b = clouds(3)
    labels = [NASTY, "\x00\ud800", "]]>"]
    player = word_matcher(labels, labels[::-1], {NASTY: standard_coupling(a, b)}, title=NASTY)
    Balance(player.html)
    assert player.html.count("<script") == player.html.count("</script>") == 2 and "<img src=x" not in player.html
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', player.html, re.S)[1])
    assert [label for label, *_ in data["stages"][0]["sides"][0]] == labels and data["stages"][0]["couplings"][0]["name"] == NASTY
    still = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', player.html)
    assert ElementTree.fromstring(base64.b64decode(still[1])).tag.endswith("svg")


def test_what_dots_say_is_escaped_in_the_page_and_in_the_still():
    panels = [Panel(NASTY, [Dot(0, 0, NASTY, {NASTY: film()}), Dot(1, 3, "\x00]]>")])]
    player = dot_plot(panels, title=NASTY, x_label=NASTY, y_label=NASTY, y_ticks={0: NASTY, 1: "]]>"})
    Balance(player.html)
    assert player.html.count("<script") == player.html.count("</script>") == 2 and "<img src=x" not in player.html
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', player.html, re.S)[1])
    assert [dot["says"] for dot in data["panels"][0]["dots"]] == [NASTY, "\x00]]>"]
    assert ElementTree.fromstring(still_of(player)).tag.endswith("svg")


def still_of(player):
    return base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', player.html)[1]).decode()


def test_the_still_of_a_dot_plot_shows_panels_dots_and_marks():
    still = still_of(dots())
    assert all(f">{words}</text>" in still for words in ("few", "many", "ratio", "similarity", *Y_TICKS.values()))
    shapes = re.findall(r'<path d="([^"]*)"', still)
    assert [shape.count("M") for shape in shapes] == [3, 1, 3, 0, 1, 1, 3, 1, 2, 1, 1, 1]  # grid, zero, dots, arrows, spans, means


def test_equal_strips_travel_once_and_a_heavy_dot_plot_is_refused():
    same = film()
    data = json.loads(re.search(r'json">(.*?)</script>', dots(one_panel(Dot(0, 0, "", {"a": same, "b": same}))).html, re.S)[1])
    assert len(data["pictures"]) == 1 and data["panels"][0]["dots"][0]["strips"] == [[0, 0], [1, 0]]
    many = [Dot(k % 10, k / 1000, f"pair {k}: one prompt, another prompt, and three numbers") for k in range(1000)]
    assert dots(one_panel(*many)).payload < MOST_BYTES / 4
    heavy = film(size=(600, 600))
    large = [Dot(k, 0, "", {"optimal": heavy + bytes(k)}) for k in range(2 * MOST_BYTES // len(heavy))]
    with pytest.raises(ValueError, match="give strips to fewer dots"):
        dots(one_panel(*large))


def test_the_x_axis_is_divided_by_round_numbers():
    for xs in ([0.5, 5], [7, 7], [-0.02, 0.1], [120, 4000]):
        panel = one_panel(*(Dot(x, 0, "") for x in xs))
        labels = json.loads(re.search(r'json">(.*?)</script>', dots(panel).html, re.S)[1])["x_ticks"]
        assert 1 <= len(labels) <= 7 and all(min(xs) <= float(label) <= max(xs) for _, label in labels)
        assert max(len(label) for _, label in labels) < 6


def test_a_matcher_names_and_counts_its_rows():
    same = some_couplings(["standard"])
    data = json.loads(re.search(r'json">(.*?)</script>', matcher(same).html, re.S)[1])
    assert data["stages"][0]["sides"][0][-1] == ["<pad>", 4, 4] and data["stages"][0]["sides"][1][-1] == ["<pad>", 5, 3]
    a, b = clouds(8)
    assert data["stages"][0]["couplings"][0]["far"] == pytest.approx((a - b).norm(dim=1).tolist(), rel=1e-3)
    assert "standard 4 of 8" in re.search('alt="([^"]*)"', matcher(same).html)[1]
    twice = word_matcher(["a", "a"], ["b", "b"], {"standard": standard_coupling(*clouds(2))}).html
    assert '[["a",0,1],["a",1,1]]' in twice  # two equal words are no run


def test_a_matcher_of_77_rows_and_five_couplings_is_light():
    labels = [f"word{k}" for k in range(77)]
    player = word_matcher(labels, labels, some_couplings(["optimal", "standard", "random", "d", "e"], 77))
    assert player.payload < MOST_BYTES / 10
    with pytest.raises(ValueError, match="shorter labels"):
        word_matcher(["x" * 3000 + str(k) for k in range(77)], labels, some_couplings(n=77))


def test_couplings_look_as_they_do_in_figures_and_none_like_another():
    data = json.loads(re.search(r'json">(.*?)</script>', matcher(some_couplings(list(looks.LOOKS)[:4])).html, re.S)[1])
    assert [(one["colour"], one["dashes"]) for one in data["stages"][0]["couplings"]] == [
        (look.colour, look.dashes) for look in list(looks.LOOKS.values())[:4]
    ]
    for names in (list(looks.LOOKS), list("abcde"), ["b", "random"]):
        assert len({(look.colour, look.dashes) for look in looks.looks_apart(names)}) == len(names)


def test_no_colour_that_python_knows_is_typed_in_a_script_or_style():
    known = {looks.SOURCE, looks.TARGET, looks.GREY, *looks.VIRIDIS, *(look.colour for look in looks.LOOKS.values())}
    for file in [*FOLDER.glob("players/*.js"), *FOLDER.glob("players/*.css"), *FOLDER.glob("templates/*.j2")]:
        assert not {colour for colour in known if colour[1:].lower() in file.read_text().lower()}, file
    site = (FOLDER.parent / "book" / "_static" / "book.css").read_text()
    assert dict(re.findall(r"(--sdi-[\w-]+): (#\w+);", site)) == looks.tokens()


def test_a_long_strip_stays_small_and_a_huge_one_is_refused():
    assert strip_player([row(str(k), 17, k, noise=0.1) for k in range(3)], times(17)).payload < MOST_BYTES / 2
    with pytest.raises(ValueError, match="fewer frames"):
        strip_player([row(str(k), 129, k, noise=1) for k in range(3)], times(129))


def test_large_frames_are_made_smaller():
    big = StripRow("big", [Image.new("RGB", (1024, 768), "teal")] * 3, [1, 1])
    assert strip_player([big], times(3)).payload < 30_000
    assert big.frames[0].size == (1024, 768)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: strip_player([], times()),
        lambda: strip_player([row(count=1)], [0.0]),
        lambda: strip_player([row()], times(8)),
        lambda: strip_player([StripRow("a", row().frames, [0.0] * 8, {"cost": [0.0] * 8})], times()),
        lambda: strip_player([StripRow("a", row().frames, [0.0] * 9)], times()),
        lambda: strip_player([StripRow("a", row().frames, [float("nan")] * 8)], times()),
        lambda: strip_player([StripRow("a", row().frames, [-0.1] * 8)], times()),
        lambda: strip_player([row(), StripRow("b", row().frames)], times()),
        lambda: coupling_playground(*clouds(13)),
        lambda: coupling_playground(*clouds(d=3)),
        lambda: coupling_playground(clouds(4)[0], clouds(5)[1]),
        lambda: coupling_playground(PointCloud(clouds(2)[0], torch.tensor([0.3, 0.7])), clouds(2)[1]),
        lambda: coupling_playground(*clouds(), names=["standard", "entropic"]),
        lambda: coupling_playground(*clouds(), names=["standard", "clip"]),
        lambda: coupling_playground(*clouds(), names=["optimal"]),
        lambda: coupling_playground(*clouds(), t=1.5),
        lambda: cloud_morph({}),
        lambda: cloud_morph(some_couplings("abcdef")),
        lambda: cloud_morph({"entropic": entropic_coupling(*clouds(), reg=0.1)}),
        lambda: cloud_morph({"standard": standard_coupling(*clouds(d=3))}),
        lambda: cloud_morph({"standard": standard_coupling(*clouds()), "optimal": optimal_coupling(*clouds(seed=1))}),
        lambda: cloud_map(*a_map()[:2], {}),
        lambda: cloud_map(*a_map()[:2], {"optimal": [0, 8]}),
        lambda: cloud_map(*a_map()[:2], {"optimal": [0]}),
        lambda: cloud_map(a_map()[0][:5], *a_map()[1:]),
        lambda: cloud_map(clouds(8, d=3)[0], *a_map()[1:]),
        lambda: ranking(["optimal"], [1]),
        lambda: ranking("abcdef", range(6)),
        lambda: ranking("ab", [1, float("nan")]),
        lambda: ranking("ab", [1, -1]),
        lambda: ranking_game([("a", row().frames[:1], 1), ("b", row().frames, 1)], measure="length"),
        lambda: chain_diagram(links()[:1]),
        lambda: chain_diagram([*links(), Link("none", "", "", {})]),
        lambda: chain_diagram(links(optimal=float("nan"))),
        lambda: chain_diagram(links(optimal=-1)),
        lambda: chain_diagram(links(**dict.fromkeys("abcdef", 1))),
        lambda: chain_diagram([links()[0], Link("a", "", "", links()[0].values, {"other": row().frames[0]})]),
        lambda: pairing_game(*clouds(13)),
        lambda: pairing_game(*clouds(4), p=0.5),
        lambda: cost_histogram(*clouds(7)),
        lambda: cost_histogram(*clouds(4), p=0.5),
        lambda: word_matcher(TOKENS_A, TOKENS_B, {}),
        lambda: matcher(some_couplings(["optimal", "standard", "random", "d", "e", "f"])),
        lambda: word_matcher(TOKENS_A[:-1], TOKENS_B, some_couplings()),
        lambda: matcher({"entropic": entropic_coupling(*clouds(8), reg=0.1)}),
        lambda: word_matcher(TOKENS_A, TOKENS_B, some_couplings(), further=[(TOKENS_B, some_couplings(["optimal"]))]),
        lambda: shuffler({"as encoded": range(8)}),
        lambda: shuffler({"as encoded": range(8), "other": [0] * 8}),
        lambda: shuffler(ends=torch.zeros(2, 3, 8, 8)),
        lambda: shuffler(optimal=torch.zeros(4, 3, 8, 8)),
        lambda: shuffler(**dict.fromkeys("abcdef", torch.zeros(3, 3, 8, 8))),
        lambda: two_roads([], tokens),
        lambda: roads([walk(), walk(names=("standard", "optimal"))]),
        lambda: roads([walk(), walk(frames=6)]),
        lambda: roads([walk(names=("optimal",))]),
        lambda: roads([walk(("a", "b", "c"))]),
        lambda: roads([walk(split=True)]),
        lambda: roads(rest=1.1),
        lambda: dot_plot([], title="", x_label="", y_label="", y_ticks=Y_TICKS),
        lambda: dots(one_panel()),
        lambda: dots(one_panel(Dot(0, float("nan"), "a"))),
        lambda: dots(one_panel(Dot(float("inf"), 0, "a" * 500))),
        lambda: dots(one_panel(Dot(0, 0, "a"), marks=[(0, float("nan"), 0, 0)])),
        lambda: dots(one_panel(Dot(0, 0, "a"), marks=[(0, 0.5, -0.1, 0.4)])),
        lambda: dots(one_panel(Dot(0, 0, "a"), marks=[(0, 0.5, 0.4, 1.4)])),
        lambda: dots(one_panel(Dot(0, 0, "a", {"optimal": b"no picture"}))),
        lambda: dots(one_panel(Dot(0, 0, "a", dict.fromkeys("abcdef", film())))),
        lambda: dots(y_ticks={0.0: "1"}),
        lambda: dots(y_ticks={0.5: "1", 1.0: "2"}),
        lambda: dots(y_ticks={0.0: "1", float("nan"): "2"}),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(broken):
    with pytest.raises(ValueError) as caught:
        broken()
    assert "\n" not in str(caught.value) and len(str(caught.value)) > 30


@pytest.mark.parametrize("direction", [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
def test_points_on_a_line_and_equal_points_can_be_drawn(direction, open_page):
    line = torch.arange(3.0)[:, None] * torch.tensor(direction)
    for player in (coupling_playground(line, line.flip(0)), cost_histogram(line, line.flip(0))):
        page = open_page(player)
        places = page.locator(".sdi-dot.sdi-a").evaluate_all("all => all.map(node => node.getAttribute('transform'))")
        assert len(set(places)) == (3 if any(direction) else 1)
    still = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', coupling_playground(line, line.flip(0)).html)
    discs = set(re.findall(r'<circle cx="[^"]+" cy="[^"]+"', base64.b64decode(still[1]).decode()))
    assert len(discs) == (3 if any(direction) else 1)


def test_the_histogram_holds_the_costs_of_the_package():
    a, b = clouds(4)
    data = json.loads(re.search(r'json">(.*?)</script>', cost_histogram(a, b, p=2).html, re.S)[1])
    assert sorted(map(tuple, data["permutations"])) == list(itertools.permutations(range(4)))
    assert data["costs"] == sorted(data["costs"])
    assert data["costs"][0] == pytest.approx(optimal_coupling(a, b, 2).cost(2))
    assert data["costs"][data["standard"]] == pytest.approx(standard_coupling(a, b).cost(2))


def test_the_browser_finds_the_optimal_costs_of_the_package(open_page):
    problems = [clouds(1 + k % 12, seed=k) for k in range(50)]
    problems += [(a, a.roll(1, 0)) for a, _ in problems[-3:]]
    page = open_page(several(*(coupling_playground(a, b, seed=k) for k, (a, b) in enumerate(problems))))
    figures = page.locator("figure.sdi-player")
    assert figures.count() == len(problems)
    for k, (a, b) in enumerate(problems):
        a, b = a.double(), b.double()
        expected = {
            (name, p): coupling_named(name, a, b, seed=k).cost(p) for name in ("standard", "random", "optimal") for p in (1, 2)
        }
        assert costs(figures.nth(k)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_dots_move_by_mouse_and_by_keyboard(open_page):
    page = open_page(coupling_playground(*clouds()))
    before = costs(page)
    dot = page.get_by_label(re.compile("A row 1"))
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 30, steps=3)
    page.mouse.up()
    dragged = costs(page)
    assert all(dragged[key] != before[key] for key in before)
    moved = dot.bounding_box()
    assert (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((40, -30), abs=2)
    page.mouse.move(x, y)
    assert costs(page) == dragged  # let go
    label = dot.get_attribute("aria-label")
    page.keyboard.press("ArrowLeft")
    assert costs(page) != dragged and dot.get_attribute("aria-label") != label
    page.wait_for_function("document.querySelector('[aria-live]').textContent.includes('optimal coupling: cost')")
    page.get_by_role("button", name="reset").click()
    assert costs(page) == before


def test_dots_follow_a_finger_while_the_page_stays(open_page):
    page = open_page(coupling_playground(*clouds()), has_touch=True, viewport={"width": 360, "height": 740})
    page.evaluate("document.body.style.paddingBottom = '2000px'")  # a page that a finger could scroll
    dot = page.get_by_label(re.compile("B row 0"))

    def middle():
        box = dot.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    x, y = middle()
    session = page.context.new_cdp_session(page)
    moves = [("touchMove", [{"x": x, "y": y - step}]) for step in range(1, 61)]
    for kind, points in [("touchStart", [{"x": x, "y": y}]), *moves, ("touchEnd", [])]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert page.evaluate("scrollY") == 0
    assert middle() == pytest.approx((x, max(y - 60, 0)), abs=3)


def test_shuffling_rows_changes_all_couplings_but_the_optimal_one(open_page):
    page = open_page(coupling_playground(*clouds(8)))
    before = costs(page)
    page.get_by_role("button", name="shuffle").click()
    after = costs(page)
    for p in (1, 2):
        assert after["standard", p] != pytest.approx(before["standard", p])
        assert after["random", p] != pytest.approx(before["random", p])
        assert after["optimal", p] == pytest.approx(before["optimal", p])


def test_choosing_a_coupling_and_morphing_moves_the_dots_along_it(open_page):
    a, b = clouds(3)
    page = open_page(coupling_playground(a, b, names=("standard", "optimal"), t=0.25))
    place = "all => all.map(node => [node.transform.baseVal[0].matrix.e, node.transform.baseVal[0].matrix.f])"
    dots = {cloud: page.locator(f".sdi-dot.sdi-{cloud}").evaluate_all(place) for cloud in "ab"}
    page.get_by_role("button", name="optimal").click()
    assert page.locator("[aria-pressed=true]").all_inner_texts() == ["optimal"]
    strokes = page.locator(".sdi-line").evaluate_all("all => all.map(line => getComputedStyle(line).strokeDasharray)")
    assert set(strokes) == {"none"}  # the optimal coupling's line is whole, as everywhere
    page.get_by_role("slider").press("End")
    assert page.locator("output").inner_text() == "t = 1.00"
    partners = [dots["b"][j] for j in optimal_coupling(a, b).pairs()[1]]
    for mover, partner in zip(page.locator(".sdi-mover").evaluate_all(place), partners, strict=True):
        assert mover == pytest.approx(partner, abs=1e-3)


def walked(page):
    """Where the slider stands, and the distances under both pictures."""
    return page.locator("output").inner_text(), page.locator(".sdi-walked data").all_inner_texts()


def bars(page):
    return page.locator(".sdi-way").evaluate_all("all => all.map(b => b.firstChild.offsetWidth / b.offsetWidth)")


def test_two_roads_rest_and_are_scrubbed_by_keys_and_by_mouse(open_page):
    page = open_page(roads(), reduced_motion="reduce", viewport={"width": 1000, "height": 1000})
    slider = page.get_by_role("slider")
    assert walked(page) == ("t = 0.50", ["1.00", "2.00"]) and bars(page) == pytest.approx([0.25, 0.5], abs=0.01)
    assert page.locator(".sdi-large").evaluate_all("all => Math.min(...all.map(node => node.clientWidth))") >= 320
    slider.press("End")
    assert walked(page) == ("t = 1.00", ["2.00", "4.00"]) and bars(page) == pytest.approx([0.5, 1], abs=0.01)
    assert page.get_by_alt_text("standard coupling, t = 1.00").is_visible()
    slider.press("Home")
    assert walked(page) == ("t = 0.00", ["0.00", "0.00"])
    box = slider.bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 2)
    assert walked(page)[0] == "t = 0.75" and "optimal 1.50, standard 3.00" in slider.get_attribute("aria-valuetext")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_two_roads_move_once_by_themselves_unless_motion_is_unwanted(motion, open_page):
    page = open_page(roads(), clock=True, reduced_motion=motion, viewport={"width": 1000, "height": 1000})
    page.clock.run_for(150)
    page.wait_for_timeout(100)
    page.clock.run_for(400)
    assert (walked(page)[0] == "t = 0.50") == (motion == "reduce")
    page.clock.run_for(3000)
    assert walked(page)[0] == "t = 0.50" and "Play" in page.get_by_role("button", name="Play").inner_text()
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(900)
    assert walked(page)[0] == ("t = 1.00" if motion == "no-preference" else "t = 0.50")


def test_whoever_takes_the_slider_pauses_the_roads_even_where_it_then_stays(open_page):
    page = open_page(roads(), clock=True, viewport={"width": 1000, "height": 1000})
    slider = page.get_by_role("slider")
    slider.press("Home")
    page.get_by_role("button", name="Play").click()
    slider.press("Home")
    page.clock.run_for(3000)
    assert walked(page) == ("t = 0.00", ["0.00", "0.00"])


def lit(page):
    """The word that is lit, those it meets, and the links that are drawn for it."""
    words = [page.locator(f".sdi-word.{name}").all_inner_texts() for name in ("sdi-now", "sdi-met")]
    return *words, page.locator(".sdi-lit").count()


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_a_word_shows_where_each_road_takes_it(touch, open_page):
    size = {"width": 390 if touch else 1000, "height": 1200}
    page = open_page(roads(), reduced_motion="reduce", has_touch=touch, viewport=size)
    word = page.get_by_label("Sentence A").get_by_text("red")
    word.tap() if touch else word.hover()
    a, b = clouds(8)
    words = ["boat", "a", "red"]
    goals = [coupling_named(name, a, b).permutation[2].item() - 1 for name in ("optimal", "standard")]
    met = {words[goal] for goal in goals if 0 <= goal < 3}
    assert lit(page)[0] == ["red"] and set(lit(page)[1]) == met and lit(page)[2] == sum(0 <= goal < 3 for goal in goals)
    assert "on the standard road walks to “a”." in page.locator("p[role=status]").inner_text()


def test_words_are_walked_through_by_keys(open_page):
    page = open_page(roads(), reduced_motion="reduce")
    focused = "document.activeElement.textContent"
    page.get_by_role("slider").focus()
    page.keyboard.press("Tab")
    start = page.evaluate(focused)
    assert page.locator(".sdi-word[tabindex='0']").all_inner_texts() == [start]
    for key, word in [("ArrowLeft", None), ("ArrowLeft", "a"), ("ArrowDown", "boat"), ("ArrowRight", "a"), ("ArrowUp", "red")]:
        page.keyboard.press(key)
        assert word is None or page.evaluate(focused) == word
    assert lit(page)[0] == ["red"]


def test_chips_open_other_pairs(open_page):
    page = open_page(roads(), reduced_motion="reduce")
    chips = page.locator(".sdi-pair")
    assert chips.all_inner_texts() == ["2.0 ×", "2.0 ×"]
    page.get_by_role("slider").press("End")
    chips.nth(1).click()
    assert page.locator(".sdi-pair[aria-pressed=true]").count() == 1 and walked(page)[0] == "t = 0.50"
    assert page.get_by_label("Sentence B").locator("button").all_inner_texts() == ["a", "red", "red", "tent"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_two_roads_are_for_everyone(scheme, open_page):
    page = open_page(roads(), reduced_motion="reduce", color_scheme=scheme, viewport={"width": 360, "height": 900})
    assert violations(page, within="figure") == []


def film_places(page, r=0):
    """Where the frames of a row of film begin and end, from 0 to 1 of what is free."""
    return (
        page.locator(".sdi-frames")
        .nth(r)
        .locator("div")
        .evaluate_all("all => all.map(n => [n.offsetLeft, n.offsetLeft + n.offsetWidth].map(x => x / n.parentNode.clientWidth))")
    )


def frame_now(page, r=0):
    thumbnails = page.locator(".sdi-frames").nth(r).locator("div")
    return thumbnails.evaluate_all("all => all.findIndex(node => node.matches('.sdi-now'))")


def test_strip_keys_button_and_readouts(open_page):
    page = open_page(strips(), clock=True)
    slider, time = page.get_by_role("slider", name="t"), page.locator("output")
    assert time.inner_text() == "t = 0.000"
    assert page.locator(".sdi-card span:visible").all_inner_texts() == ["cost so far 0.00"] * 2  # no step leads to the first frame
    for key, frame in [("ArrowRight", 1), ("ArrowUp", 2), ("ArrowLeft", 1), ("End", 8), ("ArrowRight", 8), ("Home", 0)]:
        slider.press(key)
        assert frame_now(page) == frame_now(page, 1) == frame and time.inner_text() == f"t = {frame / 8:.3f}"
    slider.press("End")
    assert page.locator(".sdi-card span:visible").all_inner_texts() == ["cost so far 4.00", "perceptual step 7.25"] * 2
    assert [float(v) for v in page.locator("data").evaluate_all("all => all.map(d => d.value)")] == [4, 7.25, 4, 7.25]
    assert page.get_by_alt_text("standard, t = 1.000").is_visible()
    slider.focus()
    page.keyboard.press("Space")  # plays to the end and stops there
    button = page.get_by_role("button", name="P")
    assert "Pause" in button.inner_text()
    page.clock.run_for(10_000)
    assert "Play" in button.inner_text() and time.inner_text() == "t = 1.000"
    button.press("Space")  # from the start again; the key acts once
    assert "Pause" in button.inner_text() and frame_now(page) < 8


def test_a_slider_has_the_name_and_the_readouts_that_its_caller_gives(open_page):
    bare = [StripRow(name, row().frames[:3], readouts=readouts) for name, readouts in [("a", {"share": [1, 2, 3]}), ("b", {})]]
    page = open_page(strip_player(bare, [10, 0.0123, 0.01], slider="reg"))
    assert page.locator("output").inner_text() == "reg = 10"
    page.get_by_role("slider", name="reg").press("ArrowRight")
    assert page.locator("output").inner_text() == "reg = 0.0123"
    assert [card.inner_text().split("\n")[-1] for card in page.locator(".sdi-card").all()] == ["share 2", "b"]
    assert not page.get_by_role("button", name="equal widths").count() and not page.locator(".sdi-stairs").count()
    assert [(left + right) / 2 for left, right in film_places(page)][1] == pytest.approx(0.5, abs=0.01)


def test_on_the_film_frames_stand_as_far_apart_as_their_steps(open_page):
    frames = row(count=5).frames
    long, short = StripRow("random", frames, [1, 1, 5, 1]), StripRow("optimal", frames, [1, 1, 1, 1])
    page = open_page(strip_player([long, short], times(5)))
    thumbnail, whole = (page.locator(part).first.bounding_box()["width"] for part in (".sdi-frames img", ".sdi-frames"))
    thumbnail /= whole
    edges = [thumbnail / 2 + (1 - thumbnail) * far / 8 for far in (0.5, 1.5, 4.5, 7.5)]  # halfway between neighbours
    expected = list(zip([0, *edges], [*edges, 1], strict=True))
    assert np.allclose(film_places(page), expected, atol=0.005)
    assert film_places(page, 1)[-1][1] == pytest.approx(thumbnail + (1 - thumbnail) / 2, abs=0.005)  # one scale for all rows
    toggle = page.get_by_role("button", name="equal widths")
    toggle.click()
    assert film_places(page) == film_places(page, 1) and toggle.get_attribute("aria-pressed") == "true"
    assert not page.get_by_text("as far apart as").is_visible()
    toggle.press("Space")
    assert np.allclose(film_places(page), expected, atol=0.005)
    heads = page.locator(".sdi-head").evaluate_all("all => all.map(path => path.getAttribute('d'))")
    assert heads == ["M0 0L0 8V100"] * 2
    page.get_by_role("slider").press("End")  # one playhead: it comes down from where it stands in the row above
    heads = page.locator(".sdi-head").evaluate_all("all => all.map(path => path.getAttribute('d'))")
    assert heads == ["M100 0L100 8V100", "M100 0L50 8V100"]
    colours = page.locator(".sdi-stairs path").evaluate_all("all => all.map(path => path.getAttribute('fill'))")
    assert colours == [looks.look(name).colour for name in ("random", "optimal")]


def drag(page, points, touch):
    """Presses at the first point and moves to the others, by mouse or by finger."""
    if not touch:
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()
        return
    session = page.context.new_cdp_session(page)
    for k, (x, y) in enumerate(points):
        session.send("Input.dispatchTouchEvent", {"type": "touchMove" if k else "touchStart", "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_strips_are_dragged_along_the_film_and_across_a_picture(touch, open_page):
    page = open_page(strips(), has_touch=touch, viewport={"width": 390 if touch else 1000, "height": 1200})
    box = page.locator(".sdi-frames").nth(1).bounding_box()
    right, y = box["x"] + box["width"], box["y"] + 20
    drag(page, [(right - 60 + 4 * k, y + k % 2) for k in range(20)], touch)
    assert frame_now(page) == 8 and page.locator("output").inner_text() == "t = 1.000"
    drag(page, [(right - 4 * k, y) for k in range(1, 60)], touch)
    assert 2 <= frame_now(page) < 8 and page.evaluate("scrollX + scrollY") == 0
    before, picture = frame_now(page), page.locator(".sdi-picture").first.bounding_box()
    x, y = picture["x"] + picture["width"] / 2, picture["y"] + picture["height"] / 2
    drag(page, [(x - 4 * k, y) for k in range(round(picture["width"] / 16))], touch)  # a quarter of it: two of eight steps
    assert frame_now(page) == before - 2
    assert page.evaluate("document.activeElement.type") == "range"  # and the arrow keys go on from there


def test_a_phone_shows_one_large_picture_and_a_switch(open_page):
    page = open_page(strips(), viewport={"width": 390, "height": 900}, has_touch=True)
    assert page.locator(".sdi-picture:visible").count() == 1
    assert page.locator(".sdi-picture:visible").bounding_box()["width"] > 330
    page.get_by_role("button", name="standard").tap()
    assert page.locator(".sdi-picture:visible").get_attribute("alt") == "standard, t = 0.000"
    assert page.locator(".sdi-switch [aria-pressed=true]").all_inner_texts() == ["standard"]
    page.set_viewport_size({"width": 1000, "height": 900})
    assert page.locator(".sdi-picture:visible").count() == 2 and not page.locator(".sdi-switch").is_visible()
    widths = page.locator(".sdi-picture").evaluate_all("all => all.map(picture => picture.clientWidth)")
    assert min(widths) == 400  # they use the room


def test_nothing_moves_before_the_reader_acts(open_page):
    page = open_page(strips(), clock=True, reduced_motion="reduce")
    page.clock.run_for(10_000)
    assert page.locator("output").inner_text() == "t = 0.000"
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(900)
    assert page.locator("output").inner_text() == "t = 0.000"  # a slow pace where motion is to be reduced
    page.clock.run_for(200)
    assert page.locator("output").inner_text() == "t = 0.125"


def test_histogram_walks_through_all_permutations(open_page):
    a, b = clouds(4)
    page = open_page(cost_histogram(a, b))

    def shown():
        return float(page.locator("data").evaluate("node => node.value"))

    assert shown() == pytest.approx(standard_coupling(a, b).cost(1))
    page.get_by_role("slider").press("Home")
    assert page.locator("output").inner_text() == "rank 1 of 24"
    assert shown() == pytest.approx(optimal_coupling(a, b, p=1).cost(1))
    page.get_by_role("slider").press("ArrowRight")
    assert page.locator("output").inner_text() == "rank 2 of 24"
    page.get_by_role("button", name="worst").click()
    assert page.locator("output").inner_text() == "rank 24 of 24"
    page.locator(".sdi-bar").first.locator(".sdi-hit").click(force=True)
    assert page.locator("output").inner_text() == "rank 1 of 24"


def middle(node):
    box = node.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def between(start, end, steps=12):
    return [tuple(x + (y - x) * k / steps for x, y in zip(start, end, strict=True)) for k in range(steps + 1)]


def score(page):
    return float(page.locator(".sdi-score data").evaluate("node => node.value")), page.locator("[role=status]").inner_text()


@pytest.mark.parametrize("how", ["mouse", "finger", "taps"])
def test_dots_are_paired_by_drag_and_by_taps_and_the_cost_runs_along(how, open_page):
    a, b = (cloud.double() for cloud in clouds())
    best = optimal_coupling(a, b, p=1).permutation.tolist()
    page = open_page(pairing_game(a, b), has_touch=how != "mouse", viewport={"width": 390, "height": 800})
    dots = {cloud: page.locator(f".sdi-dot.sdi-{cloud} :not(.sdi-hit, text)") for cloud in "ab"}

    def join(i, j):
        ends = middle(dots["a"].nth(i)), middle(dots["b"].nth(j))
        if how != "taps":
            return drag(page, between(*ends), touch=how == "finger")
        for end in ends:
            page.touchscreen.tap(*end)

    for done, (i, j) in enumerate(enumerate(best), 1):
        assert not page.get_by_role("button", name="show the cheapest").is_enabled()
        join(i, j)
        expected = sum((a[i] - b[best[i]]).norm().item() for i in range(done)) / 5
        assert score(page)[0] == pytest.approx(expected, rel=1e-9)
        assert f"{done} of 5 paired" in page.locator(".sdi-score").inner_text()
    assert score(page)[1] == "You found the cheapest pairing." and page.evaluate("scrollY") == 0
    join(0, best[1])  # taken: its owner lets go
    assert "4 of 5 paired" in page.locator(".sdi-score").inner_text() and score(page)[1] == ""
    join(1, best[0])
    swapped = [best[1], best[0], *best[2:]]
    cost, said = score(page)
    assert cost == pytest.approx((a - b[swapped]).norm(dim=1).mean().item(), rel=1e-9)
    dearer = cost / optimal_coupling(a, b, p=1).cost(1) - 1
    assert said.endswith(f"yours is {100 * dearer:.1f} % dearer.")
    page.get_by_role("button", name="show the cheapest").click()
    assert page.locator(".sdi-cheapest").first.is_visible()
    page.get_by_role("button", name="start again").click()
    assert score(page) == (0, "") and not page.locator(".sdi-cheapest").first.is_visible()


def test_dots_are_paired_by_keys(open_page):
    a, b = clouds()
    far = torch.cdist(a, b)
    page = open_page(pairing_game(a, b))
    page.keyboard.press("Tab")
    for key, rank in [("ArrowRight", 0), ("ArrowDown", 1), ("ArrowLeft", 0), ("ArrowUp", 4), ("ArrowRight", 0)]:
        page.keyboard.press(key)
        partner = far[0].argsort()[rank].item()
        label = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert label.startswith(f"A row 0, goes to B row {partner}, distance {far[0, partner]:.3f}"[:-2])
    page.keyboard.press("Delete")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "A row 0, not paired" and score(page) == (0, "")


def test_clouds_morph_together_and_the_bad_ones_shrink(open_page):
    couplings = some_couplings(n=12)
    page = open_page(cloud_morph(couplings), viewport={"width": 390, "height": 700})
    slider = page.get_by_role("slider")
    for key, t in [(None, 0.5), ("ArrowRight", 0.51), ("Home", 0), ("End", 1)]:
        if key:
            slider.press(key)
        assert page.locator("output").inner_text() == f"t = {t:.2f}"
        clouds_now = [displacement_path(coupling)(t).points for coupling in couplings.values()]
        expected = [(cloud - cloud.mean(0)).square().sum(1).mean().sqrt().item() for cloud in clouds_now]
        assert page.locator("data").evaluate_all("all => all.map(d => Number(d.value))") == pytest.approx(expected, rel=1e-6)
        rings = page.locator(".sdi-spread").evaluate_all("all => all.map(ring => Number(ring.getAttribute('r')))")
        assert np.allclose(np.divide(rings, expected), rings[0] / expected[0])  # one scale
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    optimal, standard, random = page.locator("data").evaluate_all("all => all.map(d => Number(d.value))")
    assert optimal > max(standard, random) and "spread: optimal" in slider.get_attribute("aria-valuetext")


@pytest.mark.parametrize("how", ["mouse", "finger", "keys"])
def test_strips_are_ranked_by_eye_before_their_names_and_numbers_show(how, open_page):
    page = open_page(ranking(), has_touch=how == "finger", viewport={"width": 390, "height": 900})

    def act(name):
        button = page.get_by_role("button", name=name)
        return button.press("Enter") if how == "keys" else button.tap() if how == "finger" else button.click()

    def order():
        return [text[-1] for text in page.locator(".sdi-ranking strong").all_inner_texts()]

    data = json.loads(page.locator('script[type="application/json"]').text_content())
    names = dict(zip("PQR", [strip["name"] for strip in data["strips"]], strict=True))
    assert order() == ["P", "Q", "R"] and sorted(names.values()) == ["cross fade", "optimal", "standard"]
    assert not page.get_by_text("optimal:").is_visible()
    assert page.locator(".sdi-shots").first.get_attribute("aria-label") == "Strip P, from left to right"
    wanted = sorted("PQR", key=lambda letter: ["optimal", "standard", "cross fade"].index(names[letter]))
    for place, letter in enumerate(wanted):
        for k in range(order().index(letter), place, -1):
            act(f"Move strip {letter} up")
            assert page.locator("[role=status]").inner_text() == f"Strip {letter} is in place {k} of 3."
            assert page.evaluate("document.activeElement.getAttribute('aria-label')") == f"Move strip {letter} up"
    assert order() == wanted
    act(f"Move strip {wanted[0]} up")  # it is the first already
    assert order() == wanted
    act("show the numbers")
    assert page.locator("[role=status]").inner_text() == "Your order is that of the perceptual length."
    assert [float(v) for v in page.locator("data").evaluate_all("all => all.map(d => d.value)")] == [1.5, 2.5, 4]
    assert page.get_by_text("optimal:").is_visible()
    act(f"Move strip {wanted[0]} down")
    assert page.locator("[role=status]").inner_text().endswith("You and the perceptual length agree on 2 of 3 pairs.")
    act("hide the numbers")
    assert not page.get_by_text("optimal:").is_visible()


@pytest.mark.parametrize("how", ["mouse", "finger", "keys"])
def test_a_chain_is_gone_along_link_by_link(how, open_page):
    page = open_page(chain_diagram(links()), has_touch=how == "finger", viewport={"width": 390, "height": 900})
    panel, tabs = page.get_by_role("tabpanel"), page.get_by_role("tab")
    assert panel.get_attribute("aria-label") == "words" and "Words meet words." in panel.inner_text()
    assert panel.locator("data").all_inner_texts() == ["0.50", "1.25"]
    widths = panel.locator(".sdi-length").evaluate_all("all => all.map(bar => bar.clientWidth)")
    assert widths[0] / widths[1] == pytest.approx(0.4, abs=0.01)
    tabs.first.focus()
    way = [("rows", "ArrowRight"), ("picture", "ArrowDown"), ("words", "Home"), ("picture", "End"), ("rows", "ArrowLeft")]
    for name, key in way:
        if how == "keys":
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.textContent") == name
        else:
            tab = page.get_by_role("tab", name=name)
            tab.tap() if how == "finger" else tab.click()
        assert panel.get_attribute("aria-label") == name
        assert (
            page.locator("[aria-selected=true]").all_inner_texts() == [name]
            and page.locator("[role=tab][tabindex='0']").count() == 1
        )
        assert panel.locator("img").count() == (2 if name == "picture" else 0)
        assert panel.locator("data").count() == (1 if name == "rows" else 2)


def cloud_at_ring(page):
    place = "all => all.map(node => [node.transform.baseVal[0].matrix.e, node.transform.baseVal[0].matrix.f])"
    return page.locator(".sdi-mover").evaluate_all(place)


def test_a_point_walks_on_the_map_by_keys_and_its_cloud_shows(open_page):
    page = open_page(cloud_map(*a_map()))
    slider = page.get_by_role("slider", name="Point on the map")
    assert slider.get_attribute("aria-valuetext") == "optimal path, t = 0.50"
    seen = [cloud_at_ring(page)]
    for key, said in [
        ("ArrowRight", "optimal path, t = 0.75"), ("ArrowDown", "random path, t = 0.75"), ("ArrowDown", "random path, t = 0.75"),
        ("End", "B"), ("ArrowRight", "B"), ("Home", "A"), ("ArrowUp", "A"), ("ArrowRight", "optimal path, t = 0.25"),
    ]:  # fmt: skip
        slider.press(key)
        assert slider.get_attribute("aria-valuetext") == said == page.locator(".sdi-score").inner_text()
        seen.append(cloud_at_ring(page))
    assert seen[2] == seen[3] and seen[4] == seen[5] and seen[6] == seen[7] and seen[0] != seen[1] != seen[2]
    halfway = [[(x + y) / 2 for x, y in zip(*ends, strict=True)] for ends in zip(seen[1], seen[8], strict=True)]
    assert np.allclose(halfway, seen[0], atol=1e-3)  # t = 0.75 and t = 0.25 along straight lines


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_a_point_is_dragged_on_the_map(touch, open_page):
    page = open_page(cloud_map(*a_map()), has_touch=touch, viewport={"width": 390 if touch else 1000, "height": 600})
    slider = page.get_by_role("slider")
    start, first = middle(page.locator(".sdi-ring")), cloud_at_ring(page)
    b = middle(page.locator(".sdi-land .sdi-dot.sdi-b :not(.sdi-hit, text)"))
    drag(page, between(start, b), touch)
    assert slider.get_attribute("aria-valuetext") == "B" and middle(page.locator(".sdi-ring")) == pytest.approx(b, abs=1)
    drag(page, between(b, (start[0], 2 * b[1] - start[1])), touch)
    assert slider.get_attribute("aria-valuetext") == "random path, t = 0.50" and cloud_at_ring(page) != first
    assert page.evaluate("scrollY") == 0


def answers(page):
    return [text.replace("\n", " ") for text in page.locator("figure.sdi-player dd").all_inner_texts()]


@pytest.mark.parametrize("letter", "AB")
def test_the_matcher_answers_to_pointer_and_keys_with_partner_and_distance(letter, open_page):
    a, b = clouds(8)
    couplings = some_couplings()
    page = open_page(matcher())
    partners = {name: one.permutation.tolist() for name, one in couplings.items()}
    for row, label in enumerate(["<start>", "red", "boat"] if letter == "A" else ["<start>", "boat", "red"]):
        page.get_by_label(f"{letter}, row {row}: {label}").hover()
        assert f"{letter}, row {row}: “{label}”" in page.locator("[role=status] p").inner_text()
        for text, to in zip(answers(page), partners.values(), strict=True):
            i, j = (row, to[row]) if letter == "A" else (to.index(row), row)
            assert text.startswith(TOKENS_B[j] if letter == "A" else TOKENS_A[i])
            assert float(text.split("distance ")[1]) == pytest.approx((a[i] - b[j]).norm().item(), abs=0.006)
        assert page.locator(".sdi-chosen path").count() == 3
    assert page.locator("[role=status]").get_attribute("aria-live") == "polite"


def test_the_matcher_is_walked_through_by_keys(open_page):
    page = open_page(matcher())
    focused = "document.activeElement.getAttribute('aria-label')"
    for _ in range(4):  # three buttons, then the chosen token
        page.keyboard.press("Tab")
    assert page.evaluate(focused) == "A, row 1: red"
    for key, label in [
        ("ArrowDown", "A, row 2: boat"), ("ArrowRight", "B, row 2: red"), ("End", "B, rows 5 to 7: <pad> × 3"),
        ("ArrowDown", "B, rows 5 to 7: <pad> × 3"), ("ArrowLeft", "A, rows 4 to 7: <pad> × 4"), ("Home", "A, row 0: <start>"),
        ("ArrowUp", "A, row 0: <start>"),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert page.evaluate(focused) == label
        assert page.locator(".sdi-now").get_attribute("aria-label") == label
    assert page.locator(".sdi-chip[tabindex='0']").count() == 1
    page.keyboard.press("Tab")  # leaves the tokens
    assert page.evaluate("document.activeElement.closest('.sdi-chip')") is None


def test_the_matcher_shows_and_hides_all_lines_of_a_coupling(open_page):
    page = open_page(matcher(some_couplings(["optimal", "standard", "random", "random_words", "e"])))
    visible = "all => all.filter(g => getComputedStyle(g).display !== 'none').map(g => g.dataset.coupling)"
    assert page.locator(".sdi-all").evaluate_all(visible) == ["optimal"]
    page.get_by_role("button", name="random words").click()
    page.get_by_role("button", name="optimal").click()
    assert page.locator(".sdi-all").evaluate_all(visible) == ["random words"]
    assert page.locator(".sdi-controls [aria-pressed=true]").all_inner_texts() == ["random words"]
    assert len(answers(page)) == 5 and all(answers(page))


def tally(page):
    """What B says, the costs, and how many words meet themselves."""
    said = page.locator("p[role=status]").inner_text()
    return said, *(page.locator(f".sdi-tally {part}").all_inner_texts() for part in ("data", "span"))


@pytest.mark.parametrize("how", ["mouse", "finger", "keys"])
def test_a_word_put_in_front_moves_the_rows_and_the_costs_follow(how, open_page):
    page = open_page(slipping(), has_touch=how == "finger", viewport={"width": 390 if how == "finger" else 1000, "height": 900})

    def act(name):
        button = page.get_by_role("button", name=name)
        button.press("Enter") if how == "keys" else button.tap() if how == "finger" else button.click()

    seen = []
    for step, words in enumerate(["red boat", "big red boat", "very big red boat"]):
        if step:
            act("a word in front")
        labels, couplings = stages()[step]
        said, costs_said, met = tally(page)
        assert said == f"B: “{words}”"
        assert [float(cost) for cost in costs_said] == pytest.approx([one.cost(2) for one in couplings.values()], abs=0.005)
        partners = [one.permutation.tolist() for one in couplings.values()]
        kept = [sum(labels[to[i]] == TOKENS_A[i] for i in (1, 2)) for to in partners]
        assert met == [f", {count} of 2 words meet themselves" for count in kept]
        assert page.get_by_label("Tokens of B").locator("span").all_inner_texts()[1] == words.split()[0]
        seen.append(page.locator(".sdi-all path").evaluate_all("all => all.map(path => path.getAttribute('d'))"))
    assert seen[0] != seen[1] != seen[2]
    page.get_by_role("button", name="a word in front").press("Enter")  # there is none left
    assert tally(page)[0] == "B: “very big red boat”"
    assert page.get_by_role("button", name="a word in front").get_attribute("aria-disabled") == "true"
    act("take it away")
    assert tally(page)[0] == "B: “big red boat”" and len(answers(page)) == 2 and all(answers(page))


def painted(page):
    """The order that is shown, its rows, the alt texts of the pictures, and their differences from the first order's."""
    values = page.locator("data").evaluate_all("all => all.map(d => Number(d.value))")
    alts = page.locator(".sdi-painted img").evaluate_all("all => all.map(image => image.alt)")
    return page.locator("[role=status]").inner_text(), page.locator(".sdi-order li").all_inner_texts(), alts, values


@pytest.mark.parametrize("how", ["mouse", "finger", "keys"])
def test_shuffled_rows_leave_the_picture_and_change_what_lies_halfway(how, open_page):
    page = open_page(shuffler(), has_touch=how == "finger", viewport={"width": 390 if how == "finger" else 1000, "height": 900})

    def act(name):
        button = page.get_by_role("button", name=name)
        button.press("Enter") if how == "keys" else button.tap() if how == "finger" else button.click()

    shown = ["·" if label == "<pad>" else label for label in TOKENS_A]
    first = painted(page)
    assert first[:2] == ("Rows as encoded, order 1 of 3.", shown) and first[3] == [0, 0, 0]
    sources = page.locator(".sdi-painted img").evaluate_all("all => all.map(image => image.src)")
    for name, number in [("backwards", 2), ("shuffled", 3), ("backwards", 2)]:
        act("shuffle the rows")
        said, rows, alts, apart = painted(page)
        assert said == f"Rows {name}, order {number} of 3." and rows == [shown[row] for row in ORDERS[name]]
        assert alts == [f"{what}, rows {name}" for what in ("its picture", "halfway, optimal", "halfway, standard")]
        assert apart == pytest.approx([1e-6 * (number - 1), 2e-6 * (number - 1), 0.25 * (number - 1)], rel=1e-3)
        now = page.locator(".sdi-painted img").evaluate_all("all => all.map(image => image.src)")
        assert now[:2] == sources[:2] and now[2] != sources[2]
    act("as encoded")
    assert painted(page) == first


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_rows_fly_to_their_places_unless_motion_is_unwanted(motion, open_page):
    page = open_page(shuffler(), reduced_motion=motion)
    page.get_by_role("button", name="shuffle the rows").click()
    moving = page.locator(".sdi-order").evaluate("list => list.getAnimations({ subtree: true }).length")
    assert moving == (0 if motion == "reduce" else len(TOKENS_A))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_matcher_is_legible_in_light_and_dark(scheme, open_page):
    settings = {"viewport": {"width": 360, "height": 640}, "color_scheme": scheme, "reduced_motion": "reduce", "has_touch": True}
    page = open_page(matcher(some_couplings(["optimal", "standard", "random", "d", "e"])), **settings)
    page.get_by_label("B, row 3: sea").tap()
    assert "sea" in page.locator("[role=status] p").inner_text()
    edges = page.locator(".sdi-chip, .sdi-answer").evaluate_all("all => all.map(node => node.getBoundingClientRect().right)")
    assert max(edges) <= page.locator("figure").evaluate("node => node.getBoundingClientRect().right") + 0.5
    channels = page.locator(".sdi-sample path").evaluate_all(
        """all => all.map(node => {
            const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
            pen.fillStyle = getComputedStyle(node).stroke;
            pen.fillRect(0, 0, 1, 1);
            return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
        })"""
    )
    assert len(channels) == 10
    page_light = luminance((255, 255, 255) if scheme == "light" else (18, 18, 18))
    for colour in channels:
        low, high = sorted((luminance(colour), page_light))
        assert (high + 0.05) / (low + 0.05) >= 3  # WCAG 2.1, 1.4.11: what is no text
    assert page.locator("[role=status]").evaluate("node => node.getAnimations({ subtree: true }).length") == 0


def opened(page):
    """What the chosen dot of the dot plot says, and the couplings of its strips."""
    return page.locator("[role=status]").inner_text(), page.locator(".sdi-film").all_inner_texts()


def at_ring(page):
    """The middle of the ring around the chosen dot."""
    box = page.locator(".sdi-ring").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


SECOND = "many: second It lies beyond the axis and is drawn at its edge."


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_a_dot_opens_its_strips_by_mouse_and_by_touch(touch, open_page):
    page = open_page(dots(), has_touch=touch, viewport={"width": 400 if touch else 1000, "height": 1000})
    act = page.touchscreen.tap if touch else page.mouse.click
    assert opened(page) == (SECOND, ["optimal"])  # the first with strips of the last panel
    sizes = "all => all.map(image => [image.complete, image.naturalWidth, image.width])"
    assert page.locator(".sdi-film img").evaluate_all(sizes) == [
        [True, 90, page.locator(".sdi-stage").evaluate("node => node.clientWidth")]
    ]
    page.get_by_role("slider", name="many").press("ArrowRight")
    x, y = at_ring(page)
    page.keyboard.press("Home")
    assert opened(page) == ("many: first Its pictures are not in this page.", [])
    act(x - 9, y + 9)
    assert opened(page) == ("many: third", ["standard", "random words"])
    act(x - 30, y + 30)  # near no dot
    assert opened(page)[0] == "many: third"
    box = page.get_by_role("slider", name="few").bounding_box()
    act(box["x"] + box["width"] / 2, box["y"] + 0.1 * box["height"])
    assert opened(page) == ("few: second", ["optimal"])
    assert at_ring(page) == pytest.approx((box["x"] + box["width"] / 2, box["y"] + 0.1 * box["height"]), abs=3)


def test_the_dots_are_walked_through_by_keys(open_page):
    page = open_page(dots())
    focused = "document.activeElement.getAttribute('aria-label')"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "few" and opened(page)[0] == "few: second"
    for key, number in [
        ("ArrowLeft", 1), ("ArrowLeft", 1), ("ArrowUp", 3), ("ArrowUp", 2), ("ArrowUp", 2), ("ArrowRight", 3), ("ArrowDown", 1),
        ("End", 3), ("Home", 1),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert opened(page)[0].startswith("few: " + ["first", "second", "third"][number - 1])
        assert page.get_by_role("slider", name="few").get_attribute("aria-valuetext") == f"dot {number} of 3"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "many" and opened(page) == (SECOND, ["optimal"])
    page.keyboard.press("Shift+Tab")
    assert opened(page)[0].startswith("few: first")
    assert page.locator("[role=status]").get_attribute("aria-live") == "polite"


def test_dots_without_any_strips_still_say_who_they_are(open_page):
    page = open_page(dots(one_panel(Dot(0, 0, NASTY), Dot(1, 0, "other"))))
    assert page.locator("[role=status]").text_content() == f"{NASTY} Its pictures are not in this page."
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(("width", "across"), [(400, 1), (1000, 2)])
def test_panels_stand_side_by_side_where_there_is_room(width, across, open_page):
    page = open_page(dots(), viewport={"width": width, "height": 900})
    boxes = page.locator(".sdi-scatter").evaluate_all("all => all.map(node => node.getBoundingClientRect().toJSON())")
    assert len({round(box["x"]) for box in boxes}) == across and len({round(box["y"]) for box in boxes}) == 3 - across
    assert page.locator(".sdi-y:visible").all_text_contents() == ["1/e", "1", "e"] * (3 - across)
    assert violations(page, within="figure") == []


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (channel / 255 for channel in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_any_player(scheme, open_page):
    page = open_page(several(*(make() for make in PLAYERS.values())), color_scheme=scheme)
    assert violations(page, within="figure") == []


def test_the_ink_of_figures_reads_on_light_and_on_dark_pages():
    lighter = float(re.search(r"brightness\(([\d.]+)\)", (FOLDER / "templates" / "figure.html.j2").read_text())[1])
    grey = [int(looks.GREY[at : at + 2], 16) for at in (1, 3, 5)]
    assert 1.05 / (luminance(grey) + 0.05) >= 4.5
    assert (luminance([lighter * channel for channel in grey]) + 0.05) / (luminance((18, 18, 18)) + 0.05) >= 4.5


@pytest.mark.parametrize("make", SLIDING.values(), ids=SLIDING)
def test_twins_on_one_page_both_work(make, open_page):
    page = open_page(several(make(), make()))
    first, second = (page.locator("figure").nth(k) for k in (0, 1))
    before = first.locator("output").inner_text()
    second.get_by_role("slider").press("End")
    end = second.locator("output").inner_text()
    assert first.locator("output").inner_text() == before != end
    first.get_by_role("slider").press("End")
    assert first.locator("output").inner_text() == end


def drawn(figure):
    """What each element of a player looks like."""
    return figure.evaluate(
        """(figure, names) => [...figure.querySelectorAll("*:not(style, script)")].map(node => {
            const style = getComputedStyle(node);
            return `${node.localName}.${node.getAttribute("class")} ${names.map(name => style[name]).join(" ")}`;
        })""",
        ["display", "position", "width", "height", "margin", "padding", "border", "gridTemplateColumns", "font", "opacity",
         "color", "backgroundColor", "fill", "stroke", "strokeWidth", "strokeDasharray", "cursor", "visibility"],
    )  # fmt: skip


def test_a_player_looks_the_same_beside_any_other(open_page):
    settings = {"viewport": {"width": 900, "height": 900}, "reduced_motion": "reduce"}
    made = [make() for make in PLAYERS.values()]
    together = open_page(several(*made, *made[::-1]), **settings).locator("figure.sdi-player")
    for k, player in enumerate(made):
        alone = drawn(open_page(player, **settings).locator("figure.sdi-player"))
        assert drawn(together.nth(k)) == alone == drawn(together.nth(2 * len(made) - 1 - k)), player.title


@pytest.mark.parametrize("current_script", [True, False], ids=["currentScript", "null"])
def test_players_run_where_a_notebook_inserts_them(current_script, open_page):
    page = open_page(several())
    if not current_script:
        page.evaluate("Object.defineProperty(document, 'currentScript', { get: () => null })")
    for make in (strips, strips, PLAYERS["playground"], PLAYERS["histogram"], *PLAYERS.values()):
        page.evaluate(
            """text => {
                const output = document.createElement("div");
                document.body.append(output);
                output.innerHTML = text;
                for (const old of output.querySelectorAll("script")) {
                    const script = document.createElement("script");
                    for (const { name, value } of old.attributes) script.setAttribute(name, value);
                    script.textContent = old.textContent;
                    old.replaceWith(script);
                }
            }""",
            make().html,
        )
    assert page.locator(".sdi-still").count() == 0
    for k in range(4):
        page.get_by_role("slider").nth(k).press("End")
    assert page.locator("output").all_inner_texts()[:4] == ["t = 1.000", "t = 1.000", "t = 1.00", "rank 24 of 24"]


def test_nasty_text_is_only_text(open_page):
    page = open_page(strip_player([row(NASTY)], times(), title=NASTY))
    assert page.evaluate("window.hacked") is None
    assert page.locator("strong").text_content() == NASTY == page.locator("figcaption").text_content()
    assert page.locator(".sdi-picture").get_attribute("alt").startswith(NASTY)


@pytest.mark.parametrize("make", PLAYERS.values(), ids=PLAYERS)
def test_without_scripts_a_still_picture_shows(make, open_page):
    page = open_page(make(), java_script_enabled=False)
    still = page.locator("img.sdi-still")
    assert still.is_visible() and still.bounding_box()["width"] > 100 and len(still.get_attribute("alt")) > 20
    assert page.locator("noscript p").is_visible()


@pytest.mark.parametrize("width", [360, 1600])
def test_no_page_scrolls_sideways(width, open_page):
    page = open_page(several(*(make() for make in PLAYERS.values())), viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    targets = page.locator(":is(button, input, .sdi-hit):visible")
    sizes = targets.evaluate_all("all => all.map(n => n.getBoundingClientRect().height)")
    assert min(sizes) >= 24


def test_a_row_measures_its_own_pictures():
    frames = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    made = strip_row("mine", frames, {"cost": [0.0, 1.0, 2.0]})
    assert (made.label, len(made.frames), made.readouts) == ("mine", 3, {"cost": [0.0, 1.0, 2.0]})
    assert made.steps == pytest.approx(perceptual_distance(frames[:-1], frames[1:]).sqrt().tolist(), rel=1e-4)

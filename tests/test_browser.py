"""The bundled model in the reader's browser: its networks, and the page that paints, from a file, with the network cut."""

import functools
import re
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image
from torch.overrides import TorchFunctionMode

from sdinterp import PointCloud, displacement_path, interpolate_prompts
from sdinterp.browser import assets
from sdinterp.browser.assets import write_assets
from sdinterp.browser.buttons import paint_here
from sdinterp.browser.runtime import NoRuntime
from sdinterp.perception import perceptual_distance, perceptual_features
from sdinterp.pictures import to_pil
from sdinterp.plans import Coupling
from tests.axe import violations
from tests.pages import CHROMIUM, watch
from tests.test_players import between, drag

onnxruntime = pytest.importorskip("onnxruntime")
expect = pytest.importorskip("playwright.sync_api").expect
CACHE = Path(__file__).resolve().parent.parent / "build" / "browser"
RULE = (
    "script-src 'self' blob: 'wasm-unsafe-eval'; worker-src blob:; style-src 'self' 'unsafe-inline'; default-src 'self' data: blob:"
)
"""What a site may forbid: all but this."""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Live</title>{head}
<link rel="stylesheet" href="_static/live/live.css"><script defer src="_static/live/live.js"></script></head>
<body><main><h1>Live</h1><div id="sdi-live"></div><figure class="sdi-player">recorded strips</figure></main></body></html>"""
PAIRS = [
    ("a small red boat at sea at noon", "a big yellow tent on the snow at night"),
    ("a dog", "a dog"),
    ("", "a castle in the woods at dawn"),
    ("a golden lighthouse on the beach at sunset", "at sunset, on the beach, a lighthouse, golden"),
    ("a white cottage before the mountains under a rainbow", "a purple balloon above the city at midnight"),
    ("red", "boat"),
    ("a zebra, naïve ☕", "a scarlet automobile beside a fence"),
    ("a tiny snowman to the left", "a huge snowman to the right"),
    ("tulips in the meadow", "pebbles along the edge"),
    ("an airship", "a windmill behind the hedge with a crescent moon"),
]
SETTINGS = [
    {"seed": k, "coupling_seed": k + 1, "steps": 2 + k % 2, "guidance": 1 if k == 5 else 4, "frames": 3} for k in range(len(PAIRS))
]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A page beside all that it loads."""
    root = tmp_path_factory.mktemp("site")
    if missing := write_assets(root / "_static", CACHE):
        pytest.skip(missing)
    root.joinpath("live.html").write_text(PAGE.format(head=""))
    return root


@pytest.fixture(scope="module")
def painter(browser, site) -> Iterator:
    """The page, opened from its file with the network cut."""
    with browser.new_context(offline=True) as context:
        tab = context.new_page()
        troubles = watch(tab, ("file:", "blob:", "data:"))
        tab.set_default_timeout(240_000)
        tab.goto(site.joinpath("live.html").as_uri())
        tab.evaluate("document.querySelector('#sdi-live').addEventListener('painted', ({ detail }) => (window.painted = detail))")
        yield tab
        assert troubles == []


def painted(tab, a: str, b: str, couplings=("optimal", "standard", "random"), **numbers) -> list[dict]:
    """The strips that a press of the button brings: pictures, partners and measures."""
    tab.evaluate("window.painted = null")
    tab.get_by_label("Prompt A").fill(a)
    tab.get_by_label("Prompt B").fill(b)
    for name, number in numbers.items():
        tab.locator(f"#sdi-live-{name}").fill(str(number))
    for box in tab.locator("fieldset input").all():
        box.set_checked(box.get_attribute("value") in couplings)
    tab.locator("button[type=submit]").click()
    expect(tab.locator(".sdi-live-said")).to_have_text(re.compile("instead|^All"), timeout=240_000)
    assert tab.evaluate("Boolean(window.painted)"), tab.locator(".sdi-live-said").inner_text()
    return tab.evaluate(
        """() => Promise.all([...document.querySelectorAll("#sdi-live .sdi-row")].map(async (row, k) => ({
          name: row.querySelector("span").textContent, measures: Object.values(painted.measures[k]), partner: painted.partners[k],
          pictures: await Promise.all([...row.querySelectorAll(".sdi-frames img")].map(async (image) => {
            await image.decode();
            const pen = new OffscreenCanvas(64, 64).getContext("2d");
            pen.drawImage(image, 0, 0);
            return Array.from(pen.getImageData(0, 0, 64, 64).data);
          })),
        })))"""
    )


@pytest.mark.parametrize(("pair", "settings"), list(zip(PAIRS, SETTINGS, strict=True)))
def test_the_page_paints_what_the_package_paints(pair, settings, painter, model):
    found = painted(painter, *pair, **settings)
    made = interpolate_prompts(*pair, model=model, net="postcards", **settings)
    for got in found:
        strip = made[got["name"]]
        assert got["partner"] == strip.coupling.pairs()[1].tolist()
        pictures = np.array(got["pictures"], dtype=float).reshape(-1, 64, 64, 4)[..., :3]
        assert np.abs(pictures - [np.asarray(frame, dtype=float) for frame in to_pil(strip.frames)]).max() <= 2
        wanted = [np.nan if one is None else one for one in strip.measures.values()]
        assert [np.nan if one is None else one for one in got["measures"]] == pytest.approx(wanted, rel=1e-3, abs=1e-6, nan_ok=True)


def offered(site: Path, *others: str) -> str:
    """What the button says where some files are not among those to be loaded."""
    bare = {"live", "here", "gifenc", *others}
    total = sum(file.stat().st_size for file in site.glob("_static/live/*.js") if file.stem not in bare)
    return f"Paint (loads {round(total / 1e6)} MB from this site, once)"


CARD = ("card-ort", "card-mjs", "card-wasm")


def test_nothing_is_loaded_before_the_button_which_says_how_much(browser, site):
    with browser.new_context(offline=True) as context:
        tab, asked = context.new_page(), []
        tab.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        tab.goto(site.joinpath("live.html").as_uri())
        tab.wait_for_load_state("networkidle")
        assert sorted(asked) == ["live.css", "live.html", "live.js"]
        assert tab.locator("button[type=submit]").inner_text() == offered(site, *CARD)


IMITATED = b"""
performance.now = ((calls) => () => calls++ ** 2)(0); // what comes later takes longer
ort.InferenceSession.create = ((create) => (file) => create.call(ort.InferenceSession, file))(ort.InferenceSession.create);
"""
"""Before the worker's own script: its card is the processor, and seems quicker than that."""


@pytest.mark.parametrize("real", [False, True])
def test_a_graphics_card_helps_if_it_is_real(real, browser, site, model):
    """None is to be had here: Chromium imitates one, which is left alone. To be tried nevertheless it is said to be real."""
    worker = assets.packed("worker", IMITATED + assets.script(assets.IN_THE_WORKER).encode())
    page = site / "card.html"
    page.write_text(PAGE.format(head="").replace("_static", broken(site, "worker.js", worker) if real else "_static"))
    flags = ["--no-sandbox", "--enable-unsafe-webgpu"]
    with browser.browser_type.launch(executable_path=CHROMIUM, args=flags) as chromium:
        tab = chromium.new_context(offline=True).new_page()
        tab.set_default_timeout(240_000)
        if real:
            tab.add_init_script("Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { value: false })")
        tab.goto(page.as_uri())
        assert tab.evaluate("navigator.gpu.requestAdapter().then(Boolean)")
        expect(tab.locator("button[type=submit]")).to_have_text(offered(site, *(["ort", "mjs", "wasm"] if real else CARD)))
        if not real:
            return
        tab.evaluate("document.querySelector('#sdi-live').addEventListener('painted', ({ detail }) => (window.painted = detail))")
        for helped in ("", " with the help of the graphics card"):  # it is tried after the first pictures
            (found,) = painted(tab, *PAIRS[0], ["optimal"], steps=2, frames=2, seed=3, guidance=4)
            assert re.match(rf"All pictures, in \d+ s{helped}\.", tab.locator(".sdi-live-said").inner_text())
        made = interpolate_prompts(*PAIRS[0], "optimal", 2, steps=2, seed=3, guidance=4, model=model)["optimal"]
        shown = np.array(found["pictures"], dtype=float).reshape(-1, 64, 64, 4)[..., :3]
        assert np.abs(shown - [np.asarray(frame, dtype=float) for frame in to_pil(made.frames)]).max() <= 2


def test_stop_answers_within_a_second_and_the_page_paints_again(painter):
    painter.locator("#sdi-live-steps").fill("50")
    painter.locator("button[type=submit]").click()
    painter.get_by_text("Painting the two ends").wait_for()
    painter.get_by_role("button", name="Stop").click()
    assert painter.get_by_text("Stopped.").is_visible() and painter.locator("button[type=submit]").is_enabled()
    assert [one["name"] for one in painted(painter, "a dog", "a boat", ["random words"], steps=1, frames=2)] == ["random words"]


def test_a_tab_whose_process_was_put_to_sleep_goes_on(painter):
    for name, number in {"steps": 3, "frames": 3}.items():
        painter.locator(f"#sdi-live-{name}").fill(str(number))
    painter.locator("button[type=submit]").click()
    painter.get_by_text("Painting the two ends").wait_for()
    tabs = [process for process in psutil.Process().children(recursive=True) if "--type=renderer" in process.cmdline()]
    for process in tabs:
        process.suspend()
    time.sleep(1)
    for process in tabs:
        process.resume()
    assert tabs
    expect(painter.locator(".sdi-live-said")).to_have_text(re.compile("^All"), timeout=240_000)


def test_unknown_words_are_named_as_text_before_anything_is_painted(painter):
    painter.get_by_label("Prompt A").fill("<img src=x onerror='window.hacked = 1'> a lighthouze")
    said = painter.locator("#sdi-live-hint-a").text_content()
    assert "“lighthouze” (near: lighthouse" in said and "“<”" in said and painter.evaluate("window.hacked") is None
    painter.get_by_label("Prompt A").fill("a boat")
    assert painter.locator("#sdi-live-hint-a").text_content() == ""


def saved(tab, button: str) -> Image.Image:
    with tab.expect_download() as download:
        tab.get_by_role("button", name=button).click()
    return Image.open(download.value.path())


def test_a_link_carries_the_settings_and_the_strips_are_saved_as_a_picture(painter):
    painted(painter, "a red boat & <b>", "a dog", ["standard"], steps=1, frames=3, seed=7)
    link = painter.url
    with saved(painter, "Save as a picture") as sheet:
        assert sheet.format == "PNG" and sheet.size[0] >= 900
    painter.get_by_label("Prompt A").fill("something else")
    painter.evaluate("location.hash = ''")
    assert painter.get_by_label("Prompt A").input_value() == assets.PROMPTS[0]
    painter.evaluate("link => location.replace(link)", link)
    painter.wait_for_function("document.querySelector('#sdi-live-a').value === 'a red boat & <b>'")
    assert painter.locator("#sdi-live-seed").input_value() == "7"
    assert [box.get_attribute("value") for box in painter.locator("fieldset input:checked").all()] == ["standard"]


def test_the_strips_are_saved_as_a_gif_that_goes_there_and_back(painter):
    found = painted(painter, *PAIRS[0], ["optimal", "standard"], steps=1, frames=3)
    with saved(painter, "Save as a gif") as gif:
        assert gif.format == "GIF" and gif.n_frames == 4  # A, half-way, B, half-way
        for k, at in enumerate([0, 1, 2, 1]):
            gif.seek(k)
            shown = np.asarray(gif.convert("RGB"), dtype=float)
            for r, strip in enumerate(found):
                inside = shown[30 : 30 + 192, 8 + 200 * r : 8 + 200 * r + 192].reshape(64, 3, 64, 3, 3).mean((1, 3))
                picture = np.array(strip["pictures"][at], dtype=float).reshape(64, 64, 4)[..., :3]
                assert np.abs(inside - picture).mean() < 8  # 256 colours, made larger
                assert all(
                    np.abs(inside - picture).mean() < np.abs(inside - np.reshape(other, (64, 64, 4))[..., :3]).mean()
                    for other in (strip["pictures"][other] for other in {0, 1, 2} - {at})
                )


def pixels(tab, canvas, side: int = 64) -> np.ndarray:
    drawn = canvas.evaluate("(node, side) => Array.from(node.getContext('2d').getImageData(0, 0, side, side).data)", side)
    return np.array(drawn, dtype=float).reshape(side, side, 4)[..., :3]


class Asked(TorchFunctionMode):
    """Keeps what 64 places attend to in 77 rows, mean over heads, at each call of attention: of the last cloud of the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.nn.functional.scaled_dot_product_attention and (args[0].shape[2], args[1].shape[2]) == (64, 77):
            query, key = args[0][-1], args[1][-1]
            self.maps.append((query @ key.mT / query.shape[-1] ** 0.5).softmax(-1).mean(0))
        return func(*args, **(kwargs or {}))


def test_a_word_weighs_what_its_slider_says(painter, model):
    painted(painter, PAIRS[0][0], "a dog", ["optimal"], steps=2, frames=2, seed=3, guidance=4)
    painter.get_by_text("Words by weight").click()
    painter.get_by_role("slider", name="boat").fill("0")
    painter.get_by_role("slider", name="red").fill("8")
    canvas = painter.locator(".sdi-live-panel canvas").first
    expect(canvas).to_have_attribute("data-weights", "a 1, small 1, red 8, boat 0, at 1, sea 1, at 1, noon 1", timeout=240_000)
    weights = torch.ones(1, 77)
    weights[0, 3:5] = torch.tensor([8.0, 0.0])
    made = model.render(model.encode(PAIRS[0][0]), weights, seed=3, steps=2, guidance=4)
    assert np.abs(pixels(painter, canvas) - np.asarray(to_pil(made)[0], dtype=float)).max() <= 2


def swapped(partner: list[int], row: int, to: int) -> list[int]:
    """The partners when a row takes another's."""
    return [to if k == row else partner[row] if j == to else j for k, j in enumerate(partner)]


def test_a_readers_own_coupling_costs_and_paints_what_the_packages_does(painter, model):
    (strip,) = painted(painter, *PAIRS[0], ["optimal"], steps=2, frames=3, seed=3, guidance=4, coupling_seed=1)
    painter.get_by_text("Your own coupling").click()
    panel = painter.locator(".sdi-live-panel").nth(1)
    canvas = panel.locator(".sdi-live-beside > canvas")
    partner = swapped(strip["partner"], 3, 1)
    panel.get_by_role("button", name="A, row 3: red").drag_to(panel.get_by_role("button", name="B, row 1: a"))
    expect(panel.get_by_role("button", name="A, row 3: red, goes to a (row 1)")).to_have_attribute("aria-pressed", "true")
    partner = swapped(partner, 6, 5)
    ends = [panel.get_by_role("button", name=name).bounding_box() for name in ("A, row 6: sea", "B, row 5: on")]
    top = painter.evaluate("scrollY")
    drag(painter, between(*[(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in ends], 40), touch=True)
    assert painter.evaluate("scrollY") == top
    partner = swapped(partner, 4, 2)
    panel.get_by_role("button", name="A, row 4: boat").press("ArrowRight")
    painter.keyboard.press("Home")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        painter.keyboard.press(key)
    partner = swapped(partner, 5, 7)
    panel.get_by_role("button", name="A, row 5: at").click()
    panel.get_by_role("button", name="B, row 7: snow").click()
    expect(canvas).to_have_attribute("data-partner", ",".join(map(str, partner)), timeout=240_000)
    coupling = Coupling(*(PointCloud(rows) for rows in model.encode(list(PAIRS[0]))), permutation=partner)
    said = [float(node.get_attribute("value")) for node in panel.locator("data").all()]
    assert said == pytest.approx([coupling.cost(1), coupling.cost(2) ** 0.5], rel=1e-5)
    made = model.render(displacement_path(coupling)(0.5).points[None], seed=3, steps=2, guidance=4)
    assert np.abs(pixels(painter, canvas) - np.asarray(to_pil(made)[0], dtype=float)).max() <= 2


def test_a_readers_own_strip_is_measured_against_three(painter, model):
    """It is tied anew in the test before; the optimal strip was painted there, the other two are painted for the comparison."""
    panel = painter.locator(".sdi-live-panel").nth(1)
    panel.get_by_role("button", name="Measure my strip").click()
    verdict = panel.get_by_text("Perceptual length of your strip")
    verdict.wait_for(timeout=240_000)
    partner = [int(j) for j in panel.locator(".sdi-live-beside > canvas").get_attribute("data-partner").split(",")]
    coupling = Coupling(*(PointCloud(rows) for rows in model.encode(list(PAIRS[0]))), permutation=partner)
    clouds = torch.stack([displacement_path(coupling)(t).points for t in (0, 0.5, 1)])
    frames = model.render(clouds, seed=3, steps=2, guidance=4)
    mine = perceptual_distance(frames[:-1], frames[1:], "postcards").sqrt().sum().item()
    made = interpolate_prompts(*PAIRS[0], frames=3, steps=2, seed=3, guidance=4, coupling_seed=1, model=model, net="postcards")
    others = [strip.measures["perceptual_length"] for strip in made.values()]
    said = r"Perceptual length of your strip: [\d.]+\. It is (shorter than [^;]*)?(?:; )?(not shorter than .*)?\."
    beaten, left = re.fullmatch(said, verdict.inner_text()).groups("")
    for name, length in zip(("optimal", "standard", "random"), others, strict=True):
        assert (name in beaten, name in left) == (mine < length, mine >= length)
    assert [row.locator("th").inner_text() for row in panel.locator("tbody tr").all()] == ["yours", "standard", "random"]


def test_the_noise_goes_as_in_the_package(painter, model):
    painted(painter, *PAIRS[0], ["optimal"], steps=3, frames=2, seed=3, guidance=4)
    painter.get_by_text("See the noise go").click()
    guesses = painter.get_by_label("What step")
    expect(guesses).to_have_count(3, timeout=240_000)
    with Asked() as asked:
        made = model.render(model.encode(PAIRS[0][0]), seed=3, steps=3, guidance=4)
    apart = [np.abs(pixels(painter, canvas) - np.asarray(to_pil(made)[0], dtype=float)).mean() for canvas in guesses.all()]
    assert apart[0] > apart[1] > apart[2] and apart[2] < 0.5
    painter.locator(".sdi-live-words").get_by_role("button", name="boat").click()
    shares = torch.stack(asked.maps).view(3, -1, 64, 77).mean(1)[:, :, 4].reshape(3, 8, 8)
    for canvas, share in zip(painter.get_by_label("reads “boat”").all(), shares, strict=True):
        assert np.abs(pixels(painter, canvas, side=8)[..., 0] - (255 * share / shares.max()).numpy()).max() <= 2


def test_axe_finds_no_violation_in_the_form_the_strips_and_the_panels(painter):
    assert violations(painter) == []


def test_a_button_of_another_page_opens_the_form_there(browser, site):
    a, b = "a small <red> boat & a dog", "un café"
    page = site / "chapter.html"
    page.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chapter</title>'
        '<script defer src="_static/live/here.js"></script></head><body><main><h1>Chapter</h1>'
        f'{paint_here(a, b, "Here").html}<figure class="sdi-player">recorded</figure></main></body></html>'
    )
    with browser.new_context(offline=True) as context:
        tab, asked = context.new_page(), []
        tab.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        tab.goto(page.as_uri())
        tab.wait_for_load_state("networkidle")
        assert sorted(asked) == ["chapter.html", "here.js"]
        tab.get_by_role("button", name="Here").click()
        expect(tab.get_by_label("Prompt A")).to_be_focused()
        assert [tab.get_by_label(f"Prompt {letter}").input_value() for letter in "AB"] == [a, b]
        for name, number in {"steps": 1, "frames": 2}.items():
            tab.locator(f"#sdi-live-{name}").fill(str(number))
        tab.locator("button[type=submit]").click()
        link = tab.get_by_role("link", name="A link to these strips.")
        link.wait_for(timeout=240_000)
        assert tab.url == page.as_uri() and tab.get_by_text("recorded", exact=True).is_visible()
        tab.goto(f"{site.as_uri()}/{link.get_attribute('href')}")
        assert tab.get_by_label("Prompt A").input_value() == a and tab.locator("#sdi-live-steps").input_value() == "1"


def tried(browser, site: Path, head: str = "", script: str = "", static: str = "_static", address: str = "") -> str:
    """What the page says after the button, where it can be pressed; that recorded strips show if it failed."""
    page = site / "tried.html"
    page.write_text(PAGE.format(head=head).replace("_static", static))
    with browser.new_context(offline=not address) as context:
        tab = context.new_page()
        tab.set_default_timeout(240_000)
        tab.add_init_script(script)
        tab.goto(f"{address}/tried.html#frames=2&steps=1&couplings=optimal" if address else f"{page.as_uri()}#frames=2&steps=1")
        if tab.locator("button[type=submit]").count():
            tab.locator("button[type=submit]").click()
        said = tab.locator("#sdi-live > p, .sdi-live-said").last
        expect(said).to_have_text(re.compile("instead|^All"), timeout=240_000)
        said = said.inner_text()
        assert tab.get_by_text("recorded strips", exact=True).is_visible() == ("instead" in said)
        return said


def broken(site: Path, name: str, data: bytes | None) -> str:
    """A second `_static`, in which one file is cut short, or is not there."""
    folder = site / f"broken-{name}-{len(data or b'')}" / "live"
    folder.mkdir(parents=True)
    for file in site.glob("_static/live/*"):
        if file.name != name:
            folder.joinpath(file.name).symlink_to(file)
        elif data is not None:
            folder.joinpath(name).write_bytes(data)
    return folder.parent.name


def test_each_fault_is_one_sentence_and_recorded_strips_stay(browser, site):
    forbidden = """<meta http-equiv="Content-Security-Policy" content="worker-src 'none'">"""
    full = "window.Worker = class { constructor() { throw new RangeError('out of memory'); } }"
    decoder = site.joinpath("_static/live/decoder.js").read_bytes()[:500_000]
    for fault, how in [
        ("no WebAssembly", {"script": "delete window.WebAssembly"}),
        ("forbids workers", {"head": forbidden}),
        ("too little memory", {"script": full}),
        ("decoder.js is not whole", {"static": broken(site, "decoder.js", decoder)}),
        ("decoder.js is not whole", {"static": broken(site, "decoder.js", decoder + b'";')}),
        ("decoder.js is not there", {"static": broken(site, "decoder.js", None)}),
    ]:
        said = tried(browser, site, **how)
        assert fault in said and said.endswith("Below are recorded strips instead."), (fault, said)


def test_it_paints_below_a_path_of_a_server_that_allows_no_more_than_it_needs(browser, site):
    handler = functools.partial(SimpleHTTPRequestHandler, directory=site.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        head = f'<meta http-equiv="Content-Security-Policy" content="{RULE}">'
        cores = "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 })"  # enough for two workers
        address = f"http://127.0.0.1:{server.server_address[1]}/{site.name}"
        said = tried(browser, site, head=head, script=cores, address=address)
        server.shutdown()
    assert said.startswith("All pictures")


def test_a_build_without_npm_says_so_and_so_does_the_page(browser, tmp_path, monkeypatch):
    def unreachable(cache):
        raise NoRuntime("npm gave up with ENOTFOUND")

    monkeypatch.setattr(assets, "fetched", unreachable)
    missing = write_assets(tmp_path / "_static", CACHE)
    assert missing == "This copy of the book was built without the runtime that paints in the browser (npm gave up with ENOTFOUND)."
    assert tried(browser, tmp_path) == f"{missing} Below are recorded strips instead."
    assert sorted(file.name for file in tmp_path.glob("_static/**/*") if file.is_file()) == ["here.js", "live.css", "live.js"]


def test_the_networks_are_the_models(site, model):
    from sdinterp.browser.networks import exported

    run = {name: onnxruntime.InferenceSession(file) for name, file in exported(CACHE).items()}
    generator = torch.Generator().manual_seed(0)
    prompts = ["a small red boat", ""]
    rows = model.encode(prompts)
    ids = model.text.tokenizer(prompts, padding="max_length", max_length=77, return_tensors="pt").input_ids
    close = functools.partial(np.testing.assert_allclose, rtol=0)
    close(run["text"].run(None, {"ids": ids.numpy()})[0], rows, atol=1e-4)
    latents, logs = torch.randn(1, 4, 16, 16, generator=generator), torch.rand(2, 77, generator=generator).log()
    (texts,) = run["reader"].run(None, {"rows": rows.numpy()})
    time = np.float32([301])
    read = {"latents": latents.numpy(), "time": time, "texts": texts[:, None], "log_weights": logs[:, None].numpy()}
    with torch.no_grad():
        given = latents.repeat(2, 1, 1, 1), torch.tensor(301.0), rows
        guess = model.unet(*given, cross_attention_kwargs={"log_weights": logs}).sample
        pictures = model.vae.decode(latents / model.vae.config.scaling_factor).sample.clamp(-1, 1)
    close(run["denoiser"].run(["guess"], read)[0], guess, atol=1e-3)
    close(run["decoder"].run(None, {"latents": latents.numpy()})[0], pictures, atol=1e-3)
    close(run["eye"].run(None, {"pictures": pictures.numpy()})[0], perceptual_features(pictures, "postcards"), atol=1e-4)

"""The built book in Firefox, from its files, with the network cut: every player moves by a key, and the page that paints paints."""

from collections.abc import Iterator

import numpy as np
import pytest

from sdinterp.pictures import to_pil
from tests.pages import PAGES, SITE

pytest.importorskip("websocket")
from tests import firefox as driven

if not driven.PROGRAM:
    pytest.skip("no Firefox to test in; on Debian `apt-get install firefox-esr` brings one", allow_module_level=True)

PLAYED = [page for page in PAGES if 'data-sdi-player="' in SITE.joinpath(page).read_text()]
PROMPT, SETTINGS = "a small red boat at sea at noon", {"seed": 3, "steps": 2, "guidance": 4}
HOLD = """((player) => {
  const stage = player.querySelector(".sdi-stage");
  const control = ["input[type=range]", '[tabindex="0"]', "button"].map((kind) => stage.querySelector(kind)).find(Boolean);
  control.scrollIntoView({ block: "center" });
  control.focus();
  const state = () => stage.innerHTML + [...stage.querySelectorAll("input")].map((input) => input.value);
  const before = state();
  window.moved = async () => {
    for (let k = 0; k < 20 && state() === before; k++) await new Promise((done) => setTimeout(done, 25));
    return state() !== before;
  };
})"""
"""Gives a player's first control the focus; `moved` then says, within half a second, whether the player looks another way."""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory) -> Iterator[driven.Firefox]:
    fox = driven.Firefox(tmp_path_factory.mktemp("firefox"))
    yield fox
    fox.close()


def test_there_are_players():
    assert "index.html" in PLAYED, "run `make book` first"


@pytest.mark.parametrize("page", PLAYED)
def test_every_player_moves_by_a_key(page, firefox):
    firefox.troubles.clear()
    firefox.open(SITE.joinpath(page).as_uri())
    figures = "document.querySelectorAll('figure[data-sdi-player]')"
    firefox.evaluate("document.querySelectorAll('details').forEach((box) => (box.open = true))")

    def moves(key: str) -> bool:
        firefox.press(key)
        return firefox.evaluate("moved()")

    for k in range(firefox.evaluate(f"{figures}.length")):
        firefox.evaluate(f"{HOLD}({figures}[{k}])")
        assert any(map(moves, driven.KEYS)), firefox.evaluate(f"{figures}[{k}].dataset.sdiPlayer")
    assert firefox.troubles == []


def test_the_page_paints_what_the_package_paints(firefox, model):
    firefox.troubles.clear()
    given = "&".join(f"{name}={value}" for name, value in {"frames": 2, "couplings": "optimal", "a": PROMPT, **SETTINGS}.items())
    firefox.open(f"{SITE.joinpath('live.html').as_uri()}#{given}")
    if not firefox.evaluate("Boolean(document.querySelector('#sdi-live form'))"):
        pytest.skip("this copy of the book was built without the runtime that paints in the browser")
    shown = firefox.evaluate(
        """new Promise((done, failed) => {
             const place = document.querySelector("#sdi-live");
             place.addEventListener("painted", ({ detail: { view: { strips } } }) =>
               done(Array.from(strips[0].frames[0].getContext("2d").getImageData(0, 0, 64, 64).data)));
             const said = place.querySelector(".sdi-live-said");
             new MutationObserver(() => said.textContent.includes("instead") && failed(new Error(said.textContent)))
               .observe(said, { childList: true, characterData: true, subtree: true });
             place.querySelector("button[type=submit]").click();
           })"""
    )
    picture = np.array(shown, dtype=float).reshape(64, 64, 4)[..., :3]
    made = to_pil(model.render(model.encode(PROMPT), **SETTINGS))[0]
    assert np.abs(picture - np.asarray(made, dtype=float)).max() <= 2
    assert firefox.troubles == []

"""Record what the page that paints in the browser takes on this machine: `python tools/record_live.py`, after `make book`."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from sdinterp.study.run import circumstances

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "_build" / "html" / "live.html"
RECORD = ROOT / "sdinterp" / "recorded" / "live.json"
FRAGMENT = "#frames=9&steps=10"
SAID = "document.querySelector('.sdi-live-said').textContent"


class Watched:
    """The processor time that the browser's processes have used since the beginning, and the most memory they held."""

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}
        self.megabytes, self.over = 0.0, False
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.over:
            held = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    if "chrom" in process.name():
                        self.seconds[process.pid] = sum(process.cpu_times()[:2])
                        held += process.memory_full_info().pss
                except psutil.Error:
                    pass  # it ended meanwhile
            self.megabytes = max(self.megabytes, held / 1e6)
            time.sleep(0.5)


def main() -> None:
    """Open the page from its file, paint three strips, and write `live.json`."""
    watched = Watched()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = chromium.new_context(offline=True).new_page()
        tab.set_default_timeout(1_200_000)
        tab.goto(PAGE.as_uri() + FRAGMENT)
        cores = tab.evaluate("navigator.hardwareConcurrency")
        began = time.perf_counter()
        tab.locator("#sdi-live button[type=submit]").click()
        moments = []
        for words in ("/^Painting|pictures/", "/^[1-9]/", "/^All|instead/"):
            tab.wait_for_function(f"{words}.test({SAID})", polling=250)
            moments.append(round(time.perf_counter() - began, 1))
        watched.over = True
        said = tab.evaluate(SAID)
        assert said.startswith("All"), said
        version = chromium.version
        chromium.close()
    record = {
        "settings": FRAGMENT[1:], "loaded": moments[0], "first": moments[1], "all": moments[2],
        "processor": round(sum(watched.seconds.values()), 1), "megabytes": round(watched.megabytes),
        "browser": f"Chromium {version}", "cores": cores, "load_average": round(os.getloadavg()[0], 1), **circumstances(),
    }  # fmt: skip
    RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()

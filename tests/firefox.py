"""Firefox, driven by WebDriver BiDi over the socket that it opens itself: no driver stands between."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import websocket

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
DEAD = "127.0.0.1"  # a proxy that is not there: nothing gets out
SETTINGS = {
    "network.proxy.type": 1, "network.proxy.http": DEAD, "network.proxy.http_port": 9, "network.proxy.ssl": DEAD,
    "network.proxy.ssl_port": 9, "network.proxy.allow_hijacking_localhost": True, "network.dns.disabled": True,
    "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False, "app.update.enabled": False,
}  # fmt: skip
KEYS = {"ArrowRight": "\ue014", "ArrowLeft": "\ue012", "ArrowDown": "\ue015", "Enter": "\ue007"}


class Firefox:
    """A headless Firefox with one tab and the network cut; `troubles` holds its pages' errors, and what they asked of others."""

    def __init__(self, profile: Path) -> None:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in SETTINGS.items()]
        profile.joinpath("user.js").write_text("".join(lines))
        assert PROGRAM
        self.process = subprocess.Popen(
            [PROGRAM, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"HOME": str(profile)},
        )  # fmt: skip
        where = profile / "WebDriverBiDiServer.json"
        while not where.is_file() or not where.read_text():
            assert self.process.poll() is None, "Firefox ended before it could be driven"
            time.sleep(0.1)
        said = json.loads(where.read_text())
        self.socket = websocket.create_connection(
            f"ws://{said['ws_host']}:{said['ws_port']}/session", timeout=300, suppress_origin=True
        )
        self.numbers, self.troubles = itertools.count(1), []
        self.ask("session.new", capabilities={})
        self.tab = self.ask("browsingContext.create", type="tab")["context"]  # the first tab never has the focus
        self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a command; what happens meanwhile is heard."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            heard = json.loads(self.socket.recv())
            if heard.get("id") == number:
                assert heard["type"] == "success", heard
                return heard["result"]
            self._hear(heard)

    def _hear(self, heard: dict[str, Any]) -> None:
        said = heard.get("params", {})
        if heard.get("method") == "log.entryAdded" and said["level"] == "error":
            self.troubles.append(said["text"])
        address = said.get("request", {}).get("url", "file:")
        if not address.startswith(("file:", "blob:", "data:", "about:")):
            self.troubles.append(address)

    def open(self, address: str) -> None:
        """Open a page and wait until it is loaded."""
        self.ask("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """What an expression gives in the page, or what it promises."""
        said = self.ask(
            "script.evaluate", target={"context": self.tab}, awaitPromise=True,
            expression=f"Promise.resolve({expression}).then((found) => JSON.stringify(found ?? null))",
        )  # fmt: skip
        assert said["type"] == "success", said
        return json.loads(said["result"]["value"])

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        strokes = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        self.ask("input.performActions", context=self.tab, actions=[{"type": "key", "id": "keys", "actions": strokes}])

    def close(self) -> None:
        """End the program."""
        self.socket.close()
        self.process.terminate()
        self.process.wait()

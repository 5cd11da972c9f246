"""A headless Chromium over its DevTools pipe: standard library only, no network, one page at a time."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

PACKAGES = ["chromium-headless-shell", "fonts-inter"]
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
LIMIT = 60.0  # seconds for an answer
# The same letters on every machine, whatever fonts it has.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir>
{families}</fontconfig>
"""
FAMILY = ('<match target="pattern"><test name="family"><string>{name}</string></test><edit name="family" mode="prepend" binding="strong">'
          "<string>{font}</string></edit></match>\n")
CHOSEN = {"system-ui": "Inter", "sans-serif": "Inter", "monospace": "DejaVu Sans Mono"}


class Browser:
    """with Browser() as browser: browser.view(path, 1280, 800); browser.evaluate("1 + 1")"""

    def __init__(self) -> None:
        program = next((found for found in map(shutil.which, PROGRAMS) if found), None)
        if not program:
            raise FileNotFoundError(f"no Chromium here; Debian has it as {PACKAGES[0]}")
        self.program = program
        self.home = Path(tempfile.mkdtemp(prefix="browser-"))
        self.events: list[dict[str, Any]] = []
        self.buffer = b""
        self.number = 0
        self.session = ""

    def __enter__(self) -> "Browser":
        read_commands, self.write = os.pipe()
        self.read, write_answers = os.pipe()
        words = [self.program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--force-color-profile=srgb",
                 "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={self.home / 'profile'}", "about:blank"]
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$0" "$@" 3<&{read_commands} 4>&{write_answers}', *words], pass_fds=(read_commands, write_answers),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "FONTCONFIG_FILE": str(self._fonts())})
        os.close(read_commands)
        os.close(write_answers)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.write)
        os.close(self.read)
        shutil.rmtree(self.home, ignore_errors=True)

    def _fonts(self) -> Path:
        families = "".join(FAMILY.format(name=name, font=font) for name, font in CHOSEN.items())
        place = self.home / "fonts.conf"
        place.write_text(FONTS.format(cache=self.home / "fonts", families=families), encoding="utf-8")
        return place

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command, and its answer; what happens meanwhile is kept as events."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next(method)
            if told.get("id") == self.number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                answer: dict[str, Any] = told["result"]
                return answer
            self.events.append(told)

    def _next(self, what: str) -> dict[str, Any]:
        end = time.monotonic() + LIMIT
        while b"\0" not in self.buffer:
            if not select.select([self.read], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"{what}: no answer within {LIMIT:.0f} seconds")
            part = os.read(self.read, 1 << 20)
            if not part:
                raise ConnectionError(f"{what}: the browser ended with code {self.process.wait()}")
            self.buffer += part
        text, _zero, self.buffer = self.buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def view(self, url: str, width: int, height: int, dark: bool = False, media: str = "screen") -> float:
        """Open a page; returns the seconds until it was loaded."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        began = time.monotonic()
        problem = self.call("Page.navigate", url=url).get("errorText")
        if problem:
            raise RuntimeError(f"{url}: {problem}")
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next(url))
        return time.monotonic() - began

    def evaluate(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def screenshot(self, whole: bool = False) -> bytes:
        """PNG of what is to be seen, or of the whole page."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])

    def complaints(self) -> list[str]:
        """Errors of the page since it was opened, and whatever it asked for beside itself."""
        found = []
        for event in self.events:
            told = event.get("params", {})
            match event.get("method"):
                case "Runtime.exceptionThrown":
                    found.append(str(told["exceptionDetails"].get("text")))
                case "Log.entryAdded" if told["entry"]["level"] in ("error", "warning"):
                    found.append(told["entry"]["text"])
                case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning"):
                    found.append(str(told["args"]))
                case "Network.requestWillBeSent" if not told["request"]["url"].startswith("data:") and told.get("type") != "Document":
                    found.append(f"asked for {told['request']['url']}")
        return found

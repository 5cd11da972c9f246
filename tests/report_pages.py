"""Look at report.html in a headless Chromium: 1 to 1,000 nodes, light and dark, desktop and phone, and on paper. make report-screenshots

Chromium and its letters come from Debian where they are not there yet, the way the lab gets its own packages. Pictures go to tests/output/report; with
--write those that the documents show are written anew, too.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.kubewright.cluster.plugins.plugin_utils import report_page, report_style
from ansible_collections.kubewright.cluster.tests.unit.plugins import made_up_cluster
from browser import PACKAGES, PROGRAMS, Browser

from lab import engine

CLONE = Path(__file__).resolve().parent.parent
OUTPUT = CLONE / "tests" / "output" / "report"
IMAGES = CLONE / "docs" / "images"
REAL = CLONE / "tests" / "unit" / "fixtures" / "report" / "three-nodes.json"  # of a cluster in the lab, as playbooks/report.yml wrote it
DESKTOP, PHONE = (1280, 1400), (390, 844)
LONGEST = 30.0  # seconds until a page may be there, on a busy machine
LARGEST = 300_000  # bytes of a picture in the documents
# Every text that is to be seen, against the ground that it stands on.
CONTRAST = """(() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const bright = rgb => { const [r, g, b] = rgb.slice(0, 3).map(v => linear(v / 255)); return .2126 * r + .7152 * g + .0722 * b; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = [];
  let texts = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('.hidden, .skip')) continue;
    texts++;
    let ground = element;
    while (ground && (parts(getComputedStyle(ground).backgroundColor)[3] === 0)) ground = ground.parentElement;
    const colours = [getComputedStyle(element).color, getComputedStyle(ground || document.body).backgroundColor];
    const [one, two] = colours.map(colour => bright(parts(colour)));
    const ratio = (Math.max(one, two) + .05) / (Math.min(one, two) + .05);
    if (ratio < 4.5) poor.push(walker.currentNode.data.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return {texts, poor: poor.slice(0, 5)};
})()"""
WIDTHS = "({page: document.documentElement.scrollWidth, window: innerWidth, height: document.documentElement.scrollHeight})"
# What sticks out of the window although it is in no frame that scrolls.
SPILLED = """[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('.frame, nav ul, .hidden, .skip, svg') &&
  e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.tagName + '.' + e.className)"""


@dataclass(frozen=True)
class View:
    """One look at one report."""

    report: str
    size: tuple[int, int]
    dark: bool = False
    media: str = "screen"

    @property
    def name(self) -> str:
        form = "print" if self.media == "print" else f"{'desktop' if self.size == DESKTOP else 'phone'}-{'dark' if self.dark else 'light'}"
        return f"{self.report}-{form}"


def reports() -> dict[str, dict[str, Any]]:
    """By name. That of three nodes is a real one; all others are made up, and say so by their endpoint."""
    found = {f"{nodes}-nodes": made_up_cluster.made(nodes, faults=nodes > 2) for nodes in (1, 20, 100)}
    found["3-nodes"] = json.loads(REAL.read_text(encoding="utf-8"))
    found["no-cluster"] = without_cluster()
    return found


def without_cluster() -> dict[str, Any]:
    report = made_up_cluster.made(1)
    report["cluster"].update(asked="", exists=False, endpoint="", kubernetes="", uid="", ca_hashes=[], pod_networks=[])
    report["nodes"][0].update(status="absent", versions={}, runtime="", etcd=False)
    return {**report, "certificates": [], "versions": {"api_servers": [], "kubelet_minors_older": None, "skew": [], "support": None}}


def views(names: list[str]) -> list[View]:
    found = [View(name, size, dark) for name in names for size in (DESKTOP, PHONE) for dark in (False, True)]
    return [*found, View("3-nodes", DESKTOP, media="print")]


def problems(browser: Browser, view: View, url: str, blank: int) -> list[str]:
    """Everything that is wrong with what is to be seen."""
    seconds = browser.view(url, *view.size, dark=view.dark, media=view.media)
    found = browser.complaints()
    widths = browser.evaluate(WIDTHS)
    if widths["page"] > widths["window"]:
        found.append(f"it is {widths['page']} wide in a window of {widths['window']}")
    found += [f"{part} sticks out of the window" for part in browser.evaluate(SPILLED)] if view.media == "screen" else []
    told = browser.evaluate(CONTRAST)
    if told["texts"] < 40:
        found.append(f"only {told['texts']} texts are to be seen")
    found += [f"hard to read: {text}" for text in told["poor"]]
    found += scheme(browser, view) if view.media == "screen" else []
    picture = browser.screenshot()
    (OUTPUT / f"{view.name}.png").write_bytes(picture)
    if len(picture) < 4 * blank:
        found.append(f"a picture of {len(picture)} bytes, an empty page has {blank}")
    return [*found, *([f"{seconds:.1f} seconds until it was there"] if seconds > LONGEST else [])]


def scheme(browser: Browser, view: View) -> list[str]:
    """Whether the page has the colours that the reader's system asks for."""
    page = (report_style.DARK if view.dark else report_style.LIGHT)["page"].lstrip("#")
    wanted = "rgb({}, {}, {})".format(*(int(page[index:index + 2], 16) for index in (0, 2, 4)))
    there = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    return [] if there == wanted else [f"its ground is {there}, not {wanted}"]


def keyboard(browser: Browser, url: str) -> list[str]:
    """The first stop of the Tab key leads past the navigation, and every frame that scrolls can be reached."""
    browser.view(url, *PHONE)
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    first = browser.evaluate("document.activeElement.className")
    unreachable = browser.evaluate("[...document.querySelectorAll('.frame')].filter(e => e.tabIndex !== 0).length")
    return ([] if first == "skip" else [f"the first stop is {first or 'nothing'}"]) + ([f"{unreachable} frames out of reach"] if unreachable else [])


def thousand(browser: Browser, folder: Path) -> list[str]:
    report = made_up_cluster.made(1000, faults=True)
    began = time.monotonic()
    page = report_page.page(report)
    made = time.monotonic() - began
    (folder / "1000.html").write_text(page, encoding="utf-8")
    seconds = browser.view((folder / "1000.html").as_uri(), *DESKTOP)
    (OUTPUT / "1000-nodes-desktop-light.png").write_bytes(browser.screenshot())
    widths = browser.evaluate(WIDTHS)
    print(f"1,000 nodes: {len(page) / 1e6:.1f} MB, written in {made:.1f} s, there in {seconds:.1f} s, {widths['height']} high", flush=True)
    return [*browser.complaints(), *([f"{seconds:.1f} seconds until it was there"] if seconds > LONGEST else [])]


def told(name: str, found: list[str]) -> int:
    print(f"{'FAILED' if found else 'ok':6}  {name}", *(f"        {problem}" for problem in found), sep="\n", flush=True)
    return 1 if found else 0


def look(write: bool) -> int:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="report-") as place, Browser() as browser:
        folder = Path(place)
        urls = {}
        for name, report in reports().items():
            (folder / f"{name}.html").write_text(report_page.page(report), encoding="utf-8")
            urls[name] = (folder / f"{name}.html").as_uri()
        browser.view("about:blank", *DESKTOP)
        blank = len(browser.screenshot())
        wanted = views(list(urls))
        failed = sum(told(view.name, problems(browser, view, urls[view.report], blank)) for view in wanted)
        failed += told("keyboard", keyboard(browser, urls["3-nodes"])) + told("1000-nodes", thousand(browser, folder))
    pictures(write)
    print(f"{len(wanted) + 2 - failed} passed, {failed} failed; pictures: {OUTPUT.relative_to(CLONE)}")
    return 1 if failed else 0


def pictures(write: bool) -> None:
    """Those of the documents, where they are not there or are to be anew."""
    IMAGES.mkdir(exist_ok=True)
    for name in ("3-nodes", "100-nodes"):
        for form in ("", "-dark"):
            target, made = IMAGES / f"report-{name}{form}.png", OUTPUT / f"{name}-desktop-{'dark' if form else 'light'}.png"
            if write or not target.exists():
                content = made.read_bytes()
                if len(content) > LARGEST:
                    raise ValueError(f"{made} has {len(content)} bytes, too many for the documents")
                target.write_bytes(content)
                print(f"written: {target.relative_to(CLONE)}, {len(content) // 1000} kB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="the pictures of the documents anew")
    options = parser.parse_args()
    engine.install(PACKAGES)
    print(f"Chromium: {PROGRAMS[0]}", flush=True)
    return look(options.write)


if __name__ == "__main__":
    sys.exit(main())

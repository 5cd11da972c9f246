"""Build the site of the documentation and check every link in it: make docs.

The pages lie in the site as they lie in the clone, so a relative link means the same here and on the repository's own pages. What is generated
(playbooks, modules, filters, callbacks) comes from `ansible-doc` and the playbooks each time and is committed nowhere.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from ansible_collections.kubewright.cluster.tests.docs import links, reference

CLONE = Path(__file__).resolve().parents[2]
OUTPUT = CLONE / "tests" / "output" / "docs"
PAGES = ("README*.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**/*.md", "roles/*/README.md", "inventories/**/README*.md")
PICTURES = ("docs/**/*.svg", "docs/**/*.png", "docs/**/*.html", "docs/**/*.json")
# Folders that pages link to and that have no page of their own: a list of their pages is made.
LISTED = {"docs/decisions": "Decisions", "inventories": "Example inventories"}
LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
ITEM = re.compile(r"\s*(?:[-*]|\d+\.) ")


def main() -> int:
    source, site = OUTPUT / "pages", OUTPUT / "site"
    shutil.rmtree(OUTPUT, ignore_errors=True)
    copy(CLONE, source)
    for path, text in reference.pages():
        write(source / "reference" / path, text)
    options = ["build", "--strict", "--config-file", str(CLONE / "mkdocs.yml"), "--site-dir", str(site)]  # --quiet would hide warnings from --strict
    done = subprocess.run([sys.executable, "-m", "mkdocs", *options], cwd=CLONE, check=False)
    if done.returncode:
        return done.returncode
    checked = links.check(site)
    write(OUTPUT / "external-links.txt", "".join(f"{url}\n" for url in sorted(checked.external)))
    print("\n".join(checked.problems))
    print(f"{checked.pages} pages, {checked.links} links within the site, {len(checked.problems)} of them broken")
    print(f"{len(checked.external)} addresses elsewhere, well-formed but not asked: {(OUTPUT / 'external-links.txt').relative_to(CLONE)}")
    place = site.relative_to(CLONE)
    print(f"The site: {place}/index.html. Its search wants a server: python3 -m http.server --directory {place}")
    return 1 if checked.problems else 0


def copy(clone: Path, source: Path) -> None:
    """Every page and picture to the same place in the site's folder."""
    published = {path.relative_to(clone).as_posix() for path in found(clone, PAGES)}
    pictures = {path.relative_to(clone).as_posix() for path in found(clone, PICTURES)}
    for folder in LISTED:
        published.add(f"{folder}/README.md")
    for name in sorted(published):
        page = clone / name
        text = page.read_text(encoding="utf-8") if page.is_file() else listing(clone, page.parent.relative_to(clone).as_posix())
        write(source / name, for_site(text, Path(name), clone, published | pictures))
    for name in sorted(pictures):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(clone / name, source / name)


def found(clone: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(clone.glob(pattern))


def listing(clone: Path, folder: str) -> str:
    rows = [f"# {LISTED[folder]}", ""]
    for page in sorted(clone.glob(f"{folder}/**/*.md")):
        if not page.name.endswith(".zh-CN.md"):
            rows.append(f"- [{title(page)}]({page.relative_to(clone / folder).as_posix()})")
    bare = [path for path in sorted((clone / folder).iterdir()) if (path / "hosts.yml").is_file() and not (path / "README.md").is_file()]
    return "\n".join([*rows, *(f"- [{path.name}]({path.name}/hosts.yml)" for path in bare), ""])


def title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def for_site(text: str, page: Path, clone: Path, published: set[str]) -> str:
    """The same page for MkDocs: links that leave the site lead to the repository, and lists begin where Python's Markdown sees them."""
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not fenced and ITEM.match(line) and lines and lines[-1].strip() and not ITEM.match(lines[-1]) and not lines[-1].startswith(" "):
            lines.append("")
        lines.append(line if fenced else LINK.sub(lambda link: target(link[1], page, clone, published), line))
    return "\n".join(lines) + "\n"


def target(link: str, page: Path, clone: Path, published: set[str]) -> str:
    path, mark, anchor = link.partition("#")
    if re.match(r"[a-z]+:", link) or not path:
        return link
    name = os.path.normpath(page.parent / path)
    if name in published:
        return link
    if f"{name}/README.md" in published:
        return f"{path.rstrip('/')}/README.md{mark}{anchor}"
    kind = "tree" if (clone / name).is_dir() else "blob"
    return f"{repository()}/{kind}/main/{name}{mark}{anchor}"


def repository() -> str:
    address: str = yaml.safe_load((CLONE / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
    return address


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

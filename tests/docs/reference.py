"""Pages of the reference, out of what ansible-doc says of modules, filters and callbacks, and of the playbooks themselves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from antsibull_docs_parser import dom
from antsibull_docs_parser.parser import Context, parse

CLONE = Path(__file__).resolve().parents[2]
COLLECTION = "kubewright.cluster"
KINDS = {"module": "Modules", "filter": "Filters", "callback": "Callbacks"}
INTRODUCTIONS = {
    "module": "A task names a module by its whole name, `kubewright.cluster.kube_node`. In a terminal: `ansible-doc kubewright.cluster.kube_node`.",
    "filter": "Filters turn inventory into what the modules take. In a terminal: `ansible-doc -t filter kubewright.cluster.node_names`.",
    "callback": "A callback shows a run or keeps something of it. In a terminal: `ansible-doc -t callback -l kubewright.cluster`.",
}
INPUT = re.compile(r"(?<![\w.])kube_\w+")


def pages() -> Iterator[tuple[str, str]]:
    """Path below reference/ and text of every page."""
    known = dumped()
    for kind, heading in KINDS.items():
        plugins = known.get(kind, {})
        yield f"{kind}s.md", index(kind, heading, plugins)
        for name, plugin in sorted(plugins.items()):
            yield f"{kind}s/{short(name)}.md", plugin_page(kind, name, plugin)
    yield "roles.md", roles(known.get("role", {}))
    yield "playbooks.md", playbooks()


def dumped() -> dict[str, Any]:
    """Everything that ansible-doc knows of the collection."""
    program = str(Path(sys.executable).parent / "ansible-doc")
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CLONE / "collections")}
    done = subprocess.run([program, "--metadata-dump", COLLECTION], cwd=CLONE, env=environment, capture_output=True, text=True, check=True)
    everything: dict[str, Any] = json.loads(done.stdout)["all"]
    return everything


def short(name: str) -> str:
    return name.removeprefix(f"{COLLECTION}.")


def index(kind: str, heading: str, plugins: Mapping[str, Any]) -> str:
    rows = [f"| [{short(name)}]({kind}s/{short(name)}.md) | {cell(plugin['doc']['short_description'])} |" for name, plugin in sorted(plugins.items())]
    return "\n".join([f"# {heading}", "", INTRODUCTIONS[kind], "", "| name | what for |", "|---|---|", *rows, ""])


def plugin_page(kind: str, name: str, plugin: Mapping[str, Any]) -> str:
    doc = plugin["doc"]
    parts = [f"# {name}", "", f"*{KINDS[kind][:-1]}.* {words(doc['short_description'])}.", "", *paragraphs(doc["description"])]
    parts += section("Options", option_rows(doc.get("options") or {}), "| option | type | default | meaning |")
    parts += section("Check mode and diff", attribute_rows(doc.get("attributes") or {}), "| | support | meaning |")
    if doc.get("notes"):
        parts += ["## Notes", "", *(f"- {words(note)}" for note in listed(doc["notes"])), ""]
    if plugin.get("examples"):
        parts += ["## Examples", "", "```yaml", plugin["examples"].strip("\n"), "```", ""]
    parts += section("Return values", return_rows(plugin.get("return") or {}), "| value | type | returned | meaning |")
    return "\n".join(parts)


def section(heading: str, rows: Iterator[str], head: str) -> list[str]:
    body = list(rows)
    rule = "|---" * (head.count("|") - 1) + "|"
    return [f"## {heading}", "", head, rule, *body, ""] if body else []


def option_rows(options: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, option in sorted(options.items(), key=lambda item: not item[1].get("required")):
        full = f"{above}{name}"
        yield f"| `{full}` | {kind_of(option)} | {default_of(option)} | {meaning(option)} |"
        yield from option_rows(option.get("suboptions") or {}, f"{full}{'[]' if option.get('type') == 'list' else ''}.")


def return_rows(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, value in values.items():
        full = f"{above}{name}"
        sample = f" For example `{json.dumps(value['sample'], ensure_ascii=False)}`." if "sample" in value and len(str(value["sample"])) < 120 else ""
        yield f"| `{full}` | {kind_of(value)} | {words(str(value.get('returned', '')))} | {meaning(value)}{sample.replace('|', chr(92) + '|')} |"
        yield from return_rows(value.get("contains") or {}, f"{full}{'[]' if value.get('type') == 'list' else ''}.")


def attribute_rows(attributes: Mapping[str, Any]) -> Iterator[str]:
    for name, attribute in sorted(attributes.items()):
        yield f"| {name.replace('_', ' ')} | {attribute.get('support', '')} | {meaning({**attribute, 'choices': None})} |"


def kind_of(option: Mapping[str, Any]) -> str:
    kind = str(option.get("type") or "str")
    return f"list of {option['elements']}" if kind == "list" and option.get("elements") else kind


def default_of(option: Mapping[str, Any]) -> str:
    if option.get("required"):
        return "**must be set**"
    default = option.get("default")
    if default is None or default in ("", [], {}):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def meaning(option: Mapping[str, Any]) -> str:
    text = " ".join(words(sentence) for sentence in listed(option.get("description", "")))
    choices = option.get("choices")
    named = list(choices) if choices else []
    tail = f" One of {', '.join(f'`{choice}`' for choice in named)}." if named else ""
    return cell(text + tail)


def listed(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def paragraphs(text: str | list[str]) -> Iterator[str]:
    for paragraph in listed(text):
        yield from (words(paragraph), "")


def words(text: str) -> str:
    """Markup of ansible to Markdown."""
    return "".join(marked(part) for paragraph in parse(" ".join(text.split()), Context()) for part in paragraph).strip()


def marked(part: dom.AnyPart) -> str:
    match part:
        case dom.OptionNamePart() | dom.ReturnValuePart():
            return f"`{part.name}`" if part.value is None else f"`{part.name}={part.value}`"
        case dom.OptionValuePart() | dom.EnvVariablePart():
            return f"`{part.value if isinstance(part, dom.OptionValuePart) else part.name}`"
        case dom.ModulePart():
            return f"`{part.fqcn}`"
        case dom.PluginPart():
            return f"`{part.plugin.fqcn}`"
        case dom.URLPart():
            return f"<{part.url}>"
        case dom.LinkPart():
            return f"[{part.text}]({part.url})"
        case dom.CodePart():
            return f"`{part.text}`"
        case dom.BoldPart() | dom.ItalicPart():
            return f"*{part.text}*"
        case dom.TextPart():
            return part.text.replace("*", "\\*").replace("<", "&lt;")
    raise ValueError(f"no Markdown is known for {part}")


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("\\\\|", "\\|")


def roles(known: Mapping[str, Any]) -> str:
    rows = ["# Roles", "", "Each page has a playbook that uses the role alone, its variables, its tags, and what it leaves behind.", "",
            "| role | what for | entry points |", "|---|---|---|"]
    for name, role in sorted(known.items()):
        entries = role["entry_points"]
        purpose = entries["main"].get("short_description") or listed(entries["main"]["description"])[0]
        named = ", ".join(f"`{entry}`" for entry in sorted(entries))
        rows.append(f"| [{short(name)}](../roles/{short(name)}/README.md) | {cell(words(str(purpose)))} | {named} |")
    return "\n".join([*rows, ""])


def playbooks() -> str:
    inputs = documented()
    parts = ["# Playbooks", "", "In a clone by path, `ansible-playbook playbooks/upgrade.yml -i hosts.yml`; installed by name, "
             "`ansible-playbook kubewright.cluster.upgrade -i hosts.yml`. Roles that a playbook uses read [more inputs](../docs/variables.md).", ""]
    for path in sorted((CLONE / "playbooks").glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        parts += [f"## {path.stem}", "", comment(text), ""]
        parts += ["| play | on |", "|---|---|", *(f"| {cell(name)} | {hosts} |" for name, hosts in plays(text)), ""]
        rows = [f"| `{name}` | {inputs[name]} |" for name in sorted({*INPUT.findall(with_tasks(text))} & inputs.keys())]
        if rows:
            parts += ["Inputs that it reads itself:", "", "| input | type | default | meaning |", "|---|---|---|---|", *rows, ""]
    return "\n".join(parts)


def comment(text: str) -> str:
    """What the first lines of a playbook say of it."""
    lines = []
    for line in text.splitlines():
        if line.startswith("#"):
            lines.append(line.lstrip("# "))
        elif line != "---":
            break
    return " ".join(lines)


def plays(text: str) -> Iterator[tuple[str, str]]:
    for play in yaml.safe_load(text):
        imported = play.get("ansible.builtin.import_playbook")
        yield str(play["name"]), f"plays of `{imported}`" if imported else f"`{play['hosts']}`"


def with_tasks(text: str) -> str:
    """A playbook with the tasks and variables beside it that it names."""
    named = re.findall(r"(?:tasks|vars)/[\w-]+\.yml", text)
    return "\n".join([text, *((CLONE / "playbooks" / name).read_text(encoding="utf-8") for name in dict.fromkeys(named))])


def documented() -> dict[str, str]:
    """Type, default and meaning of each input as docs/variables.md has them, links as seen from here."""
    rows = {}
    for line in (CLONE / "docs" / "variables.md").read_text(encoding="utf-8").splitlines():
        row = re.fullmatch(r"\| `(kube_\w+)` \| (.*) \|", line)
        if row:
            rows[row[1]] = re.sub(r"\]\((?!\w+:)(?!#)", "](../docs/", row[2]).replace("](#", "](../docs/variables.md#")
    return rows

"""Write what docs/awx.md says of every field, and the JSON Schema that editors read, out of playbooks/vars/awx_spec.yml: make awx-docs.

What a field is, is said once, where the playbook checks it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CLONE = Path(__file__).resolve().parent.parent
SPEC, DATA = CLONE / "playbooks" / "vars" / "awx_spec.yml", CLONE / "playbooks" / "vars" / "awx.yml"
PAGE, SCHEMA = CLONE / "docs" / "awx.md", CLONE / "docs" / "schemas" / "awx-1.schema.json"
TYPES = {"str": "string", "bool": "boolean", "int": "integer", "float": "number", "dict": "object", "list": "array"}
# Where the same fields stand in several variables, they are told once.
SAME = {"awx_job_templates": "awx_job_template_defaults", "awx_own_job_templates": "awx_job_template_defaults", "awx_own_questions": "awx_questions"}


def main() -> int:
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def loaded(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def schema_text() -> str:
    return json.dumps(schema(loaded(SPEC)), indent=2) + "\n"


def schema(spec: dict[str, Any]) -> dict[str, Any]:
    """Of the data file and of a user's own, which has some of it; so no variable is required here, and the fields of each are."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "What playbooks/awx.yml takes", "type": "object",
            "properties": {name: field(option) for name, option in spec.items()}, "patternProperties": {"^(?!awx_)": True}, "additionalProperties": False}


def field(option: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"description": option["description"]} if "description" in option else {}
    kind = option.get("type", "str")
    if kind in TYPES:
        found["type"] = TYPES[kind]
    if "choices" in option:
        found["enum"] = option["choices"]
    if kind == "list":
        found["items"] = field({key: value for key, value in {**option, "type": option.get("elements", "raw")}.items()
                                if key in ("type", "options")})
    elif "options" in option:
        found["properties"] = {name: field(inner) for name, inner in option["options"].items()}
        found["required"] = [name for name, inner in option["options"].items() if inner.get("required")]
        found["additionalProperties"] = False
    return found


def page(text: str) -> str:
    """The page with each of its tables as spec and data have it now."""
    for name, table in (("fields", fields()), ("job templates", templates()), ("questions", questions())):
        begin, end = f"<!-- {name}: written by make awx-docs -->", f"<!-- end of {name} -->"
        before, _begin, rest = text.partition(begin)
        _old, _end, after = rest.partition(end)
        text = f"{before}{begin}\n\n{table}\n\n{end}{after}"
    return text


def fields() -> str:
    data = loaded(DATA)
    rows = [["field", "type", "default", "meaning"], ["---"] * 4]
    for name, option in loaded(SPEC).items():
        rows += list(rows_of(name, option, data.get(name)))
    return lines(rows)


def rows_of(name: str, option: dict[str, Any], value: Any) -> Iterator[list[str]]:
    told = f"{option['description']} Its fields are those of `{SAME[name]}`." if name in SAME else option["description"]
    inner = {} if name in SAME else option.get("options", {})
    listed = option.get("type") == "list" and inner
    default = "" if listed or name in SAME else "below" if inner and value is not None else shown(value)
    yield [f"`{name}`", kind(option), default, told]
    for key, sub in inner.items():
        yield from rows_of(f"{name}[].{key}" if listed else f"{name}.{key}", sub, None if listed or not isinstance(value, dict) else value.get(key))


def kind(option: dict[str, Any]) -> str:
    if "choices" in option:
        return ", ".join(f"`{choice}`" for choice in option["choices"])
    return f"list of {option['elements']}" if option.get("type") == "list" else str(option.get("type", "str"))


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value in ("", [], {}):
        return "empty"
    text = str(value)
    return "of the environment" if "lookup(" in text else f"`{text}`".replace("{{ ", "").replace(" }}", "") if text.startswith("{{") else f"`{text}`"


def templates() -> str:
    rows = [["name", "playbook", "what it does", "survey asks for"], ["---"] * 4]
    for entry in loaded(DATA)["awx_job_templates"]:
        told = entry["description"] + (" (destructive)" if entry.get("destructive") else "")
        rows.append([entry["name"], f"`{entry['playbook']}`", told, ", ".join(f"`{name}`" for name in entry.get("survey", [])) or "nothing"])
    return lines(rows)


def questions() -> str:
    rows = [["variable", "question", "answer", "default", "why"], ["---"] * 5]
    for entry in loaded(DATA)["awx_questions"]:
        limits = f", {entry['min']} to {entry['max']}" if "min" in entry else ": " + ", ".join(entry["choices"])
        rows.append([f"`{entry['variable']}`", entry["question_name"], entry["type"] + limits, shown(entry.get("default")),
                     entry["question_description"].strip()])
    return lines(rows)


def lines(rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    raise SystemExit(main())

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's configuration document, edited by the schema of its version. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_layout as layout
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_layout import Setting, value_at

TOMLKIT_ERROR: ImportError | None = None
try:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import InlineTable
except ImportError as error:
    TOMLKIT_ERROR = error

BIN_DIRS_SINCE = (2, 1)


class Edit(NamedTuple):
    """One value at one path of the document, or its removal."""

    path: tuple[str, ...]
    value: Any

    def sentence(self) -> str:
        return f"{'.'.join(self.path)} is removed" if self.value is None else f"{'.'.join(self.path)} = {self.value!r}"


def parsed(text: str, what: str = "containerd's configuration") -> dict[str, Any]:
    """A document as plain values."""
    return dict(_parse(text, what).unwrap())


def edited(text: str, version: int, containerd: str, wanted: list[Setting]) -> tuple[str, list[str]]:
    """The new document and a sentence for each value that differs. The same text where nothing does."""
    plain = parsed(text)
    edits = _edits(plain, version, containerd, wanted)
    if not edits:
        return text, []
    forms = (_by_tables, _by_dotted_keys)
    kept = (form(text, version, edits) for form in forms)
    new = next((candidate for candidate in kept if _means(candidate, plain)), None)
    return new or _comments(text) + tomlkit.dumps(plain), [edit.sentence() for edit in edits]


def _by_tables(text: str, version: int, edits: list[Edit]) -> str:
    """As people write it."""
    document = _parse(text)
    if "version" not in document and ("version",) in [edit.path for edit in edits]:
        # A bare key has to stand before the first table.
        document = tomlkit.parse(f"version = {version}\n{text}")
    for edit in edits:
        _apply(document, edit)
    return tomlkit.dumps(document)


def _by_dotted_keys(text: str, _version: int, edits: list[Edit]) -> str:
    """A document of dotted keys takes no tables of theirs: what is new comes as such keys, too, before all else."""
    document, plain = _parse(text), parsed(text)
    new = [edit for edit in edits if value_at(plain, edit.path) is None and edit.value is not None]
    for edit in edits:
        if edit not in new:
            _apply(document, edit)
    lines = [f"{tomlkit.key(list(edit.path)).as_string()} = {tomlkit.item(edit.value).as_string()}\n" for edit in new]
    return "".join(lines) + tomlkit.dumps(document)


def _means(text: str, plain: dict[str, Any]) -> bool:
    """Whatever form the document has: its new text has to mean what was meant, and nothing else."""
    try:
        return parsed(text) == plain
    except KubewrightError:
        return False


def _comments(text: str) -> str:
    """Of a document whose form cannot be kept, the lines that are comments."""
    return "".join(f"{line.strip()}\n" for line in text.splitlines() if line.lstrip().startswith("#"))


def _edits(plain: dict[str, Any], version: int, containerd: str, wanted: list[Setting]) -> list[Edit]:
    """What is to be done; `plain` gets it done, so that the later sees the earlier."""
    done: list[Edit] = []

    def do(*edits: Edit) -> None:
        for edit in edits:
            _apply(plain, edit)
            done.append(edit)

    before = copy.deepcopy(plain)
    disabled = plain.get("disabled_plugins", [])
    if set(disabled) & set(layout.CRI_PLUGINS):
        do(Edit(("disabled_plugins",), [name for name in disabled if name not in layout.CRI_PLUGINS]))
    if plain.get("version") != version:
        do(Edit(("version",), version))
    for setting in [*wanted, *_drivers(plain, version, wanted)]:
        do(*_for_setting(plain, setting, version, containerd))
    last = {edit.path: edit for edit in done}
    return [edit for edit in last.values() if not _same(value_at(before, edit.path), value_at(plain, edit.path))]


def _for_setting(plain: dict[str, Any], setting: Setting, version: int, containerd: str) -> list[Edit]:
    place = setting.place(version)
    if setting.of_cri and setting.path == layout.BIN_DIR and version > 2 and layout.release(containerd) >= BIN_DIRS_SINCE:
        return _folders(plain, version, str(setting.value))
    if setting.of_cri and setting.path == layout.CONFIG_PATH and setting.value in str(value_at(plain, place) or "").split(":"):
        return []
    return [] if _same(value_at(plain, place), setting.value) else [Edit(place, setting.value)]


def _same(found: Any, wanted: Any) -> bool:
    """In TOML true is not 1, and 1 is not 1.0."""
    return type(found) is type(wanted) and bool(found == wanted)


def _folders(plain: dict[str, Any], version: int, folder: str) -> list[Edit]:
    """From 2.1 on there is a list of folders, and to set both is an error; those of others stay behind ours."""
    one, several = layout.cri_place(version, layout.BIN_DIR), layout.cri_place(version, layout.BIN_DIRS)
    old, listed = value_at(plain, one), value_at(plain, several) or []
    if folder in listed and not old:
        return []
    new = listed if folder in listed else list(dict.fromkeys([folder, *([old] if old else []), *listed]))
    return [Edit(several, new), *([] if old is None else [Edit(one, None)])]


def _drivers(plain: dict[str, Any], version: int, wanted: list[Setting]) -> list[Setting]:
    """A person's other runtimes that are runc, such as a GPU's, make their pods' cgroups by the same driver."""
    runtimes = value_at(plain, layout.cri_place(version, layout.RUNTIMES)) or {}
    driver = next(setting.value for setting in wanted if setting.path == (*layout.RUNTIMES, "runc", *layout.DRIVER))
    return [Setting((*layout.RUNTIMES, name, *layout.DRIVER), driver) for name, runtime in runtimes.items()
            if name != "runc" and isinstance(runtime, dict) and runtime.get("runtime_type") in layout.RUNC]


def _parse(text: str, what: str = "containerd's configuration") -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise KubewrightError(f"{what} is no valid TOML: {error}. Mend or remove the file, then run again.") from error


def _apply(document: Any, edit: Edit) -> None:
    plain = not hasattr(document, "unwrap")  # none of tomlkit's tables
    for key in edit.path[:-1]:
        if key not in document:
            if edit.value is None:
                return
            document[key] = {} if plain else tomlkit.inline_table() if isinstance(document, InlineTable) else tomlkit.table()
        document = document[key]
        if not isinstance(document, dict):
            raise KubewrightError(f"containerd's configuration has a value at {key} where {'.'.join(edit.path)} needs a table. Mend the file or the settings.")
    if edit.value is None:
        document.pop(edit.path[-1], None)
    else:
        document[edit.path[-1]] = edit.value

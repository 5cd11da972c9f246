# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's configuration document, edited by the schema of its version. Pure; runs on the controller. Private to the collection."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

TOMLKIT_ERROR: ImportError | None = None
try:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import InlineTable
except ImportError as error:
    TOMLKIT_ERROR = error

V1_CRI = ("plugins", "cri")
V2_CRI = ("plugins", "io.containerd.grpc.v1.cri")
V3_RUNTIME = ("plugins", "io.containerd.cri.v1.runtime")
V3_IMAGES = ("plugins", "io.containerd.cri.v1.images")
CRI_PLUGIN_IDS = ("cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images")


class Edit(NamedTuple):
    """One value at one path of the document."""

    path: tuple[str, ...]
    value: Any

    def sentence(self) -> str:
        return f"{'.'.join(self.path)} = {self.value!r}"


def config_version(text: str, containerd_version: str) -> int:
    """The document's own version, or the one that this containerd writes by default; 2 where nothing is known yet."""
    document = _parse(text)
    if "version" in document:
        try:
            return int(document["version"])
        except (TypeError, ValueError) as error:
            raise KubewrightError(f"containerd's configuration says version = {document['version']!r}; known are 1 to 4") from error
    if document and any(key != "disabled_plugins" for key in document) and not containerd_version.startswith("2."):
        return 1
    major = int(containerd_version.split(".")[0]) if containerd_version else 1
    return 3 if major >= 2 else 2


def edits(version: int, options: dict[str, Any]) -> list[Edit]:
    """What Kubernetes needs, at the places where this version of the document has it."""
    if version not in (1, 2, 3, 4):
        raise KubewrightError(f"containerd's configuration says version = {version}; known are 1 to 4")
    runtime = {1: V1_CRI, 2: V2_CRI}.get(version, V3_RUNTIME)
    images = {1: V1_CRI, 2: V2_CRI}.get(version, V3_IMAGES)
    runc = (*runtime, "containerd", "runtimes", "runc")
    wanted = [
        Edit((*runc, "runtime_type"), "io.containerd.runc.v2"),
        Edit((*runc, "options", "SystemdCgroup"), options["systemd_cgroup"]),
        _bin_dir(version, runtime, options["cni_bin_dir"]),
        Edit((*runtime, "cni", "conf_dir"), options["cni_conf_dir"]),
    ]
    if options["registry_config_path"] and version > 1:
        wanted.append(Edit((*images, "registry", "config_path"), options["registry_config_path"]))
    if options["sandbox_image"]:
        place = (*images, "pinned_images", "sandbox") if version > 2 else (*images, "sandbox_image")
        wanted.append(Edit(place, options["sandbox_image"]))
    wanted += [Edit((*runtime, key), value) for key, value in sorted(options["cri_settings"].items())]
    wanted += _leaves((), options["settings"])
    return list({edit.path: edit for edit in wanted}.values())  # free-form settings have the last word


def _bin_dir(version: int, runtime: tuple[str, ...], folder: str) -> Edit:
    """Version 4 has a list of folders."""
    return Edit((*runtime, "cni", "bin_dirs"), [folder]) if version == 4 else Edit((*runtime, "cni", "bin_dir"), folder)


def _leaves(path: tuple[str, ...], settings: dict[str, Any]) -> list[Edit]:
    found: list[Edit] = []
    for key, value in settings.items():
        found += _leaves((*path, str(key)), value) if isinstance(value, dict) else [Edit((*path, str(key)), value)]
    return found


def edited(text: str, version: int, wanted: list[Edit]) -> tuple[str, list[str]]:
    """The new document and a sentence for each value that differs. The same text where nothing does."""
    document = _parse(text)
    changes = _enable_cri(document)
    if document.get("version") != version:
        changes.append(f"version = {version}")
        document = _versioned(document, version)
    for edit in wanted:
        if _get(document, edit.path) != edit.value:
            _set(document, edit)
            changes.append(edit.sentence())
    return (tomlkit.dumps(document) if changes else text), changes


def _parse(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise KubewrightError(f"containerd's configuration is no valid TOML: {error}. Mend or remove the file, then run again.") from error


def _versioned(document: tomlkit.TOMLDocument, version: int) -> tomlkit.TOMLDocument:
    """A bare key must stand before the first table, and comments stay where they are."""
    if "version" in document:
        document["version"] = version
        return document
    return tomlkit.parse(f"version = {version}\n{tomlkit.dumps(document)}")


def _enable_cri(document: tomlkit.TOMLDocument) -> list[str]:
    """Docker's containerd.io package comes with the CRI plugin disabled."""
    disabled = document.get("disabled_plugins", [])
    kept = [name for name in disabled if name not in CRI_PLUGIN_IDS]
    if len(kept) == len(disabled):
        return []
    document["disabled_plugins"] = kept
    return [f"disabled_plugins = {kept!r}"]


def _get(document: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return None
        document = document[key]
    return document.unwrap() if hasattr(document, "unwrap") else document


def _set(document: Any, edit: Edit) -> None:
    for key in edit.path[:-1]:
        if key not in document:
            document[key] = tomlkit.inline_table() if isinstance(document, InlineTable) else tomlkit.table()
        document = document[key]
        if not isinstance(document, dict):
            raise KubewrightError(f"containerd's configuration has a value at {key} where {'.'.join(edit.path)} needs a table. Mend the file or the settings.")
    document[edit.path[-1]] = edit.value


def proofs(wanted: list[Edit]) -> list[dict[str, str]]:
    """What `containerd config dump` must show afterwards: plain values, by their last key."""
    shown = []
    for edit in wanted:
        if isinstance(edit.value, bool):
            shown.append({"key": edit.path[-1], "value": str(edit.value).lower()})
        elif isinstance(edit.value, (str, int)):
            shown.append({"key": edit.path[-1], "value": str(edit.value)})
    return shown

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys a dockerd takes in daemon.json, and of what kind, by its own --help: only from 23 on it validates a file. Pure. Private to the collection."""

import difflib
import re
from typing import Any, Dict, List, Tuple

from ansible_collections.kubewright.cluster.plugins.module_utils._docker_daemon import PLURALS
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

_OPTION = re.compile(r"^ +(?:-\w, )?--([\w-]+)(?: (\S+))?(?:  |$)", re.MULTILINE)
# Known to daemons, and to no --help.
_UNLISTED = ("builder", "cluster-advertise", "cluster-store", "cluster-store-opts", "deprecated-key-path", "features", "graph")
_KINDS: Dict[str, Tuple[Any, str]] = {
    "": (bool, "true or false"), "int": (int, "a number"), "string": (str, "a text, in quotes"), "list": (list, "a list"), "map": (dict, "an object"),
}
_NOT_IN_A_FILE = ("config-file", "help", "validate", "version")


def kinds(printed: str) -> Dict[str, str]:
    """What --help says of each key; empty for a switch."""
    found = {PLURALS.get(name, name): kind or "" for name, kind in _OPTION.findall(printed) if name not in _NOT_IN_A_FILE}
    return dict(dict.fromkeys(_UNLISTED, "?"), **found)


def refuse_unfit(document: Dict[str, Any], before: Dict[str, Any], printed: str, path: str) -> None:
    """Raise for what this daemon would not start with. What was there already is somebody else's, and runs."""
    known = kinds(printed)
    told: List[str] = []
    for key, value in sorted(document.items()):
        if key not in before or before[key] != value:
            told += _problems(key, value, known)
    if told:
        raise KubewrightError("Docker would not start with the new {0}: {1}. Nothing was changed. Correct docker_settings.".format(path, "; ".join(told)))


def _problems(key: str, value: Any, known: Dict[str, str]) -> List[str]:
    if key not in known:
        near = difflib.get_close_matches(key, known, 1)
        return ["it knows no {0}{1}".format(key, ", but {0}".format(near[0]) if near else "")]
    kind, told = _KINDS.get(known[key], (object, ""))
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return ["{0} must be {1}".format(key, told)]
    if key == "log-opts":
        return ["log-opts.{0} must be a text, in quotes".format(name) for name, item in value.items() if not isinstance(item, str)]
    return []

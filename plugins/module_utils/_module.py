# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a module's main(): one answer, or one error. The only util that ends a module. Private to the collection."""

from typing import Any, Callable, Dict, List, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError

Result = Dict[str, Any]


def conclude(module: Any, execute: Callable[[], Result], what: str, diff: Optional[Callable[[Result], Dict[str, str]]] = None,
             evidence: Optional[Callable[[Any], Result]] = None) -> None:
    """Exit with what execute returns, which holds `changed`, or fail with its error.

    what: how a failed command's message begins. diff: what changed, asked for only where it is shown. evidence: more for a failed command;
    its "told" goes into the message.
    """
    try:
        result = _executed(execute)
    except CommandError as error:
        found = dict(error.evidence, **(evidence(module) if evidence else {}))
        told = "; {0}".format(found.pop("told")) if "told" in found else ""
        module.fail_json(msg="{0}: {1}{2}".format(what, error, told), **found)
    except KubewrightError as error:
        module.fail_json(msg=str(error), **error.evidence)
    if diff and module._diff and result["changed"]:
        result["diff"] = diff(result)
    module.exit_json(**result)


def _executed(execute: Callable[[], Result]) -> Result:
    try:
        return execute()
    finally:
        progress.forget()


def sentences(key: str) -> Callable[[Result], Dict[str, str]]:
    """The diff of a module whose result holds what it did as a list of sentences."""
    return lambda result: {"before": "", "after": as_lines(result[key])}


def as_lines(texts: List[str]) -> str:
    return "".join(text + "\n" for text in texts)

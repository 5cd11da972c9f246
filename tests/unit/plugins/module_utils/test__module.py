# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._module import as_lines, conclude, sentences


class Ended(Exception):
    pass


class FakeModule:
    """Ends as AnsibleModule does: by leaving main()."""

    def __init__(self, diff: bool = False) -> None:
        self._diff = diff
        self.answer: Dict[str, Any] = {}

    def exit_json(self, **answer: Any) -> None:
        self.answer = answer
        raise Ended

    def fail_json(self, **answer: Any) -> None:
        self.exit_json(failed=True, **answer)


def answer(execute: Any, asked: bool = False, **more: Any) -> Dict[str, Any]:
    module = FakeModule(asked)
    with pytest.raises(Ended):
        conclude(module, execute, "nodes", **more)
    return module.answer


def fail(error: Exception) -> Any:
    def execute() -> Dict[str, Any]:
        raise error

    return execute


@pytest.mark.parametrize(("asked", "changed", "shown"), [(True, True, True), (True, False, False), (False, True, False)])
def test_a_difference_is_shown_where_it_is_asked_for_and_there_is_one(asked: bool, changed: bool, shown: bool) -> None:
    found = answer(lambda: {"changed": changed, "actions": ["a", "b"]}, asked, diff=sentences("actions"))
    assert found.pop("diff", None) == ({"before": "", "after": "a\nb\n"} if shown else None)
    assert found == {"changed": changed, "actions": ["a", "b"]}


def test_an_answer_needs_no_difference() -> None:
    assert answer(lambda: {"changed": True}, True) == {"changed": True}


def test_an_error_is_the_answer_with_its_evidence() -> None:
    assert answer(fail(KubewrightError("no", findings=[]))) == {"failed": True, "msg": "no", "findings": []}


def test_a_failed_command_is_named_with_what_the_machine_shows() -> None:
    found = answer(fail(CommandError("kubectl", 1, "", "refused")), evidence=lambda _module: {"journal": ["x"]})
    assert (found["msg"], found["rc"], found["journal"]) == ("nodes: `kubectl` ended with code 1: refused", 1, ["x"])
    assert "journal" not in answer(fail(CommandError("kubectl", 1, "", "refused")))


def test_lines_end_with_a_newline() -> None:
    assert as_lines([]) == "" and as_lines(["a", "b"]) == "a\nb\n"

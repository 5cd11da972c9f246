# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from functools import partial
from typing import List

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out


def steps_until(done: List[str], *names: str) -> List[Step]:
    return [Step(name, partial(done.append, name)) for name in names if name not in done]


def test_steps_are_predicted_then_done_in_order_then_none_is_left() -> None:
    done: List[str] = []
    for check_mode, changed, left in ((True, True, []), (False, True, ["a", "b"]), (True, False, ["a", "b"]), (False, False, ["a", "b"])):
        answer = carried_out(lambda: steps_until(done, "a", "b"), check_mode)
        assert answer == {"changed": changed, "actions": ["a", "b"] if changed else []} and done == left


def test_what_does_not_stay_done_is_an_error() -> None:
    with pytest.raises(KubewrightError, match="the machine does not show it.*: a. Look for what undoes it") as raised:
        carried_out(lambda: [Step("a", lambda: None)], False)
    assert raised.value.evidence == {"actions": ["a"]}

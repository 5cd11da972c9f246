# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left to do on a machine, done one after the other and proven by asking again. Private to the collection."""

from typing import Any, Callable, Dict, List, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError


class Step(NamedTuple):
    """A sentence that says what is done, and what does it."""

    sentence: str
    act: Callable[[], Any]


LEFT = "all that was to do was done, and yet the machine does not show it; it would have to be done again: {0}. Look for what undoes it."


def carried_out(still_to_do: Callable[[], List[Step]], check_mode: bool, told: str = LEFT) -> Dict[str, Any]:
    """A module's answer. What still_to_do raises, it raises before anything is touched; once all is done, nothing may be left.

    told: the error's sentence; {0} becomes what is left.
    """
    steps = still_to_do()
    if steps and not check_mode:
        for number, step in enumerate(steps, 1):
            progress.tell(step.sentence, number, len(steps))
            step.act()
        left = [step.sentence for step in still_to_do()]
        if left:
            raise KubewrightError(told.format("; ".join(left)), actions=[step.sentence for step in steps])
    return {"changed": bool(steps), "actions": [step.sentence for step in steps]}

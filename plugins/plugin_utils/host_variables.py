# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host's variables, without an end where one of them cannot be read from here. Runs on the controller. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from ansible.errors import AnsibleError


class HostVariables(Mapping[str, Any]):
    """What hostvars has of one host. A value whose template needs hostvars itself is known to that host alone; it stays a template, as all of them once did."""

    def __init__(self, given: Mapping[str, Any], elsewhere: Mapping[str, Any] | None = None) -> None:
        self.given = given
        # What a play or a role says for all hosts, which hostvars has not.
        self.elsewhere = {name: value for name, value in (elsewhere or {}).items() if name not in given}

    def __getitem__(self, name: str) -> Any:
        if name in self.elsewhere:
            return self.elsewhere[name]
        try:
            return self.given[name]
        except AnsibleError:
            return "{{ " + name + " }}"

    def __iter__(self) -> Iterator[str]:
        return chain(self.given, self.elsewhere)

    def __len__(self) -> int:
        return len(self.given) + len(self.elsewhere)

    def __contains__(self, name: object) -> bool:
        return name in self.given or name in self.elsewhere

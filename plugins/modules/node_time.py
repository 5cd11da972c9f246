#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: node_time
short_description: A node's clock, kept by a time service and synchronised
version_added: 0.1.0
description:
  - Takes the time service that runs (chrony, systemd-timesyncd, ntpsec, ntpd or openntpd) as it is. Where none runs, it starts the one that is installed,
    chrony first, now and at boot. Installing one is the business of M(kubewright.cluster.kube_package).
  - Waits until the clock is synchronised. In check mode, or where it is already, it does not wait.
options:
  servers:
    description:
      - Time servers to use in place of the distribution's, each an address or a name, with chrony's options behind it if need be. Written for chrony and
        systemd-timesyncd; refused where another service keeps the time.
    type: list
    elements: str
    default: []
  seconds:
    description: How long to wait for a synchronised clock.
    type: int
    default: 60
extends_documentation_fragment:
  - kubewright.cluster.attributes
author:
  - Kubewright contributors (@kubewright)
"""

EXAMPLES = r"""
- name: Keep the clock right
  kubewright.cluster.node_time:
    servers: [192.0.2.1, ntp.example.com iburst prefer]
"""

RETURN = r"""
actions:
  description: What was done, or would be done, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [start chrony.service now and at boot]
service:
  description: The unit that keeps the time; empty in check mode where its package is not installed yet.
  returned: always
  type: str
  sample: chrony.service
synchronised:
  description: Whether the clock is synchronised.
  returned: always
  type: bool
  sample: true
"""

import time
from functools import partial
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _clock as clock
from ansible_collections.kubewright.cluster.plugins.module_utils import _progress as progress
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, rewrite, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude, sentences
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step, carried_out
from ansible_collections.kubewright.cluster.plugins.module_utils._systemd import units


class Clock:
    """One look, one service, its servers, and the wait."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.servers: List[str] = module.params["servers"]
        self.run = Runner(module)

    def _services(self) -> List[clock.Service]:
        return clock.services(units(self.run, clock.SERVICES, "Id", "LoadState", "ActiveState", "UnitFileState"))

    def still_to_do(self) -> List[Step]:
        service = clock.keeper(self._services())
        if service is None:
            return self._without_service()
        found = self._server_steps(service.unit)
        if found and service.active:  # stopped first: a run that is killed in between leaves something to start
            found.insert(0, Step("stop " + service.unit, partial(self.run, ["systemctl", "stop", service.unit])))
        if found or not service.active:
            found.append(Step("start {0} now and at boot".format(service.unit), partial(self.run, ["systemctl", "enable", "--now", service.unit])))
        elif not service.at_boot:
            found.append(Step("start {0} at boot".format(service.unit), partial(self.run, ["systemctl", "enable", service.unit])))
        return found

    def _without_service(self) -> List[Step]:
        if self.module.check_mode:
            return [Step("start the time service that is installed by then, now and at boot", lambda: None)]
        raise KubewrightError("no time service is installed here: none of {0}. Install chrony, or leave the clock to somebody else by prereqs_time: keep."
                              .format(", ".join(clock.SERVICES)))

    def _server_steps(self, unit: str) -> List[Step]:
        if not self.servers:
            return []
        if unit in clock.CHRONY:
            path, write, wanted = clock.chrony_file(), rewrite, clock.with_servers(read(clock.chrony_file()), self.servers)
        elif unit == clock.TIMESYNCD:
            path, write, wanted = clock.TIMESYNCD_FILE, write_whole, clock.timesyncd_text(self.servers)
        else:
            raise KubewrightError("time servers are asked for, and {0} keeps the time here, whose configuration is yours: write them into it and leave "
                                  "kube_time_servers empty, or remove it for chrony.".format(unit))
        return [Step("write the time servers into " + path, partial(write, path, wanted))] if read(path) != wanted else []

    def wait(self) -> bool:
        service = clock.keeper(self._services())
        if self.module.check_mode or service is None:
            return service is not None and service.active and clock.is_synchronised(service, self.run)
        limit = time.monotonic() + self.module.params["seconds"]
        while not clock.is_synchronised(service, self.run):
            if time.monotonic() > limit:
                raise clock.not_synchronised(service, self.module.params["seconds"], self.run)
            progress.tell("waiting until the clock is synchronised")
            time.sleep(1)
        return True

    def execute(self) -> Dict[str, Any]:
        answer = carried_out(self.still_to_do, self.module.check_mode)
        synchronised = self.wait()
        service = clock.keeper(self._services())
        return dict(answer, synchronised=synchronised, service=service.unit if service else "")


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "servers": {"type": "list", "elements": "str", "default": []},
            "seconds": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: Clock(module).execute(), "time", sentences("actions"))


if __name__ == "__main__":
    main()

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SELinux: permissive or enforcing, live and at boot. Private to the collection."""

import glob
import re
from typing import Any, List, Optional

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._files import MARK, read, rewrite
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step

LIVE = "/sys/fs/selinux/enforce"
CONFIGURATION = "/etc/selinux/config"
# Either tells that container-selinux is there.
POLICIES = ("/usr/share/selinux/packages/container.pp*", "/var/lib/selinux/*/active/modules/*/container", "/etc/selinux/*/active/modules/*/container")
_LINE = re.compile(r"^[ \t]*SELINUX[ \t]*=[ \t]*(\w+)[ \t]*$", re.MULTILINE)


def live() -> str:
    """enforcing, permissive, or disabled."""
    return {"1": "enforcing", "0": "permissive"}.get(read(LIVE).strip(), "disabled")


def has_container_policy() -> bool:
    """Whether container-selinux is there."""
    return any(glob.glob(pattern) for pattern in POLICIES)


def at_boot() -> Optional[str]:
    """What the configuration says; None on a machine without SELinux."""
    found = _LINE.findall(read(CONFIGURATION))
    return found[-1].lower() if found else None


def configured(text: str, mode: str) -> str:
    """With this mode; what was there stays as a comment."""
    text = text.replace("{0}SELINUX={1}\n".format(MARK, mode), "")  # our own, from when it was the other way round
    return _LINE.sub(lambda match: "{0}{1}\nSELINUX={2}".format(MARK, match.group().strip(), mode), text)


def note(mode: str) -> Optional[str]:
    """What is left as it is, and why."""
    if mode == "permissive" and live() == "disabled" and at_boot():
        return ("SELinux is disabled here, and stops no container: it is left so" if at_boot() == "disabled" else
                "SELinux is disabled until the next boot, which will have it permissive")
    return None


def steps(mode: str, check_mode: bool, run: Any) -> List[Step]:
    """Nothing where there is no SELinux. A disabled one is not turned on: every file would have to get its label first."""
    if mode == "keep" or (at_boot() is None and live() == "disabled"):
        return []
    if mode == "enforcing":
        _refuse_enforcing(check_mode)
    found = []
    if live() not in (mode, "disabled"):
        found.append(Step("make SELinux {0} now".format(mode), lambda: run(["setenforce", mode.capitalize()])))
    if at_boot() not in (mode, "disabled", None):
        found.append(Step("make SELinux {0} at boot".format(mode), lambda: rewrite(CONFIGURATION, configured(read(CONFIGURATION), mode))))
    return found


def _refuse_enforcing(check_mode: bool) -> None:
    if "disabled" in (live(), at_boot()):
        raise KubewrightError("SELinux is disabled on this machine; enforcing is asked for. Files have no labels yet, and the machine might not boot: set "
                              "SELINUX=permissive in {0}, run `touch /.autorelabel`, reboot, then run again.".format(CONFIGURATION))
    if not check_mode and not has_container_policy():  # before the first run its package is only predicted
        raise KubewrightError("SELinux would be enforcing without the policy for containers, and no pod could start. Install container-selinux "
                              "(it is in the distribution's extras or appstream repository), or choose permissive.")

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the packages of the kubelet and of kubeadm bring besides programs: unit, drop-in, environment, folders. Private to the collection."""

import os
from functools import partial
from typing import Dict, List

from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._files import read, write_whole
from ansible_collections.kubewright.cluster.plugins.module_utils._steps import Step
from ansible_collections.kubewright.cluster.plugins.module_utils._systemd import unit

NAME = "kubelet.service"
UNITS = "/usr/lib/systemd/system"
FOLDERS = ("/etc/kubernetes/manifests", "/etc/cni/net.d", "/var/lib/kubelet")

_UNIT = """\
# Written by Kubewright (kube_binaries), as the kubelet's package has it.
[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={programs}/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
"""

_DROP_IN = """\
# Written by Kubewright (kube_binaries), as kubeadm's package has it. Arguments of your own belong into {environment}.
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-{environment}
ExecStart=
ExecStart={programs}/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
"""


def environment_file() -> str:
    """Where the family of the machine keeps what administrators set for services."""
    return "/etc/default/kubelet" if os.path.isdir("/var/lib/dpkg") else "/etc/sysconfig/kubelet"


def texts(programs: str) -> Dict[str, str]:
    environment = environment_file()
    return {
        "{0}/{1}".format(UNITS, NAME): _UNIT.format(programs=programs),
        "{0}/{1}.d/10-kubeadm.conf".format(UNITS, NAME): _DROP_IN.format(programs=programs, environment=environment),
    }


def still_to_do(run: Runner, programs: str) -> List[Step]:
    """The unit as the packages have it, and enabled; what an administrator wrote in the environment file stays."""
    differing = {path: text for path, text in texts(programs).items() if read(path) != text}
    steps = [Step("make " + folder, partial(os.makedirs, folder, 0o755)) for folder in FOLDERS if not os.path.isdir(folder)]
    steps += [Step("write " + path, partial(write_whole, path, text)) for path, text in differing.items()]
    if not os.path.exists(environment_file()):
        steps.append(Step("write " + environment_file(), partial(write_whole, environment_file(), "KUBELET_EXTRA_ARGS=\n")))
    if differing or _is_stale(run):  # the latter after a run that was killed in between
        steps.append(Step("make systemd read its units again", lambda: run(["systemctl", "daemon-reload"])))
    return steps + enabling(run)


def _is_stale(run: Runner) -> bool:
    return unit(run, NAME, "NeedDaemonReload").get("NeedDaemonReload") == "yes"


def enabling(run: Runner) -> List[Step]:
    """The kubelet starts with the machine; it is kubeadm who starts it first."""
    if run(["systemctl", "is-enabled", NAME], ok=(0, 1, 4)).stdout.strip() == "enabled":
        return []
    return [Step("enable " + NAME, lambda: run(["systemctl", "enable", NAME]))]

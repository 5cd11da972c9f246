# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases of each long operation, by the names that markers, results and tests use. Data only. Private to the collection.

kubeadm has these phases in every version from 1.17 on. The last of each operation is the rest, in kubeadm's own order; see docs/decisions/0003 and 0006.
"""

from typing import Dict, Tuple

INIT, JOIN, JOIN_CONTROL_PLANE = "init", "join", "join-control-plane"

# What removes the remains of an interrupted run, before the operation's own phases.
RESET = "reset"

# Each writes files only; what is left waits for the API server and then talks to it.
INIT_PHASES = ("preflight", "certs all", "kubeconfig all", "etcd local", "control-plane all", "kubelet-start")
INIT_REST = "wait and finish"

# It looks only. The kubelet's start is all that a worker's join does.
JOIN_PHASES = ("preflight",)
JOIN_REST = "kubelet and finish"

# The same, and files; the cluster does not hear of the machine before the rest.
CONTROL_PLANE_PHASES = ("preflight", "control-plane-prepare all")
CONTROL_PLANE_REST = "kubelet, etcd and finish"
KUBELET_START = "kubelet-start"  # in the rest

PHASES: Dict[str, Tuple[str, ...]] = {
    INIT: (*INIT_PHASES, INIT_REST),
    JOIN: (*JOIN_PHASES, JOIN_REST),
    JOIN_CONTROL_PLANE: (*CONTROL_PLANE_PHASES, CONTROL_PLANE_REST),
}


def skipped(*phases: str) -> Tuple[str, ...]:
    """The phases as --skip-phases takes them: a phase goes with all that is below it."""
    return tuple(phase.split()[0] for phase in phases)

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import document_fields


@pytest.mark.parametrize(("kind", "path", "first", "last"), [
    ("InitConfiguration", "skipPhases", 22, 37),
    ("InitConfiguration", "patches.directory", 22, 37),
    ("InitConfiguration", "nodeRegistration.imagePullPolicy", 22, 37),
    ("InitConfiguration", "nodeRegistration.imagePullSerial", 31, 37),
    ("InitConfiguration", "certificateKey", 17, 37),
    ("InitConfiguration", "dryRun", 31, 37),
    ("InitConfiguration", "nodeRegistration.kubeletExtraArgs", 17, 30),
    ("InitConfiguration", "nodeRegistration.kubeletExtraArgs[].name", 31, 37),
    ("ClusterConfiguration", "dns.type", 17, 21),
    ("ClusterConfiguration", "useHyperKubeImage", 17, 21),
    ("ClusterConfiguration", "dns.disabled", 31, 37),
    ("ClusterConfiguration", "proxy.disabled", 31, 37),
    ("ClusterConfiguration", "encryptionAlgorithm", 31, 37),
    ("ClusterConfiguration", "certificateValidityPeriod", 31, 37),
    ("ClusterConfiguration", "apiServer.timeoutForControlPlane", 17, 30),
    ("ClusterConfiguration", "etcd.external.httpEndpoints", 35, 37),
    ("JoinConfiguration", "discovery.timeout", 17, 30),
    ("JoinConfiguration", "timeouts.discovery", 31, 37),
    ("JoinConfiguration", "controlPlane.certificateKey", 17, 37),
    ("ResetConfiguration", "unmountFlags", 31, 37),
    ("UpgradeConfiguration", "plan.etcdUpgrade", 33, 37),
])
def test_what_the_release_notes_say_of_a_field_is_in_the_table(kind: str, path: str, first: int, last: int) -> None:
    found = [(field.first, field.last) for field in document_fields.fields(kind) if field.path == path]
    assert found == [(first, last)]

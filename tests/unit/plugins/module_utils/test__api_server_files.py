# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import os
import stat

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _api_server_files as files
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.tests.unit.plugins.fake_machine import FakeMachine

AUDITED = "    - --audit-policy-file=/etc/kubernetes/audit/policy.yaml\n    - --audit-log-path=/var/log/kubernetes/audit/audit.log\n"
ENCRYPTED = "    - --encryption-provider-config=/etc/kubernetes/pki/encryption-at-rest.yaml\n"


def mode(machine: FakeMachine, path: str) -> int:
    return stat.S_IMODE(os.stat(machine.root + path).st_mode)


def test_files_and_folders_are_for_root_alone(machine: FakeMachine) -> None:
    files.place({"/etc/kubernetes/audit/policy.yaml": "kind: Policy\n", "/var/log/kubernetes/audit/": ""})
    assert machine.text("/etc/kubernetes/audit/policy.yaml") == "kind: Policy\n"
    assert [mode(machine, path) for path in ("/etc/kubernetes/audit", "/etc/kubernetes/audit/policy.yaml", "/var/log/kubernetes/audit")] == [
        0o700, 0o600, 0o700]


def test_a_folder_that_is_there_keeps_its_mode(machine: FakeMachine) -> None:
    machine.write("/var/log/shared/x")
    os.chmod(machine.root + "/var/log/shared", 0o755)
    files.place({"/var/log/shared/": ""})
    assert mode(machine, "/var/log/shared") == 0o755


@pytest.mark.parametrize("provider", ["secretbox", "aescbc"])
def test_a_key_is_made_once(machine: FakeMachine, provider: str) -> None:
    files.make_encryption(provider, ["secrets", "configmaps"])
    text = machine.text(files.ENCRYPTION)
    found = json.loads(text)
    assert (found["apiVersion"], found["kind"]) == ("apiserver.config.k8s.io/v1", "EncryptionConfiguration")
    (entry,) = found["resources"]
    assert entry["resources"] == ["secrets", "configmaps"] and entry["providers"][1] == {"identity": {}}
    assert len(base64.b64decode(entry["providers"][0][provider]["keys"][0]["secret"])) == 32 and mode(machine, files.ENCRYPTION) == 0o600
    files.make_encryption("aescbc", ["secrets"])
    assert machine.text(files.ENCRYPTION) == text
    machine.write(files.ENCRYPTION, "")  # a machine that stopped in the middle
    files.make_encryption(provider, ["secrets"])
    assert json.loads(machine.text(files.ENCRYPTION)) != found


@pytest.mark.parametrize(("manifest", "expected"), [
    ("", {}), ("    - --audit-policy-file=/srv/own.yaml\n", {}),
    (AUDITED, {"/etc/kubernetes/audit/policy.yaml": "policy", "/var/log/kubernetes/audit/": ""}),
    (AUDITED.splitlines()[0], {"/etc/kubernetes/audit/policy.yaml": "policy"}),
    ("    - --audit-policy-file=/etc/kubernetes/audit/policy.yaml\n    - --audit-log-path=-\n", {"/etc/kubernetes/audit/policy.yaml": "policy"}),
    (ENCRYPTED, {"/etc/kubernetes/pki/encryption-at-rest.yaml": "key"}),
])
def test_one_more_control_plane_gets_what_this_one_reads(machine: FakeMachine, manifest: str, expected: dict[str, str]) -> None:
    machine.write(files.AUDIT_POLICY, "policy")
    machine.write(files.ENCRYPTION, "key")
    assert files.of_this_machine(manifest) == expected


@pytest.mark.parametrize(("manifest", "told"), [
    (AUDITED, "reads /etc/kubernetes/audit/policy.yaml, and on this machine it is not there. It does not start without it."),
    (ENCRYPTED, "Without its key nobody reads what the cluster has encrypted. Bring it back from another control plane or from a backup"),
    (AUDITED + ENCRYPTED, "policy.yaml and /etc/kubernetes/pki/encryption-at-rest.yaml, and on this machine they are not there. Without"),
])
def test_what_is_lost_is_told_before_anybody_starts_without_it(machine: FakeMachine, manifest: str, told: str) -> None:
    for action in (files.refuse_missing, files.of_this_machine):
        with pytest.raises(KubewrightError) as raised:
            action(manifest)
        assert told in str(raised.value)
    machine.write(files.AUDIT_POLICY, "policy")
    machine.write(files.ENCRYPTION, "key")
    files.refuse_missing(manifest)

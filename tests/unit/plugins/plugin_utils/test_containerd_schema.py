# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

pytest.importorskip("tomlkit")

from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_layout as layout
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_schema as schema
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_toml import parsed
from ansible_collections.kubewright.cluster.tests.unit.plugins.containerd_documents import DEBIAN, DOCKER, OPTIONS, PAIRS


@pytest.mark.parametrize(("daemon", "version"), PAIRS)
def test_a_document_has_the_version_that_it_says(daemon: str, version: int) -> None:
    assert schema.document_version({"version": version}, daemon) == version


@pytest.mark.parametrize(("text", "containerd", "version"), [
    ("", "1.6.20", 2), ("", "1.7.24", 2), ("", "2.1.9", 3), ("", "2.3.4", 3), ("", "", 2), ("", "1.2.13", 1), ("# comment\n", "2.0.0", 3),
    (DOCKER, "1.7.24", 2), (DOCKER, "2.1.9", 3), (DEBIAN, "2.1.9", 2), ('version = "2"\n', "1.7.24", 2),
    ("root = '/x'\n", "1.7.24", 2), ("[debug]\n", "2.1.9", 3), ("[debug]\n", "1.7.24", 2),
    ("[plugins.cri]\n", "1.7.24", 1), ('disabled_plugins = ["cri", "aufs"]\n', "1.7.24", 1), ("[plugins.bolt]\n", "1.6.20", 1),
    ('[plugins."io.containerd.grpc.v1.cri"]\n', "2.1.9", 2), ('[plugins."io.containerd.grpc.v1.cri"]\n', "1.7.24", 2),
    ('[plugins."io.containerd.cri.v1.images"]\n', "2.1.9", 3), ('plugins = {"io.containerd.cri.v1.runtime" = {}}\n', "2.3.4", 3),
    ('plugins."io.containerd.grpc.v1.cri".sandbox_image = "a"\n', "2.1.9", 2),
])
def test_a_document_without_a_version_has_that_of_its_tables_or_of_this_containerd(text: str, containerd: str, version: int) -> None:
    assert schema.document_version(parsed(text), containerd) == version


@pytest.mark.parametrize(("text", "containerd", "words"), [
    ("version = 5\n", "2.3.4", "says version = 5; known are 1 to 4"),
    ("version = 0\n", "2.3.4", "known are 1 to 4"),
    ('version = "two"\n', "2.3.4", "known are 1 to 4"),
    ("version = [2]\n", "2.3.4", "known are 1 to 4"),
    ("version = 3\n", "1.7.24", "says version = 3, and containerd 1.7.24 knows up to 2. Write it as version 2"),
    ("version = 4\n", "2.1.9", "says version = 4, and containerd 2.1.9 knows up to 3"),
    ("version = 3\n", "", "containerd not installed yet knows up to 2"),
    ("version = 1\n", "2.1.9", "is of version 1, and containerd 2.1.9 passes over what version 1 says of the CRI plugin. Write `version = 2` as"),
    ("[plugins.cri]\n", "2.0.5", "is of version 1.*move the file away"),
    ('disabled_plugins = ["aufs"]\n', "2.1.9", "is of version 1"),
    ('[plugins.cri]\n[plugins."io.containerd.grpc.v1.cri"]\n', "1.7.24", r"as version 1 does \(cri\) and as later ones do \(io.containerd.grpc.v1.cri\)"),
])
def test_a_document_that_this_containerd_does_not_take_is_refused_with_what_to_do(text: str, containerd: str, words: str) -> None:
    with pytest.raises(KubewrightError, match=words):
        schema.document_version(parsed(text), containerd)


@pytest.mark.parametrize(("version", "containerd", "table", "lines", "words"), [
    (2, "1.7.24", '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]', 'endpoint = ["https://a.example"]', "registry.mirrors for docker.io"),
    (1, "1.7.24", '[plugins.cri.registry.mirrors."docker.io"]', 'endpoint = ["https://a.example"]', "Move them to kube_registry_mirrors"),
    (3, "2.1.9", '[plugins."io.containerd.cri.v1.images".registry.mirrors."b.example"]', "", "registry.mirrors for b.example"),
    (2, "1.7.24", '[plugins."io.containerd.grpc.v1.cri".registry.configs."a.example".tls]', 'ca_file = "/a"', "registry.configs with tls for a.example"),
    (2, "1.7.24", '[plugins."io.containerd.grpc.v1.cri"]', "systemd_cgroup = true", "systemd_cgroup = true in the CRI plugin's table"),
])
def test_what_would_keep_the_cri_plugin_from_loading_is_refused(version: int, containerd: str, table: str, lines: str, words: str) -> None:
    text = f"version = {version}\n{table}\n{lines}\n"
    with pytest.raises(KubewrightError, match=words):
        schema.refuse_conflicts(parsed(text), version, containerd, "/etc/containerd/certs.d")


@pytest.mark.parametrize(("text", "containerd", "config_path"), [
    ('version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors]\n[plugins."io.containerd.grpc.v1.cri".registry.configs]\n', "1.7.24", "/a"),
    ('version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n', "1.7.24", ""),
    ('version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n', "1.4.13", "/a"),
    ('version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.configs."a.example".auth]\nusername = "x"\n', "1.7.24", "/a"),
    (DEBIAN, "2.1.9", "/a"), ("version = 2\nplugins = 3\n", "2.1.9", "/a"),
])
def test_what_containerd_takes_is_not_refused(text: str, containerd: str, config_path: str) -> None:
    schema.refuse_conflicts(parsed(text), 2, containerd, config_path)


@pytest.mark.parametrize(("containerd", "there"), [("1.4.13", False), ("1.5.0", True), ("", True), ("2.1.9", True)])
def test_a_folder_of_hosts_files_is_wanted_of_a_containerd_that_knows_it(containerd: str, there: bool) -> None:
    assert (layout.CONFIG_PATH in [setting.path for setting in schema.known(layout.wanted(OPTIONS), containerd)]) is there

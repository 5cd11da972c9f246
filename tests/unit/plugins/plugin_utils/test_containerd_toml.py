# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

tomlkit = pytest.importorskip("tomlkit")

from ansible_collections.kubewright.cluster.plugins.modules.containerd_config import effective_values  # noqa: E402
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_toml  # noqa: E402

OPTIONS: dict[str, Any] = {
    "sandbox_image": "registry.k8s.io/pause:3.10", "systemd_cgroup": True, "cni_bin_dir": "/opt/cni/bin", "cni_conf_dir": "/etc/cni/net.d",
    "registry_config_path": "/etc/containerd/certs.d", "cri_settings": {}, "settings": {},
}
# As Docker's containerd.io package has it.
DOCKER = """#   Copyright 2018-2022 Docker Inc.

disabled_plugins = ["cri"]

#root = "/var/lib/containerd"
#[grpc]
#  address = "/run/containerd/containerd.sock"
"""
OWN = """# ours
version = 2
root = "/data/containerd"  # a bigger disk

# why so talkative
[debug]
  level = "info" # to see it

[plugins."io.containerd.grpc.v1.cri"]
  # keep
  max_concurrent_downloads = 7
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "zfs"
"""
CRI = {1: ("plugins", "cri"), 2: ("plugins", "io.containerd.grpc.v1.cri"), 3: ("plugins", "io.containerd.cri.v1.runtime"),
       4: ("plugins", "io.containerd.cri.v1.runtime")}


def edit(text: str, containerd: str = "1.7.24", **options: Any) -> tuple[str, list[str]]:
    version = containerd_toml.config_version(text, containerd)
    return containerd_toml.edited(text, version, containerd_toml.edits(version, {**OPTIONS, **options}))


def at(text: str, *path: str) -> Any:
    document: Any = tomlkit.parse(text).unwrap()
    for key in path:
        document = document[key]
    return document


@pytest.mark.parametrize(("text", "containerd", "version"), [
    ("", "1.6.20", 2), ("", "1.7.24", 2), ("", "2.1.0", 3), ("", "", 2), ("# comment\n", "2.0.0", 3),
    (DOCKER, "1.7.24", 2), (DOCKER, "2.1.0", 3),
    ("root = '/x'\n", "1.7.24", 1), ("[plugins.cri]\n", "1.4.0", 1), ("[debug]\n", "2.1.0", 3),
    ("version = 1\n", "1.7.24", 1), ("version = 2\n", "2.1.0", 2), ("version = 3\n", "2.0.0", 3), ("version = 4\n", "2.3.0", 4),
    ('version = "2"\n', "1.7.24", 2),
])
def test_the_version_is_the_document_s_own_or_that_of_this_containerd(text: str, containerd: str, version: int) -> None:
    assert containerd_toml.config_version(text, containerd) == version


@pytest.mark.parametrize("text", ["version = 5\n", "version = 0\n", 'version = "two"\n', "version = [2]\n"])
def test_an_unknown_version_is_refused(text: str) -> None:
    with pytest.raises(KubewrightError, match="known are 1 to 4"):
        edit(text)


@pytest.mark.parametrize("text", ["version = \n", "[plugins\n", "a = 1\na = 2\n"])
def test_what_is_no_toml_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(KubewrightError, match="no valid TOML: .*Mend or remove the file"):
        edit(text)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_each_version_has_its_own_places(version: int) -> None:
    text, changes = edit(f"version = {version}\n", cri_settings={"max_concurrent_downloads": 5})
    cri = CRI[version]
    images = ("plugins", "io.containerd.cri.v1.images") if version > 2 else cri
    runc = at(text, *cri, "containerd", "runtimes", "runc")
    assert (runc["runtime_type"], runc["options"]["SystemdCgroup"]) == ("io.containerd.runc.v2", True)
    assert at(text, *cri, "cni") == {"conf_dir": "/etc/cni/net.d", **({"bin_dirs": ["/opt/cni/bin"]} if version == 4 else {"bin_dir": "/opt/cni/bin"})}
    assert at(text, *cri, "max_concurrent_downloads") == 5
    sandbox = at(text, *images, "pinned_images", "sandbox") if version > 2 else at(text, *images, "sandbox_image")
    assert sandbox == "registry.k8s.io/pause:3.10"
    assert at(text, *images).get("registry") == ({"config_path": "/etc/containerd/certs.d"} if version > 1 else None)
    assert len(changes) == (6 if version == 1 else 7)


@pytest.mark.parametrize(("text", "containerd"), [
    ("", "1.6.20"), ("", "2.1.0"), (DOCKER, "1.7.24"), (DOCKER, "2.1.0"), (OWN, "1.7.24"), ("version = 1\n", "1.6.20"), ("version = 4\n", "2.3.0"),
    ("[plugins.cri]\n", "1.4.0"), ('version = 2\nplugins = {"io.containerd.grpc.v1.cri" = {cni = {}}}\n', "1.7.24"),
    ('version = 3\n[plugins."io.containerd.cri.v1.runtime"]\n[debug]\n[plugins."io.containerd.cri.v1.images"]\n', "2.1.0"),
])
def test_a_second_edit_changes_nothing(text: str, containerd: str) -> None:
    once, changes = edit(text, containerd)
    assert changes
    assert edit(once, containerd) == (once, [])


def test_debian_s_document_as_the_lab_has_it_stays_to_the_letter(captured: Any) -> None:
    text = captured("containerd/1.6.20-debian.toml")
    assert edit(text, "1.6.20", sandbox_image="registry.k8s.io/pause:3.10.1", cri_settings={"restrict_oom_score_adj": True}) == (text, [])


def test_keys_and_comments_stay_where_they_are() -> None:
    text, _changes = edit(OWN)
    assert text.startswith(OWN.split("[plugins", 1)[0])
    assert "  # keep\n  max_concurrent_downloads = 7\n" in text
    assert at(text, "root") == "/data/containerd" and at(text, *CRI[2], "containerd", "snapshotter") == "zfs"


@pytest.mark.parametrize("more", ["", '\n# why so talkative\n[debug]\n  level = "info" # to see it\n'])
def test_docker_s_document_keeps_its_comments_and_gets_the_plugin_back(more: str) -> None:
    text, changes = edit(DOCKER + more, "2.1.0")
    assert changes[:2] == ["disabled_plugins = []", "version = 3"]
    assert text.startswith("version = 3\n" + DOCKER.replace('["cri"]', "[]") + more)


@pytest.mark.parametrize(("disabled", "kept"), [
    ('["cri"]', []), ('["io.containerd.grpc.v1.cri", "aufs"]', ["aufs"]), ('["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]', []),
    ('["aufs"]', ["aufs"]), ("[]", []),
])
def test_only_the_cri_plugin_is_taken_off_the_disabled_ones(disabled: str, kept: list[str]) -> None:
    text, changes = edit(f"version = 2\ndisabled_plugins = {disabled}\n")
    assert at(text, "disabled_plugins") == kept
    assert any(change.startswith("disabled_plugins") for change in changes) is ("cri" in disabled)


def test_only_what_differs_is_told() -> None:
    once, _changes = edit("")
    text, changes = edit(once, sandbox_image="registry.k8s.io/pause:3.9", systemd_cgroup=False)
    assert changes == ["plugins.io.containerd.grpc.v1.cri.containerd.runtimes.runc.options.SystemdCgroup = False",
                       "plugins.io.containerd.grpc.v1.cri.sandbox_image = 'registry.k8s.io/pause:3.9'"]
    assert at(text, *CRI[2], "sandbox_image") == "registry.k8s.io/pause:3.9"


def test_what_is_not_given_is_not_managed() -> None:
    text, _changes = edit("", sandbox_image=None, registry_config_path="")
    assert not {"sandbox_image", "registry"} & set(at(text, *CRI[2]))


def test_free_form_settings_have_the_last_word_and_stay_quiet_afterwards() -> None:
    settings = {"oom_score": -999, "plugins": {"io.containerd.grpc.v1.cri": {"sandbox_image": "example.com/pause:1", "cni": {"max_conf_num": 0}}}}
    options: dict[str, Any] = {"settings": settings, "cri_settings": {"sandbox_image": "example.com/pause:0"}}
    text, _changes = edit("version = 2\n", **options)
    assert (at(text, "oom_score"), at(text, *CRI[2], "sandbox_image"), at(text, *CRI[2], "cni", "max_conf_num")) == (-999, "example.com/pause:1", 0)
    assert edit(text, **options) == (text, [])
    proofs = containerd_toml.proofs(containerd_toml.edits(2, {**OPTIONS, **options}))
    assert [row["value"] for row in proofs if row["key"] == "sandbox_image"] == ["example.com/pause:1"]


def test_a_value_where_a_table_is_needed_is_refused() -> None:
    with pytest.raises(KubewrightError, match="has a value at plugins where plugins.io.containerd.grpc.v1.cri.* needs a table"):
        edit("version = 2\nplugins = 3\n")


def test_a_setting_is_a_list_or_a_number_too() -> None:
    text, _changes = edit("version = 2\n", settings={"imports": ["/etc/a.toml"], "a b": 1.5})
    assert (at(text, "imports"), at(text, "a b")) == (["/etc/a.toml"], 1.5)


def test_the_proofs_are_plain_values_and_hold_for_a_captured_dump(captured: Any) -> None:
    wanted = containerd_toml.edits(2, {**OPTIONS, "sandbox_image": "registry.k8s.io/pause:3.10.1", "settings": {"imports": ["x"], "oom_score": 0}})
    proofs = containerd_toml.proofs(wanted)
    assert {"key": "SystemdCgroup", "value": "true"} in proofs and {"key": "oom_score", "value": "0"} in proofs
    assert not [row for row in proofs if row["key"] == "imports"]
    effective = effective_values(captured("containerd/1.6.20-config-dump.toml"))
    assert [row for row in proofs if row["value"] not in effective.get(row["key"], [])] == []

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

tomlkit = pytest.importorskip("tomlkit")

from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_layout as layout  # noqa: E402
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_schema as schema  # noqa: E402
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_toml  # noqa: E402
from ansible_collections.kubewright.cluster.tests.unit.plugins.containerd_documents import DEBIAN, DOCKER, OPTIONS, OWN, PAIRS  # noqa: E402

CRI2, RUNTIME, IMAGES = ("plugins", layout.V2_CRI), ("plugins", layout.RUNTIME), ("plugins", layout.IMAGES)


def edit(text: str, containerd: str = "1.7.24", **options: Any) -> tuple[str, list[str]]:
    version = schema.document_version(containerd_toml.parsed(text), containerd)
    return containerd_toml.edited(text, version, containerd, layout.wanted({**OPTIONS, "settings": {}, "cri_settings": {}, **options}))


def at(text: str, *path: str) -> Any:
    return layout.value_at(tomlkit.parse(text).unwrap(), path)


@pytest.mark.parametrize("text", ["version = \n", "[plugins\n", "a = 1\na = 2\n"])
def test_what_is_no_toml_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(KubewrightError, match="no valid TOML: .*Mend or remove the file"):
        edit(text)


@pytest.mark.parametrize(("daemon", "version"), PAIRS)
def test_each_version_has_its_own_places(daemon: str, version: int) -> None:
    text, changes = edit(f"version = {version}\n", daemon, cri_settings={"max_concurrent_downloads": 5, "enable_selinux": True})
    runtime, images = {1: (("plugins", "cri"),) * 2, 2: (CRI2, CRI2)}.get(version, (RUNTIME, IMAGES))
    runc = at(text, *runtime, "containerd", "runtimes", "runc")
    assert (runc["runtime_type"], runc["options"]["SystemdCgroup"]) == ("io.containerd.runc.v2", True)
    folder = {"bin_dirs": ["/opt/cni/bin"]} if version > 2 else {"bin_dir": "/opt/cni/bin"}
    assert at(text, *runtime, "cni") == {"conf_dir": "/etc/cni/net.d", **folder}
    assert (at(text, *runtime, "enable_selinux"), at(text, *images, "max_concurrent_downloads")) == (True, 5)
    assert at(text, *images, *(("pinned_images", "sandbox") if version > 2 else ("sandbox_image",))) == OPTIONS["sandbox_image"]
    assert at(text, *images, "registry") == {"config_path": "/etc/containerd/certs.d"} and len(changes) == 8


STRANGE = [
    'version = 2\nplugins = {"io.containerd.grpc.v1.cri" = {cni = {}}}\n',
    'version = 2\nplugins."io.containerd.grpc.v1.cri".sandbox_image = "a"\n',
    'version = 2\n[plugins]\n"io.containerd.grpc.v1.cri".cni.bin_dir = "/a"\n"io.containerd.grpc.v1.cri".enable_selinux = true\n',
    "version = 2\n[plugins.'io.containerd.grpc.v1.cri'.cni]\nbin_dir = '/a'\n",
    'version = 2\n[plugins."io.containerd.grpc.v1.cri".cni]\n[debug]\nlevel = "info"\n[plugins."io.containerd.grpc.v1.cri".registry]\n',
    'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]\noptions = {SystemdCgroup = false, Root = ""}\n',
    '[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "a" # mine\nversion_of_mine = 3\n',
    "version = 2 # two\r\n\r\n[debug]\r\nlevel = 'info'\r\n",
]


@pytest.mark.parametrize(("text", "containerd"), [
    ("", "1.6.20"), ("", "2.1.9"), (DOCKER, "1.7.24"), (DOCKER, "2.1.9"), (DEBIAN, "1.7.24"), (DEBIAN, "2.1.9"), (OWN, "1.7.24"), (OWN, "2.3.4"),
    ("version = 1\n", "1.6.20"), ("version = 4\n", "2.3.4"), ("[plugins.cri]\n", "1.6.20"), *[(text, "1.7.24") for text in STRANGE],
    ('version = 3\n[plugins."io.containerd.cri.v1.runtime"]\n[debug]\n[plugins."io.containerd.cri.v1.images"]\n', "2.1.9"),
])
def test_a_document_of_any_form_means_what_it_did_and_ours_and_a_second_edit_changes_nothing(text: str, containerd: str) -> None:
    before = containerd_toml.parsed(text)
    once, changes = edit(text, containerd)
    assert changes and edit(once, containerd) == (once, [])
    kept = [(path, value) for path, value in layout.leaves(before) if not path[-1].startswith(("bin_dir", "sandbox", "SystemdCgroup", "disabled"))]
    assert [(path, value) for path, value in kept if at(once, *path) != value] == []


@pytest.mark.parametrize("text", [
    'version = 2\nplugins."io.containerd.grpc.v1.cri".containerd.a = 2 # two\nplugins."io.containerd.grpc.v1.cri".registry.b = 1 # one\n',
    '# one\nplugins."io.containerd.grpc.v1.cri".enable_selinux = true # two\n\n[debug]\nlevel = "info"\n',
    '# one\nversion = 2\nplugins."io.containerd.grpc.v1.cri".cni.bin_dir = "/a" # two\n[plugins."io.containerd.grpc.v1.cri".containerd]\nsnapshotter = "a"\n',
])
def test_comments_stay_in_a_document_of_dotted_keys(text: str) -> None:
    once, _changes = edit(text)
    assert "# one" in once and "# two" in once and edit(once) == (once, [])


def test_debian_s_document_as_the_lab_has_it_stays_to_the_letter(captured: Any) -> None:
    text = captured("containerd/1.6.20-debian.toml")
    assert edit(text, "1.6.20", sandbox_image="registry.k8s.io/pause:3.10.1", cri_settings={"restrict_oom_score_adj": True}) == (text, [])


def test_keys_and_comments_stay_where_they_are() -> None:
    text, _changes = edit(OWN)
    assert text.startswith(OWN.split("[plugins", 1)[0]) and "  # keep\n  max_concurrent_downloads = 7\n" in text
    assert at(text, "root") == "/data/containerd" and at(text, *CRI2, "containerd", "snapshotter") == "zfs"


@pytest.mark.parametrize("more", ["", '\n# why so talkative\n[debug]\n  level = "info" # to see it\n'])
def test_docker_s_document_keeps_its_comments_and_gets_the_plugin_back(more: str) -> None:
    text, changes = edit(DOCKER + more, "2.1.9")
    assert changes[:2] == ["disabled_plugins = []", "version = 3"]
    assert text.startswith("version = 3\n" + DOCKER.replace('["cri"]', "[]") + more)


@pytest.mark.parametrize(("disabled", "kept"), [
    ('["cri"]', []), ('["io.containerd.grpc.v1.cri", "a.b.c.d"]', ["a.b.c.d"]),
    ('["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]', []), ('["a.b.c.d"]', ["a.b.c.d"]), ("[]", []),
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
    assert at(text, *CRI2, "sandbox_image") == "registry.k8s.io/pause:3.9"


@pytest.mark.parametrize(("cni", "after"), [
    ("", {"bin_dirs": ["/opt/cni/bin"]}),
    ('bin_dir = "/usr/lib/cni"', {"bin_dirs": ["/opt/cni/bin", "/usr/lib/cni"]}),
    ('bin_dir = "/opt/cni/bin"', {"bin_dirs": ["/opt/cni/bin"]}),
    ('bin_dirs = ["/usr/lib/cni", "/opt/cni/bin"]', {"bin_dirs": ["/usr/lib/cni", "/opt/cni/bin"]}),
    ('bin_dirs = ["/usr/lib/cni"]', {"bin_dirs": ["/opt/cni/bin", "/usr/lib/cni"]}),
    ('bin_dir = ""\nbin_dirs = ["/opt/cni/bin"]', {"bin_dir": "", "bin_dirs": ["/opt/cni/bin"]}),
    ('bin_dir = "/a"\nbin_dirs = ["/opt/cni/bin"]', {"bin_dirs": ["/opt/cni/bin"]}),
])
def test_from_2_1_on_the_folders_of_plugins_are_a_list_and_never_both(cni: str, after: dict[str, Any]) -> None:
    text, _changes = edit(f'version = 3\n[plugins."io.containerd.cri.v1.runtime".cni]\n{cni}\n', "2.1.9")
    assert {**at(text, *RUNTIME, "cni"), "conf_dir": None} == {**after, "conf_dir": None}


def test_2_0_has_one_folder_of_plugins_in_version_3_as_well() -> None:
    assert at(edit("version = 3\n", "2.0.5")[0], *RUNTIME, "cni", "bin_dir") == "/opt/cni/bin"


@pytest.mark.parametrize(("found", "changed"), [
    ("/etc/containerd/certs.d:/etc/docker/certs.d", False), ("/etc/containerd/certs.d", False), ("/etc/docker/certs.d", True), ("", True),
])
def test_a_person_s_more_folders_of_registries_stay(found: str, changed: bool) -> None:
    text, changes = edit(f'version = 3\n[plugins."io.containerd.cri.v1.images".registry]\nconfig_path = "{found}"\n', "2.3.4")
    assert any("config_path" in change for change in changes) is changed
    assert at(text, *IMAGES, "registry", "config_path") == ("/etc/containerd/certs.d" if changed else found)


def test_a_sandbox_image_that_version_3_does_not_read_is_left_and_the_right_one_set() -> None:
    text, _changes = edit('version = 3\n[plugins."io.containerd.cri.v1.images"]\nsandbox_image = "a"\n', "2.1.9")
    assert at(text, *IMAGES) == {"sandbox_image": "a", "pinned_images": {"sandbox": OPTIONS["sandbox_image"]},
                                 "registry": {"config_path": "/etc/containerd/certs.d"}}


def test_other_runtimes_that_are_runc_get_the_same_cgroup_driver() -> None:
    table = "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.{}]\nruntime_type = '{}'\n"
    text, _changes = edit("version = 2\n" + table.format("nvidia", "io.containerd.runc.v2") + table.format("kata", "io.containerd.kata.v2"))
    runtimes = at(text, *CRI2, "containerd", "runtimes")
    assert (runtimes["nvidia"]["options"], "options" in runtimes["kata"]) == ({"SystemdCgroup": True}, False)


def test_free_form_settings_have_the_last_word_and_stay_quiet_afterwards() -> None:
    settings = {"oom_score": -999, "plugins": {"io.containerd.grpc.v1.cri": {"sandbox_image": "example.com/pause:1", "cni": {"max_conf_num": 0}}}}
    options: dict[str, Any] = {"settings": settings, "cri_settings": {"sandbox_image": "example.com/pause:0"}}
    text, changes = edit("version = 2\n", **options)
    assert (at(text, "oom_score"), at(text, *CRI2, "sandbox_image"), at(text, *CRI2, "cni", "max_conf_num")) == (-999, "example.com/pause:1", 0)
    assert edit(text, **options) == (text, [])
    assert [change for change in changes if "sandbox" in change] == ["plugins.io.containerd.grpc.v1.cri.sandbox_image = 'example.com/pause:1'"]


def test_a_value_where_a_table_is_needed_is_refused() -> None:
    with pytest.raises(KubewrightError, match="has a value at plugins where plugins.io.containerd.grpc.v1.cri.* needs a table"):
        edit("version = 2\nplugins = 3\n")


def test_a_setting_is_a_list_or_a_number_too_and_true_is_not_1() -> None:
    text, _changes = edit("version = 2\na = 1\n", settings={"imports": ["/etc/a.toml"], "a b": 1.5, "a": True})
    assert (at(text, "imports"), at(text, "a b"), at(text, "a")) == (["/etc/a.toml"], 1.5, True)

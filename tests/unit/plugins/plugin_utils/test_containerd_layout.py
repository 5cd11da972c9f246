# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.kubewright.cluster.plugins.plugin_utils import containerd_layout as layout
from ansible_collections.kubewright.cluster.tests.unit.plugins.containerd_documents import OPTIONS

RUNTIME, IMAGES, SERVER = ("plugins", layout.RUNTIME), ("plugins", layout.IMAGES), ("plugins", layout.V2_CRI)


@pytest.mark.parametrize(("path", "later"), [
    (("sandbox_image",), (*IMAGES, "pinned_images", "sandbox")),
    (("registry", "config_path"), (*IMAGES, "registry", "config_path")),
    (("max_concurrent_downloads",), (*IMAGES, "max_concurrent_downloads")),
    (("stats_collect_period",), (*IMAGES, "stats_collect_period")),
    (("containerd", "snapshotter"), (*IMAGES, "snapshotter")),
    (("containerd", "default_runtime_name"), (*RUNTIME, "containerd", "default_runtime_name")),
    (("containerd", "runtimes", "runc", "snapshotter"), (*RUNTIME, "containerd", "runtimes", "runc", "snapshotter")),
    (("cni", "conf_dir"), (*RUNTIME, "cni", "conf_dir")),
    (("enable_selinux",), (*RUNTIME, "enable_selinux")),
    (("stream_server_port",), (*SERVER, "stream_server_port")),
    (("x509_key_pair_streaming", "tls_key_file"), (*SERVER, "x509_key_pair_streaming", "tls_key_file")),
])
def test_a_setting_of_version_2_is_where_each_version_has_it(path: tuple[str, ...], later: tuple[str, ...]) -> None:
    assert layout.cri_place(1, path) == ("plugins", "cri", *path)
    assert layout.cri_place(2, path) == ("plugins", layout.V2_CRI, *path)
    assert layout.cri_place(3, path) == layout.cri_place(4, path) == later


def test_what_is_not_given_is_not_managed_and_free_form_settings_come_last() -> None:
    given = {**OPTIONS, "sandbox_image": None, "registry_config_path": "", "cri_settings": {"cni": {"max_conf_num": 0}}, "settings": {"oom_score": -999}}
    wanted = layout.wanted(given)
    assert not {setting.path[0] for setting in wanted} & {"sandbox_image", "registry"}
    assert wanted[-2:] == [layout.Setting(("cni", "max_conf_num"), 0), layout.Setting(("oom_score",), -999, of_cri=False)]


def test_a_setting_from_the_root_below_the_table_of_cri_is_one_of_cri() -> None:
    settings = {"plugins": {"io.containerd.grpc.v1.cri": {"sandbox_image": "a"}, "io.containerd.gc.v1.scheduler": {"startup_delay": "1s"}}}
    assert layout.wanted({**OPTIONS, "settings": settings})[-2:] == [
        layout.Setting(("sandbox_image",), "a"), layout.Setting(("plugins", "io.containerd.gc.v1.scheduler", "startup_delay"), "1s", of_cri=False)]


@pytest.mark.parametrize(("version", "release"), [("1.7.24", (1, 7)), ("2.1.9", (2, 1)), ("", (1, 7)), ("devel", (1, 7)), ("2.3.0-rc.1", (2, 3))])
def test_a_release_is_the_first_two_numbers(version: str, release: tuple[int, int]) -> None:
    assert layout.release(version) == release


@pytest.mark.parametrize(("path", "value"), [(("a", "b"), 1), (("a",), {"b": 1}), (("a", "c"), None), (("a", "b", "c"), None), (("x",), None)])
def test_a_value_is_found_by_its_path_or_is_none(path: tuple[str, ...], value: object) -> None:
    assert layout.value_at({"a": {"b": 1}}, path) == value

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("tomlkit")

from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_layout import wanted
from ansible_collections.kubewright.cluster.plugins.plugin_utils.containerd_proof import duration, unproven
from ansible_collections.kubewright.cluster.tests.unit.plugins.containerd_documents import DAEMONS, PAIRS, options


@pytest.mark.parametrize(("daemon", "version"), PAIRS)
def test_each_daemon_showed_what_was_asked_of_it_in_each_version_that_it_takes(captured: Any, daemon: str, version: int) -> None:
    assert unproven(captured(f"containerd/{daemon}-edited-dump.toml"), version, wanted(options(daemon))) == []


@pytest.mark.parametrize("daemon", DAEMONS)
@pytest.mark.parametrize(("more", "words"), [
    ({"systemd_cgroup": False}, "containerd.runtimes.runc.options.SystemdCgroup = False is not in effect, it is True"),
    ({"sandbox_image": "example.com/pause:1"}, "= 'example.com/pause:1' is not in effect, it is 'registry.k8s.io/pause:3.10.1'"),
    ({"cni_bin_dir": "/elsewhere"}, "= '/elsewhere' is not in effect, it is ['/opt/cni/bin']"),
    ({"registry_config_path": "/elsewhere"}, "registry.config_path = '/elsewhere' is not in effect, it is '/etc/containerd/certs.d'"),
    ({"cri_settings": {"no_such": 1}}, "no_such = 1 is not in effect, it is not there"),
    ({"cri_settings": {"cni": {"no": {"such": "a"}}}}, "cni.no.such = 'a' is not in effect, it is not there"),
    # The value stands elsewhere, below another table's key of the same name.
    ({"cri_settings": {"max_concurrent_downloads": 3}}, "max_concurrent_downloads = 3 is not in effect, it is 5"),
])
def test_a_value_that_is_not_in_effect_is_told_by_its_whole_path(captured: Any, daemon: str, more: dict[str, Any], words: str) -> None:
    told = unproven(captured(f"containerd/{daemon}-edited-dump.toml"), max(DAEMONS[daemon]), wanted(options(daemon, **more)))
    assert len(told) == 1 and told[0].startswith("plugins.io.containerd.") and words in told[0]


@pytest.mark.parametrize(("settings", "count"), [
    ({"debug": {"level": "warn"}}, 1), ({"debug": {"level": "info"}}, 0), ({"oom_score": 0}, 0), ({"oom_score": 5}, 1), ({"nothing": 1}, 1),
    ({"imports": ["/a"], "disabled_plugins": ["aufs"], "version": 2}, 0), ({"timeouts": {"io.containerd.timeout.task.state": "2000ms"}}, 0),
    ({"timeouts": {"io.containerd.timeout.task.state": "3s"}}, 1),
])
def test_settings_from_the_root_are_proven_where_the_dump_has_them_as_written(captured: Any, settings: dict[str, Any], count: int) -> None:
    assert len(unproven(captured("containerd/1.7.24-edited-dump.toml"), 2, wanted(options("1.7.24", settings=settings)))) == count


def test_a_path_from_the_root_is_not_looked_for_in_a_dump_of_another_form(captured: Any) -> None:
    settings = {"plugins": {"io.containerd.nobody.v1.knows": {"enable_selinux": True}}}
    assert unproven(captured("containerd/2.1.9-edited-dump.toml"), 2, wanted(options("2.1.9", settings=settings))) == []


@pytest.mark.parametrize("plugin", ["cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"])
def test_a_cri_plugin_that_an_imported_file_switches_off_is_told(captured: Any, plugin: str) -> None:
    dump = captured("containerd/2.1.9-edited-dump.toml").replace("disabled_plugins = []", f"disabled_plugins = ['{plugin}']")
    assert unproven(dump, 3, wanted(options("2.1.9"))) == [f"the CRI plugin is switched off ({plugin})"]


@pytest.mark.parametrize(("text", "nanoseconds"), [
    ("5m", 3e11), ("5m0s", 3e11), ("1h30m", 5.4e12), ("0s", 0), ("0ms", 0), ("1.5s", 1.5e9), ("100ms", 1e8), ("5", None), ("", None), ("5mx", None),
])
def test_durations_are_compared_as_such(text: str, nanoseconds: float | None) -> None:
    assert duration(text) == nanoseconds

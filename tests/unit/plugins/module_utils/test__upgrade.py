# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any, Dict, List, Optional, Tuple

import pytest
from ansible_collections.kubewright.cluster.plugins.module_utils import _upgrade as upgrade
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._releases import Version, version

OLD, NEW = "1.31.2", "1.31.4"
TARGET = version(NEW)


def parts(text: str, **other: str) -> Dict[str, str]:
    return dict({part: text for part in upgrade.PARTS}, **{name.replace("_", "-"): value for name, value in other.items()})


def control_plane(text: str = OLD, **given: Any) -> upgrade.View:
    """cp1 with everything at one version, and what differs from that."""
    view = upgrade.View("cp1", "control_plane", NEW, text, parts(text, etcd="3.5.15-0"), {"cp1": parts(text)}, True, {"cp1": text, "w1": text},
                        {"kube-proxy": text, "coredns": "1.11.3"}, text == NEW, "")
    return view._replace(**given)


def worker(text: str = OLD, **given: Any) -> upgrade.View:
    return upgrade.View("w1", "worker", NEW, NEW, {}, {}, False, {"w1": text}, {}, text == NEW, "")._replace(**given)


@pytest.mark.parametrize(("text", "expected"), [
    ("1.20.3", (1, 20, 3)), ("v1.20.3", (1, 20, 3)), ("3.4.13-0", (3, 4, 13)), ("1.31.0-rc.1", (1, 31, 0)), ("latest", ()), ("1.20", ()), ("", ()),
])
def test_a_version_is_read_as_far_as_it_goes(text: str, expected: Tuple[int, ...]) -> None:
    assert upgrade.numbers(text) == expected


@pytest.mark.parametrize(("view", "apply", "node"), [
    (control_plane(NEW), True, True),
    (control_plane(OLD), False, False),
    (control_plane(NEW, cluster=OLD), False, False),
    (control_plane(NEW, manifests=parts(NEW, kube_scheduler=OLD)), False, False),
    (control_plane(NEW, manifests={}), False, False),
    (control_plane(NEW, static_pods={"cp1": parts(NEW, kube_scheduler=OLD)}), False, False),
    (control_plane(NEW, static_pods={}), False, False),
    (control_plane(NEW, running=False), False, False),
    (control_plane(NEW, kubelet_current=False), True, False),
    (control_plane(NEW, interrupted="apply"), False, False),
    (worker(NEW), True, True),
    (worker(NEW, kubelet_current=False), True, False),
    (worker(NEW, cluster=OLD), False, False),
    (worker(NEW, interrupted="node"), False, False),
])
def test_done_means_that_no_place_says_otherwise(view: upgrade.View, apply: bool, node: bool) -> None:
    assert (upgrade.done(view, "apply", TARGET), upgrade.done(view, "node", TARGET)) == (apply, node)


def named(view: upgrade.View, action: str = "apply", target: Version = TARGET, etcd: bool = True) -> List[Tuple[str, str, str]]:
    return [tuple(change) for change in upgrade.changes(view, action, target, etcd)]  # type: ignore[misc]


PARTS_CHANGE = [(part, OLD, NEW) for part in upgrade.PARTS]
KUBELET_CHANGE = ("kubelet-config", OLD, NEW)


def test_what_changes_is_told_from_version_to_version() -> None:
    assert named(control_plane()) == [*PARTS_CHANGE, ("kube-proxy", OLD, NEW), KUBELET_CHANGE]
    assert named(worker(), "node") == [KUBELET_CHANGE]
    assert named(control_plane(NEW)) == [] and named(worker(NEW), "node") == []


@pytest.mark.parametrize(("current", "wanted_etcd", "expected"), [
    ("3.5.24-0", True, [("etcd", "3.5.24-0", "3.6.5-0")]), ("3.5.24-0", False, []), ("3.6.6-0", True, []), ("", True, []),
])
def test_etcd_goes_up_and_never_down(current: str, wanted_etcd: bool, expected: List[Any]) -> None:
    view = control_plane("1.33.6", manifests=parts("1.33.6", **({"etcd": current} if current else {})))
    assert [change for change in named(view, target=version("1.34.2"), etcd=wanted_etcd) if change[0] == "etcd"] == expected


@pytest.mark.parametrize(("release", "action", "others", "mine"), [
    ("1.30.2", "apply", OLD, True), ("1.30.2", "node", "1.30.2", False),
    ("1.31.4", "apply", None, True), ("1.31.4", "apply", OLD, False), ("1.31.4", "node", OLD, False), ("1.31.4", "node", NEW, True),
])
def test_addons_go_with_the_first_control_plane_and_since_131_with_the_last(release: str, action: str, others: Optional[str], mine: bool) -> None:
    pods = {"cp1": parts("1.30.0"), **({"cp2": parts(others)} if others else {})}
    view = control_plane("1.30.0", static_pods=pods, addons={"kube-proxy": "1.30.0", "coredns": "1.0.0"})
    found = {change[0] for change in named(view, action, version(release))}
    assert {"kube-proxy", "coredns"} & found == ({"kube-proxy", "coredns"} if mine else set())


REFUSED: List[Any] = [
    (worker(), "apply", NEW, "this machine is a worker"),
    (control_plane(interrupted="apply"), "node", NEW, "an apply was interrupted on this machine"),
    (control_plane("1.32.0"), "apply", NEW, "the cluster runs 1.32.0, and 1.31.4 is asked for. A downgrade is refused"),
    (control_plane("1.31.5"), "apply", NEW, "A downgrade is refused"),
    (control_plane(OLD, manifests=parts("1.31.9")), "apply", NEW, "the cluster runs 1.31.9"),
    (control_plane("1.29.3"), "apply", NEW, "kubeadm upgrades one minor version at a time: upgrade to 1.30 first"),
    (worker("1.29.3", cluster="1.29.3"), "node", NEW, "upgrade to 1.30 first"),
    (control_plane(cluster="nonsense"), "apply", NEW, "cannot be read"),
    (control_plane(kubelets={"w1": "1.32.0", "w2": "1.31.9"}), "apply", NEW, "the kubelet of w1 (1.32.0) is newer than 1.31.4"),
    (control_plane(kubelets={"w1": "1.27.9", "w2": "1.28.0", "w3": ""}), "apply", NEW, "the kubelet of w1 (1.27.9) is too old"),
    (control_plane("1.26.3", kubelets={"w1": "1.25.9"}), "apply", "1.27.1", "it may be 1 minor version older"),
    (control_plane(static_pods={"cp1": parts(OLD), "cp2": parts(NEW, kube_scheduler=OLD)}), "apply", NEW, "the control plane cp2 is in the middle"),
    (control_plane(static_pods={"cp1": parts(OLD), "cp2": parts(NEW, kube_scheduler=OLD)}), "node", NEW, "the control plane cp2 is in the middle"),
    (control_plane(cluster=NEW, static_pods={"cp1": parts(OLD), "cp2": parts(NEW)}), "apply", NEW, "follows with the action node"),
    (control_plane(static_pods={"cp1": parts(OLD), "cp2": parts(NEW)}), "apply", NEW, "an apply was interrupted there. Run the action apply on cp2 again"),
]


@pytest.mark.parametrize(("view", "action", "target", "sentence"), REFUSED)
def test_what_can_never_go_well_is_refused(view: upgrade.View, action: str, target: str, sentence: str) -> None:
    with pytest.raises(KubewrightError) as caught:
        upgrade.refuse(view, action, version(target))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(("view", "action", "target"), [
    (control_plane(), "apply", NEW),
    (control_plane("1.30.9"), "apply", NEW),
    (control_plane(kubelets={"cp1": "1.28.0"}), "apply", NEW),
    (control_plane(cluster=NEW), "node", NEW),
    (control_plane(cluster=NEW, interrupted="apply", static_pods={"cp1": parts(OLD), "cp2": parts(NEW)}), "apply", NEW),
    (control_plane(NEW, cluster=OLD, interrupted="apply"), "apply", NEW),
    (control_plane(cluster=NEW, static_pods={"cp1": parts(NEW, kube_scheduler=OLD), "cp2": parts(NEW)}, interrupted="node"), "node", NEW),
    (worker(), "node", NEW),
    (worker(interrupted="apply"), "node", NEW),
])
def test_what_an_upgrade_or_its_second_run_finds_is_not_refused(view: upgrade.View, action: str, target: str) -> None:
    upgrade.refuse(view, action, version(target))


@pytest.mark.parametrize(("kubeadm", "cluster", "action", "sentence"), [
    (NEW, OLD, "apply", None), ("1.31.9", OLD, "apply", None), (NEW, NEW, "node", None),
    (OLD, OLD, "apply", "kubeadm 1.31.2 is installed here"), ("1.32.0", OLD, "apply", "needs kubeadm 1.31.4 or a later patch of 1.31"),
    ("", OLD, "apply", "is installed here"), (NEW, OLD, "node", "Run the action apply on one control plane first"),
])
def test_the_order_of_an_upgrade_is_kept(kubeadm: str, cluster: str, action: str, sentence: Optional[str]) -> None:
    told = upgrade.not_yet(control_plane(kubeadm=kubeadm, cluster=cluster), action, TARGET)
    assert told is None if sentence is None else sentence in str(told)


ALL = upgrade.Wishes(False, False, ("Swap", "Mem"), "/p")


@pytest.mark.parametrize(("action", "target", "wishes", "words"), [
    ("plan", "1.20.3", upgrade.Wishes(), "plan v1.20.3"),
    ("plan", "1.34.2", ALL, "plan v1.34.2 -o json --ignore-preflight-errors Swap,Mem"),
    ("apply", "1.20.3", upgrade.Wishes(), "apply v1.20.3 --yes"),
    ("apply", "1.20.3", ALL, "apply v1.20.3 --yes --ignore-preflight-errors Swap,Mem --certificate-renewal=false --etcd-upgrade=false "
                             "--experimental-patches /p"),
    ("apply", "1.34.2", ALL, "apply v1.34.2 --yes --ignore-preflight-errors Swap,Mem --certificate-renewal=false --etcd-upgrade=false --patches /p"),
    ("node", "1.34.2", upgrade.Wishes(), "node"),
    ("node", "1.18.2", upgrade.Wishes(ignore_preflight_errors=("Swap",)), "node"),
    ("node", "1.19.2", upgrade.Wishes(ignore_preflight_errors=("Swap",)), "node --ignore-preflight-errors Swap"),
])
def test_kubeadm_gets_its_arguments_in_the_form_of_its_version(action: str, target: str, wishes: upgrade.Wishes, words: str) -> None:
    assert upgrade.command(action, version(target), wishes) == (["upgrade", *words.split()], None)


def test_patches_are_refused_where_kubeadm_takes_none() -> None:
    with pytest.raises(KubewrightError, match="1.19 is the first"):
        upgrade.command("apply", version("1.18.2"), upgrade.Wishes(patches="/p"))


DOCUMENT = {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "UpgradeConfiguration", "timeouts": {"upgradeManifests": "9m"}}


@pytest.mark.parametrize(("action", "wishes", "words", "section"), [
    ("apply", ALL, "apply v1.34.2 --yes", {"ignorePreflightErrors": ["Swap", "Mem"], "certificateRenewal": False, "etcdUpgrade": False,
                                           "patches": {"directory": "/p"}}),
    ("node", upgrade.Wishes(), "node", None),
    ("plan", ALL, "plan v1.34.2", {"ignorePreflightErrors": ["Swap", "Mem"]}),
])
def test_a_document_takes_the_other_options_in(action: str, wishes: upgrade.Wishes, words: str, section: Any) -> None:
    expected = {**DOCUMENT, action: section} if section else DOCUMENT
    assert upgrade.command(action, version("1.34.2"), wishes._replace(document=DOCUMENT)) == (
        ["upgrade", *words.split(), "--config", "/dev/stdin"], expected)
    given = {**DOCUMENT, action: {"printConfig": True}}
    assert (upgrade.command(action, version("1.34.2"), wishes._replace(document=given))[1] or {})[action] == {"printConfig": True, **(section or {})}


def test_a_document_is_refused_where_kubeadm_takes_none() -> None:
    with pytest.raises(KubewrightError, match="since 1.31"):
        upgrade.command("apply", version("1.30.2"), upgrade.Wishes(document=DOCUMENT))


@pytest.mark.parametrize(("runs", "target", "sockets", "told"), [
    ("1.23.17", "1.24.0", {"cp1": "/var/run/dockershim.sock", "w1": "unix:///var/run/dockershim.sock", "w2": ""}, "cp1, w1"),
    ("1.23.17", "1.24.0", {"cp1": "unix:///run/containerd/containerd.sock", "w1": "unix:///run/cri-dockerd.sock"}, ""),
    ("1.22.17", "1.23.0", {"cp1": "/var/run/dockershim.sock"}, ""),
])
def test_a_release_without_dockershim_comes_after_another_runtime(runs: str, target: str, sockets: Dict[str, str], told: str) -> None:
    view = control_plane(runs, kubeadm=target, sockets=sockets)
    if not told:
        upgrade.refuse(view, "apply", version(target))
        return
    with pytest.raises(KubewrightError, match=f"the kubelet of {told} speaks to Docker by dockershim.*playbooks/switch_runtime.yml"):
        upgrade.refuse(view, "apply", version(target))

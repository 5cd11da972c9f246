"""Effects on machines that have what real ones have: swap of four kinds, files that stand against ours, a name of their own.

One story, in the order of this file: left out, predicted, done, done again. A container shows files, systemd's own view of them, and the sysctls of its
network; modules that are loaded, swap that is in use and a clock that is set are for `make vm`.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from looks import kernel, mark, packages, written_since_mark
from runs import CLONE, PlaybookRun, playbook
from testinfra.host import Host

Nodes = dict[str, Host]
MACHINES = str(CLONE / "molecule" / "prereqs" / "machines.yml")
NAMES = {"kube_hostname": "{{ inventory_hostname }}.example.com", "prereqs_extra_hosts": {"192.0.2.50": "registry git"}}
EVERYTHING_OFF = {
    "prereqs_packages_enabled": False, "prereqs_modules_enabled": False, "prereqs_sysctls_enabled": False, "prereqs_hosts_enabled": False,
    "prereqs_firewall": "keep",
    "kube_swap": "keep", "prereqs_selinux": "keep", "prereqs_time": "keep",
}
FSTAB = "# /etc/fstab\nUUID=0a1b none swap sw 0 0\n/swapfile none swap defaults 0 0\ntmpfs /mnt tmpfs noauto 0 0\n"
SWAP_UNIT = "[Swap]\\nWhat=/var/{0}\\n[Install]\\nWantedBy=swap.target\\n"
GENERATOR = "#!/bin/sh\nprintf '[Swap]\\nWhat=/dev/zram0\\n' > \"$1/dev-zram0.swap\"\n"
SERVICE = "[Service]\\nExecStart=/bin/sleep 1d\\n[Install]\\nWantedBy=multi-user.target\\n"
# What images, hardening guides and people leave on machines.
FOUND = "\n".join([
    f"cat > /etc/fstab <<'END'\n{FSTAB}END",
    f"printf '{SWAP_UNIT.format('own')}' > /etc/systemd/system/var-own.swap; systemctl enable --quiet var-own.swap",
    f"printf '{SWAP_UNIT.format('package')}' > /lib/systemd/system/var-package.swap",
    f"printf '{SERVICE}' > /lib/systemd/system/zramswap.service; systemctl enable --quiet --now zramswap.service",
    "mkdir -p /etc/systemd/system-generators",
    f"cat > /etc/systemd/system-generators/zram <<'END'\n{GENERATOR}END\nchmod 755 /etc/systemd/system-generators/zram",
    "systemctl daemon-reload",
    "printf 'vm.swappiness = 10\\nnet.ipv4.ip_forward=0\\n' > /etc/sysctl.conf",
    "sysctl --quiet --write net.ipv4.ip_forward=0",
    "mkdir -p /etc/selinux; printf '# modes\\nSELINUX=enforcing\\nSELINUXTYPE=targeted\\n' > /etc/selinux/config",
    "echo '10.99.0.1 worker1 printer' >> /etc/hosts",
])


def run(inventory: Path, *arguments: str, **variables: Any) -> PlaybookRun:
    return playbook(MACHINES, inventory, *arguments, "-e", json.dumps(variables))


def actions(done: PlaybookRun) -> list[str]:
    """The sentences of the diffs, in the order of the tasks; the hosts of one task may come in any order."""
    return sorted(re.findall(r"^\+(?!\+\+)(.*)$", done.output, re.MULTILINE))


def everything(node: Host) -> tuple[str, str, str]:
    return packages(node), kernel(node), str(node.check_output("hostname; systemctl list-unit-files --type=swap,service --no-legend"))


@pytest.fixture(scope="module", autouse=True)
def found(nodes: Nodes) -> None:
    for node in nodes.values():
        node.check_output(FOUND)


@pytest.fixture(scope="module")
def predicted(nodes: Nodes, inventory: Path) -> Iterator[tuple[PlaybookRun, dict[str, Any], dict[str, list[str]]]]:
    before = {name: everything(node) for name, node in nodes.items()}
    for node in nodes.values():
        mark(node)
    said = run(inventory, "--check", "--diff", **NAMES)
    written = {name: written_since_mark(node) for name, node in nodes.items()}
    yield said, before, written


@pytest.fixture(scope="module")
def done(predicted: Any, nodes: Nodes, inventory: Path) -> PlaybookRun:
    finished = run(inventory, "--diff", **NAMES)
    assert finished.rc == 0, finished.output
    for node in nodes.values():
        node.check_output("systemctl daemon-reload")  # generators run again, as they do at boot
    return finished


# Left out.

def test_every_step_left_out_leaves_the_machine_alone(nodes: Nodes, inventory: Path) -> None:
    before = {name: everything(node) for name, node in nodes.items()}
    for node in nodes.values():
        mark(node)
    left = run(inventory, **EVERYTHING_OFF)
    assert left.rc == 0 and set(left.each("changed").values()) == {0}
    assert {name: (everything(node), written_since_mark(node)) for name, node in nodes.items()} == {name: (seen, []) for name, seen in before.items()}


@pytest.mark.parametrize(("variables", "words"), [
    ({"prereqs_selinux": "permisive"}, "value of prereqs_selinux must be one of: permissive, enforcing, keep, got: permisive"),
    ({"kube_swap": "of"}, "value of prereqs_swap must be one of: off, keep, got: of"),
    ({"prereqs_time": "ntp"}, "value of prereqs_time must be one of: chrony, keep, got: ntp"),
    ({"kube_proxy_mode": "iptable"}, "value of prereqs_proxy_mode must be one of"),
    ({"prereqs_version": "1.31"}, "it must be a whole version in quotes, x.y.z"),
    ({"kube_hostname": "Cp_{{ inventory_hostname }}"}, "'Cp_cp1' is no host name: RFC 1123 wants lower-case letters"),
    ({"kube_node_public_address": "public.example.com"}, "is given as an address of cp1-public for /etc/hosts and is none"),
    ({"prereqs_extra_hosts": {"192.0.2.99": "cp1"}}, "cp1 would have two addresses in /etc/hosts"),
])
def test_a_misspelt_value_is_one_clear_message(inventory: Path, variables: dict[str, Any], words: str) -> None:
    refused = run(inventory, "--check", "--limit=cp1", **variables)
    assert refused.rc != 0 and words in " ".join(refused.output.split())
    assert set(refused.each("failed").values()) == {1}


def test_a_module_that_is_denied_is_told_before_anything_of_the_kernel_is_touched(nodes: Nodes, inventory: Path) -> None:
    for node in nodes.values():
        node.check_output("echo 'install sctp /bin/false' > /etc/modprobe.d/hardening.conf")
        mark(node)
    refused = run(inventory, prereqs_modules=["sctp"], prereqs_packages_enabled=False)
    written = {name: written_since_mark(node) for name, node in nodes.items()}
    for node in nodes.values():
        node.check_output("rm /etc/modprobe.d/hardening.conf")
    assert refused.rc != 0 and "the line `install sctp /bin/false` of /etc/modprobe.d/hardening.conf" in " ".join(refused.output.split())
    assert written == {name: [] for name in nodes}


# Predicted, and done.

def test_check_mode_predicts_every_sentence_and_touches_nothing(predicted: Any, nodes: Nodes, done: PlaybookRun) -> None:
    said, _before, written = predicted
    assert said.rc == 0 and written == {name: [] for name in nodes}
    assert actions(said) == actions(done) and said.each("changed") == done.each("changed")


def test_check_mode_leaves_packages_kernel_and_units_as_they_are(nodes: Nodes, inventory: Path) -> None:
    before = {name: everything(node) for name, node in nodes.items()}
    assert run(inventory, "--check", **NAMES).rc == 0
    assert {name: everything(node) for name, node in nodes.items()} == before


def test_the_programs_of_this_version_are_there(done: PlaybookRun, node: Host) -> None:
    node.check_output("command -v conntrack socat ethtool ebtables iptables ip mount nsenter modprobe")


def test_swap_lines_are_comments_and_nothing_is_lost(done: PlaybookRun, node: Host) -> None:
    assert node.file("/etc/fstab").content_string == FSTAB.replace("UUID=0a1b", "# kubewright: UUID=0a1b").replace("/swapfile", "# kubewright: /swapfile")


@pytest.mark.parametrize("unit", ["var-package.swap", "dev-zram0.swap", "zramswap.service", "swap.target"])
def test_what_would_bring_swap_back_cannot_be_started(done: PlaybookRun, node: Host, unit: str) -> None:
    assert node.check_output(f"systemctl show --property=LoadState --value {unit}") == "masked"
    assert "masked" in node.run(f"systemctl start {unit}").stderr


def test_a_service_that_makes_swap_has_ended(done: PlaybookRun, node: Host) -> None:
    assert node.run("systemctl is-active zramswap.service").stdout.strip() == "inactive"


def test_a_unit_that_a_person_wrote_stays_and_is_disabled(done: PlaybookRun, node: Host) -> None:
    assert node.file("/etc/systemd/system/var-own.swap").contains("What=/var/own")
    assert node.run("systemctl is-enabled var-own.swap").stdout.strip() == "disabled"


def test_modules_are_listed_for_the_next_boot(done: PlaybookRun, node: Host) -> None:
    lines = node.file("/etc/modules-load.d/kubewright.conf").content_string.splitlines()
    assert lines[0].startswith("# Written by Kubewright") and {"overlay", "br_netfilter", "nf_conntrack"} <= set(lines[1:])


SYSCTLS = "net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables"


def test_sysctls_are_live_and_come_back_at_boot(done: PlaybookRun, node: Host) -> None:
    assert node.check_output(f"sysctl -n {SYSCTLS}").split() == ["1", "1", "1"]
    node.check_output("sysctl --quiet --write net.ipv4.ip_forward=0")
    node.check_output("/lib/systemd/systemd-sysctl")  # what runs at boot
    assert node.check_output(f"sysctl -n {SYSCTLS}").split() == ["1", "1", "1"]
    node.check_output("sysctl --quiet --write net.ipv4.ip_forward=0; sysctl --quiet --system")  # and what people run
    assert node.check_output(f"sysctl -n {SYSCTLS}").split() == ["1", "1", "1"]


def test_a_line_that_would_have_won_at_boot_is_a_comment(done: PlaybookRun, node: Host) -> None:
    assert node.file("/etc/sysctl.conf").content_string == "vm.swappiness = 10\n# kubewright: net.ipv4.ip_forward=0\n"


def test_selinux_is_permissive_at_boot(done: PlaybookRun, node: Host) -> None:
    assert node.file("/etc/selinux/config").content_string == "# modes\n# kubewright: SELINUX=enforcing\nSELINUX=permissive\nSELINUXTYPE=targeted\n"


def test_every_node_resolves_on_every_node_and_nothing_else_was_lost(done: PlaybookRun, nodes: Nodes, node: Host) -> None:
    addresses = {name: str(other.check_output("hostname --all-ip-addresses")).split() for name, other in nodes.items()}
    for name in nodes:
        assert node.check_output(f"getent hosts {name}").split()[0] in addresses[name]
        assert node.check_output(f"getent hosts {name}.example.com").split()[0] in addresses[name]
    assert node.check_output("getent hosts cluster-endpoint").split()[0] in addresses["cp1"]
    assert node.check_output("getent hosts git").split()[:2] == ["192.0.2.50", "registry"]
    assert node.check_output("getent hosts printer").split() == ["10.99.0.1", "printer"]
    text = node.file("/etc/hosts").content_string
    assert "# kubewright: 10.99.0.1 worker1 printer\n" in text and text.count("BEGIN Kubewright") == 1


def test_the_machine_has_its_name_now_and_at_boot(done: PlaybookRun, nodes: Nodes) -> None:
    assert {name: node.check_output("hostname; cat /etc/hostname").split() for name, node in nodes.items()} == {
        name: [f"{name}.example.com"] * 2 for name in nodes}


def test_a_second_run_changes_nothing_in_few_tasks(done: PlaybookRun, inventory: Path) -> None:
    again = run(inventory, **NAMES)
    assert again.rc == 0 and set(again.each("changed").values()) == {0}, again.output
    assert all(count <= 5 for count in again.each("ok").values()), again.recap


# What stands against it later.

def test_the_name_of_a_node_is_not_changed(done: PlaybookRun, nodes: Nodes, inventory: Path) -> None:
    for node in nodes.values():
        node.check_output("mkdir -p /etc/kubernetes; touch /etc/kubernetes/kubelet.conf")
    refused = run(inventory, kube_hostname="{{ inventory_hostname }}")
    for node in nodes.values():
        node.check_output("rm -r /etc/kubernetes")
    told = " ".join(refused.output.split())
    assert refused.rc != 0 and "this machine is called worker1.example.com and is a node of a cluster" in told
    assert nodes["worker1"].check_output("hostname") == "worker1.example.com"


def test_what_was_undone_by_hand_is_done_again(done: PlaybookRun, nodes: Nodes, inventory: Path) -> None:
    worker = nodes["worker1"]
    worker.check_output("sed -i '/kubewright: UUID/s/# kubewright: //' /etc/fstab; systemctl unmask --quiet var-package.swap; sysctl -qw net.ipv4.ip_forward=0")
    again = run(inventory, "--diff", **NAMES)
    assert again.each("changed") == {"cp1": 0, "worker1": 1}
    assert actions(again) == ["comment swap out in /etc/fstab", "mask var-package.swap", "set net.ipv4.ip_forward to 1"]


def test_a_clock_without_a_service_is_predicted_in_check_mode(nodes: Nodes, inventory: Path) -> None:
    """For real it would set the clock of the machine that the containers share."""
    said = run(inventory, "--check", "--diff", prereqs_time="chrony")
    assert said.rc == 0 and "now and at boot" in said.output

"""The two machines of the scenario packages: what is on them, and bare again."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from testinfra.host import Host

KUBERNETES = ("kubelet", "kubeadm", "kubectl")
COMPANIONS = ("cri-tools", "kubernetes-cni")
NAMES = " ".join((*KUBERNETES, *COMPANIONS))
SERVED = "http://127.0.0.1:8800"

FORGET = {
    "deb": f"apt-mark unhold {NAMES} ethtool; dpkg --purge {NAMES}; apt-get clean; rm -rf /etc/apt/keyrings/* /var/lib/apt/lists/127*",
    "rpm": f"rpm -e --nodeps {NAMES}; rpm -e --allmatches gpg-pubkey; rm -rf /etc/pki/rpm-gpg; : > /etc/dnf/plugins/versionlock.list; rm -rf /var/cache/dnf",
}
OURS = (
    "/etc/apt/sources.list.d/kubewright* /etc/apt/sources.list.d/other* /etc/yum.repos.d/kubewright* /etc/yum.repos.d/other* /usr/bin/kube* /usr/bin/crictl"
    " /opt/cni /var/lib/kubewright /etc/default/kubelet /etc/sysconfig/kubelet /usr/lib/systemd/system/kubelet.service*"
)
# All that a run could have altered on purpose, with digests. rpm's database keeps a source's own key, once a package of it was looked at.
STATE = (
    "find /etc/apt /etc/yum.repos.d /etc/pki /etc/dnf /etc/default /etc/sysconfig /etc/systemd /usr/bin/kube* /usr/bin/crictl /opt/cni /var/lib/kubewright"
    " /usr/lib/systemd/system/kubelet* -type f -exec sha256sum {} + 2>/dev/null | sort; dpkg-query -W; apt-mark showhold;"
    " rpm -qa 2>/dev/null | grep -v gpg-pubkey | sort"
)


class Package(NamedTuple):
    version: str
    status: str


def family(node: Host) -> str:
    return {"deb1": "deb", "rpm1": "rpm"}[str(node.check_output("hostname"))]


def forget(nodes: Mapping[str, Host]) -> None:
    """Bare again, and nothing remembered."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(make_bare, nodes.values()))


def make_bare(node: Host) -> None:
    kind = family(node)
    node.run(f"systemctl disable kubelet; {FORGET[kind]}; rm -rf {OURS}; systemctl daemon-reload")
    assert versions(node) == {}


def state(node: Host) -> str:
    return str(node.run(STATE).stdout)


def versions(node: Host) -> dict[str, str]:
    """Full version of each package that is installed, as the package manager's own database says."""
    if family(node) == "deb":
        rows = node.run(f"dpkg-query -W -f '${{Package}} ${{Version}} ${{db:Status-Status}}\\n' {NAMES}").stdout
        return {row.split()[0]: row.split()[1] for row in rows.splitlines() if row.endswith(" installed")}
    rows = node.run(f"rpm -q --qf '%{{NAME}} %{{VERSION}}-%{{RELEASE}}\\n' {NAMES}").stdout
    return {row.split()[0]: row.split()[1] for row in rows.splitlines() if "not installed" not in row}


def kubernetes(node: Host) -> set[str]:
    found = versions(node)
    return {found[name] for name in KUBERNETES if name in found}


def held(node: Host) -> set[str]:
    """What a general upgrade leaves alone."""
    if family(node) == "deb":
        return set(node.check_output("apt-mark showhold").split())
    return set(re.findall(r"^(\S+?)-\d+:", node.check_output("cat /etc/dnf/plugins/versionlock.list"), re.MULTILINE))


def general_upgrade(node: Host) -> None:
    """What an administrator does every month, with a repository that has newer packages."""
    if family(node) == "deb":
        node.check_output("apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -y -q upgrade")
    else:
        node.check_output("dnf -y -q upgrade")


def source_file(node: Host) -> Any:
    return node.file({"deb": "/etc/apt/sources.list.d/kubewright-kubernetes.sources", "rpm": "/etc/yum.repos.d/kubewright-kubernetes.repo"}[family(node)])

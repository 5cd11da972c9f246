"""What tests compare before and after a run: everything on a machine that a run could have touched."""

from collections.abc import Callable
from typing import Any

from testinfra.host import Host

MARKER = "/run/kubewright-test-marker"

# Written by logging in, by ansible's own work, by systemd's timers, and what apt and kubectl remember when they are only asked.
NOISE = ["/dev", "/proc", "/run", "/sys", "/tmp", "/root/.ansible", "/root/.kube/cache", "/home/admin", "/var/log", "/var/lib/systemd",
         "/var/lib/sudo", "/var/cache/apt"]

# Kinds that a cluster does not write by itself: no leases, events, endpoints or node statuses.
LASTING_KINDS = (
    "secrets,configmaps,serviceaccounts,services,deployments.apps,daemonsets.apps,"
    "clusterroles.rbac.authorization.k8s.io,clusterrolebindings.rbac.authorization.k8s.io,"
    "roles.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io"
)


def mark(node: Host) -> None:
    node.check_output(f"touch {MARKER}; sleep 0.1")


def written_since_mark(node: Host) -> list[str]:
    """Files of the root file system made or altered since mark()."""
    skipped = " -o ".join(f"-path {path}" for path in NOISE)
    found = node.check_output(f"find / -xdev \\( {skipped} \\) -prune -o -cnewer {MARKER} ! -type d -print")
    return sorted(found.splitlines())


def times_of_files(node: Host) -> str:
    """Path, modification time, size and mode of every file that makes a node a member."""
    return str(
        node.check_output(
            "find /etc/kubernetes /etc/containerd /etc/docker /etc/cni /etc/apt /etc/sysctl.d /etc/modules-load.d /etc/hosts /etc/fstab "
            "/var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/pki "
            "-type f -printf '%p %T@ %s %m\\n' 2>/dev/null | sort"
        )
    )


def starts_of_services(node: Host) -> str:
    return str(node.check_output("systemctl show kubelet containerd docker --property=Id,ActiveEnterTimestampMonotonic,NRestarts"))


def packages(node: Host) -> str:
    return str(node.check_output("dpkg-query --show; apt-mark showhold"))


def kernel(node: Host) -> str:
    return str(node.check_output("cat /proc/swaps; sysctl --all 2>/dev/null | grep -E 'ip_forward|bridge-nf|forwarding|rp_filter'"))


def cluster(kubectl: Callable[[str], Any]) -> dict[str, str]:
    """Resource versions of what lasts, and of each node what people write in it."""
    items = kubectl(f"get {LASTING_KINDS} --all-namespaces -o json")["items"]
    versions = {
        "/".join((item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"])): item["metadata"]["resourceVersion"]
        for item in items
        if "control-plane.alpha.kubernetes.io/leader" not in item["metadata"].get("annotations", {})
    }
    nodes = kubectl("get nodes -o json")["items"]
    people = {item["metadata"]["name"]: str((item["metadata"]["labels"], item["metadata"]["annotations"], item["spec"])) for item in nodes}
    return {**versions, **people}

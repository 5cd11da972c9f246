#!/usr/bin/python
# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: kubeadm_info
short_description: Say what kubeadm has left on this machine, and what it is
version_added: 0.1.0
description:
  - Looks at files, sockets and the local API server of one machine and sorts it as clean, partial, worker or control plane.
  - Never fails because something is absent, writes nothing, and needs neither kubeadm nor a cluster. A file that is there and cannot be read
    is an error that names it.
options:
  gather:
    description:
      - What to read beside the state itself. Each costs the node a little time.
      - V(versions) runs C(kubeadm), C(kubelet), C(kubectl) and C(containerd) where they are installed; V(certificates) reads the days left of every
        certificate; V(host) reads what tells this machine from its clones; V(machine) reads all that it is judged by before anything is done to it;
        V(kubelet) asks systemd and the health port; V(cluster) asks a control plane that answers for the identity of its cluster and for the run lock;
        V(pki) reads of every certificate whom it is of, and when it ends.
    type: list
    elements: str
    choices: [versions, certificates, host, kubelet, machine, cluster, pki]
    default: [versions, certificates, host, kubelet]
  role:
    description:
      - What the machine is listed as; it decides what RV(node.next_run) says.
      - Left out, it is taken for what its files say.
    type: str
    choices: [control_plane, worker]
  ca_cert_hashes:
    description:
      - Public keys of the CA of the cluster that the machine is expected to belong to, as C(sha256:…). A machine that holds none of them is
        reported as RV(node.foreign). Left out, no cluster is expected and nothing is foreign.
    type: list
    elements: str
    default: []
  accounts:
    description: Accounts to look for with V(machine); an answer of RV(node.machine).
    type: list
    elements: str
    default: []
  paths:
    description: Paths to tell the kind of with V(machine); an answer of RV(node.machine).
    type: list
    elements: str
    default: []
  resolve:
    description: Names to look up with V(machine), as the machine itself finds them; an answer of RV(node.machine).
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - kubewright.cluster.attributes.info
author:
  - Kubewright contributors (@kubewright)
seealso:
  - module: kubewright.cluster.kubeadm_init
  - module: kubewright.cluster.kubeadm_join
  - module: kubewright.cluster.kubeadm_reset
"""

EXAMPLES = r"""
- name: Look at the machine
  kubewright.cluster.kubeadm_info:
  register: machine

- name: Say what it is
  ansible.builtin.debug:
    msg: "{{ machine.node.state }}: {{ machine.node.reason }}; the next run: {{ machine.node.next_run.action }}"

- name: Refuse a machine of another cluster
  kubewright.cluster.kubeadm_info:
    gather: []
    role: worker
    ca_cert_hashes: ["sha256:00440886e68dc7c9e0d62a24e864c0b97fb41f1d968bd7d2f97356a2b121a249"]
  register: machine
  failed_when: machine.node.foreign
"""

RETURN = r"""
node:
  description: The machine as it was found. Times are seconds since the epoch, certificates are whole days left.
  returned: always
  type: dict
  contains:
    schema:
      description: Version of this structure.
      type: str
      sample: kubewright.node/1
    state:
      description: One of clean, partial (an operation did not end), worker, control_plane.
      type: str
      sample: worker
    healthy:
      description: For a control plane, whether its own API server answers; such a machine is broken, not partial, when it does not.
      type: bool
    ours:
      description: For a partial machine, whether Kubewright began what did not end.
      type: bool
    reset_allowed:
      description: Whether the next run may reset this machine. Never true over etcd data older than the interrupted operation.
      type: bool
    reason:
      description: Why the machine was sorted so.
      type: str
      sample: the kubelet has its kubeconfig and configuration
    operation:
      description: For a partial machine, what of Kubewright did not end, one of init, join, join-control-plane and reset; else empty.
      type: str
      sample: join
    phase:
      description: For a partial machine, the phase that was running, where it was noted; else empty.
      type: str
      sample: kubelet-start
    foreign:
      description: Whether it belongs to another cluster than O(ca_cert_hashes) expects. The state says what it is there.
      type: bool
    name:
      description: The Node's name as the kubelet's certificate has it; empty on a machine without one.
      type: str
      sample: worker1
    next_run:
      description:
        - What C(site.yml) does with the machine when it is run now. C(action) is one of C(init or join), C(join), C(repair), C(refuse) and
          C(nothing), C(reason) says why.
      type: dict
      sample: {action: nothing, reason: the kubelet has its kubeconfig and configuration}
    files:
      description: The files that decided it.
      type: list
      elements: str
      sample: [/etc/kubernetes/kubelet.conf, /var/lib/kubelet/config.yaml]
    ca_hashes:
      description: Public key hashes of the cluster's CA as this machine holds it.
      type: list
      elements: str
      sample: ["sha256:00440886e68dc7c9e0d62a24e864c0b97fb41f1d968bd7d2f97356a2b121a249"]
    endpoint:
      description: Address of the API server in the kubelet's kubeconfig.
      type: str
      sample: cluster.example.com:6443
    cri_endpoints:
      description: Sockets of container runtimes found.
      type: list
      elements: str
      sample: [unix:///run/containerd/containerd.sock]
    cri_socket:
      description: The one that the kubelet is told to use; empty where it is told none.
      type: str
      sample: unix:///run/containerd/containerd.sock
    versions:
      description: Installed versions by program.
      type: dict
      sample: {kubeadm: 1.31.2, kubelet: 1.31.2, kubectl: 1.31.2}
    certificates:
      description: Days left by file. For a kubeconfig it is the certificate of its user.
      type: dict
      sample: {/etc/kubernetes/pki/apiserver.crt: 364, /etc/kubernetes/admin.conf: 364}
    kubelet:
      description: Whether systemd runs it and whether it says that it is well.
      type: dict
      sample: {active: true, healthy: true}
    host:
      description: What tells the machine from its clones, and its size.
      type: dict
      contains:
        hostname:
          description: Its host name.
          type: str
          sample: worker1
        machine_id:
          description: Content of C(/etc/machine-id).
          type: str
          sample: 0123456789abcdef0123456789abcdef
        product_uuid:
          description: UUID of the hardware or of the virtual machine; empty where it has none.
          type: str
          sample: 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed
        cpus:
          description: Number of processors.
          type: int
          sample: 2
        memory_mb:
          description: Memory in MiB.
          type: int
          sample: 3921
        kernel:
          description: Release of the running kernel.
          type: str
          sample: 6.1.0-18-amd64
        cgroup_version:
          description: Version of the control groups, 1 or 2.
          type: int
          sample: 2
        address:
          description: Address that its default route sends from; empty without such a route.
          type: str
          sample: 192.0.2.11
        time:
          description: Its clock, in seconds since the epoch.
          type: int
          sample: 1795258800
        proxied:
          description: Whether M(kubewright.cluster.node_proxy) has been here.
          type: bool
          sample: false
        certificate_days:
          description: Whole days left of the certificate that ends first; none where there is no certificate.
          type: int
          sample: 364
    machine:
      description: What the machine is judged by before anything is done to it.
      type: dict
      contains:
        clock:
          description: Its clock, in seconds since the epoch.
          type: float
          sample: 1795258800.25
        asked:
          description: The controller's clock before and after the look. The machine's own was read between the two.
          type: list
          elements: float
          sample: [1795258800.11, 1795258800.58]
        os:
          description: What C(/etc/os-release) says.
          type: dict
          sample: {id: debian, like: "", version: "12", name: Debian GNU/Linux 12 (bookworm)}
        architecture:
          description: Of the kernel.
          type: str
          sample: x86_64
        container:
          description: The kind of container that the machine is; empty for a real or a virtual one.
          type: str
          sample: ""
        systemd:
          description: Whether systemd runs it.
          type: bool
        package_managers:
          description: Those that are installed.
          type: list
          elements: str
          sample: [apt-get]
        macs:
          description: Addresses of network cards, by interface.
          type: dict
          sample: {eth0: "52:54:00:aa:bb:01"}
        accounts:
          description: Those of O(accounts) that are on the machine.
          type: list
          elements: str
          sample: [alice]
        paths:
          description: The kind of each path in O(paths), as Kubernetes names it. Empty where nothing is.
          type: dict
          sample: {/etc/kubernetes/policy.yaml: File, /srv/nothing: ""}
        resolved:
          description: The addresses of each name in O(resolve); none where nobody knows it.
          type: dict
          sample: {api.example.com: [192.0.2.10]}
        addresses:
          description: Its own, by interface; loopback and link-local ones are left out.
          type: list
          elements: dict
          sample: [{interface: eth0, address: 192.0.2.11}]
        networks:
          description: Networks of its routes. C(routed) ones are reached by way of another machine.
          type: list
          elements: dict
          sample: [{interface: eth0, network: 192.0.2.0/24, routed: false}]
        disks:
          description: By folder, the file system that holds it; the same C(device) is the same one.
          type: dict
          sample: {/var/lib/etcd: {device: 65024, size_mb: 40000, free_mb: 31000, inodes: 2621440, inodes_free: 2500000}}
        swaps:
          description: Swap that is on.
          type: list
          elements: str
          sample: [/dev/sda2]
        cgroup_controllers:
          description: Those that are there.
          type: list
          elements: str
          sample: [cpu, cpuset, io, memory, pids]
        selinux:
          description: Whether it enforces, and whether the policy of container-selinux is installed.
          type: dict
          sample: {enforcing: true, container_policy: true}
        api_version:
          description: Version of the API server that the machine's kubelet is told to run; empty where there is none.
          type: str
          sample: 1.31.2
        hosts_file:
          description: Addresses that C(/etc/hosts) has for its host name.
          type: list
          elements: str
          sample: [127.0.1.1]
        runtime_sockets:
          description: Sockets of container runtimes.
          type: list
          elements: str
          sample: [/run/containerd/containerd.sock]
        listeners:
          description: Who has which port. Not of a machine that is a member of a cluster, as the next four.
          type: list
          elements: dict
          sample: [{protocol: tcp, address: 0.0.0.0, port: 10250, pid: 812, process: nginx}]
        firewalls:
          description: Those that are on.
          type: list
          elements: str
          sample: [firewalld]
        chains:
          description: How many chains of Kubernetes and of pod networks iptables has.
          type: int
          sample: 0
        kernel_config:
          description: Options that the kernel was built without, and the file that says so; C(source) is empty where there is none.
          type: dict
          sample: {source: /boot/config-6.1.0-18-amd64, absent: []}
        cni_configs:
          description: Files in C(/etc/cni/net.d), also of a member of a cluster.
          type: list
          elements: str
          sample: [10-flannel.conflist]
        cgroup_drivers:
          description: Of a member of a cluster, those of its kubelet and of its runtime; empty where their files do not say.
          type: dict
          sample: {kubelet: systemd, runtime: systemd}
        runtime_switch:
          description: Of a member of a cluster, whether a switch of its runtime was begun and has not ended. See M(kubewright.cluster.node_runtime).
          type: bool
        settings:
          description: Of a member of a cluster, the kubelet's configuration and flags as texts, and the SHA-256 of the audit policy where there is one.
          type: dict
          sample: {kubelet: "apiVersion: kubelet.config.k8s.io/v1beta1\n…", kubelet_flags: "KUBELET_KUBEADM_ARGS=\"--node-ip=192.0.2.10\"\n", audit_policy: ""}
        remains:
          description: What may be of an earlier cluster.
          type: dict
          sample: {interfaces: [cni0, eth0, lo], cni_configs: [10-flannel.conflist], static_pods: [], etcd: [member]}
    pki:
      description: Every certificate that kubeadm and the kubelet keep here; of a file with several, the first. C(error) stands in place of what cannot be read.
      type: list
      elements: dict
      sample:
        - path: /etc/kubernetes/pki/apiserver.crt
          kind: certificate
          subject: kube-apiserver
          organizations: []
          not_before: 1795258800
          not_after: 1826794800
          algorithm: RSA-2048
          fingerprint: "sha256:5f2b…"
    cluster:
      description: Identity of the cluster and holder of its run lock, for a control plane that answers; else empty.
      type: dict
      contains:
        uid:
          description: UID of the namespace C(kube-system).
          type: str
          sample: 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed
        settings:
          description: Texts that kubeadm keeps in the cluster about its configuration, by the name of their ConfigMap.
          type: dict
          sample: {kubeadm-config: "apiServer: {}\napiVersion: kubeadm.k8s.io/v1beta4\n…", kube-proxy: "kind: KubeProxyConfiguration\n…"}
        lock:
          description: Who holds the run lock; none where nobody does. See M(kubewright.cluster.cluster_lock).
          type: dict
          contains:
            identity:
              description: The C(ansible-playbook) process that holds it.
              type: str
              sample: root@ci1/8f2c91d0.41ab77c2.4026531836.5121.881200
            purpose:
              description: What that run does.
              type: str
              sample: site.yml
            taken:
              description: Since when, in seconds since the epoch of the control plane's clock.
              type: int
              sample: 1795258800
            expires:
              description: When the lock ends if nobody gives it back.
              type: int
              sample: 1795262400
            seconds_left:
              description: Seconds until then, 0 where it has expired.
              type: int
              sample: 3600
        reason:
          description: Why nothing could be asked; else empty.
          type: str
          sample: ""
"""

from http.client import HTTPException
from typing import Any, Dict, List
from urllib.request import ProxyHandler, build_opener

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubewright.cluster.plugins.module_utils import _host_look as host_look
from ansible_collections.kubewright.cluster.plugins.module_utils import _node_look as node
from ansible_collections.kubewright.cluster.plugins.module_utils._cluster_look import cluster
from ansible_collections.kubewright.cluster.plugins.module_utils._command import Runner
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import CommandError, KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._kubectl import Kubectl
from ansible_collections.kubewright.cluster.plugins.module_utils._module import conclude
from ansible_collections.kubewright.cluster.plugins.module_utils._node_state import (
    CONTROL_PLANE_PARTS,
    KUBELET_CONF,
    SCHEMA,
    cluster_identity,
    node_state,
    what_a_run_does,
)

VERSION_COMMANDS = {
    "kubeadm": ["kubeadm", "version", "-o", "short"],
    "kubelet": ["kubelet", "--version"],
    "kubectl": ["kubectl", "version", "--client", "-o", "json"],
    "containerd": ["containerd", "--version"],
}


def versions(run: Runner) -> Dict[str, str]:
    found = {}
    for program, argv in VERSION_COMMANDS.items():
        try:
            text = run(argv, seconds=20).stdout
        except CommandError:
            continue
        except KubewrightError:
            continue
        found[program] = _version_in(text)
    return found


def _version_in(text: str) -> str:
    words = text.replace('"', " ").replace(",", " ").split()
    matching = [word.lstrip("v") for word in words if word.lstrip("v")[:1].isdigit() and word.count(".") >= 2]
    return matching[0] if matching else ""


def kubelet(module: AnsibleModule) -> Dict[str, bool]:
    active = bool(module.get_bin_path("systemctl")) and module.run_command(["systemctl", "is-active", "--quiet", "kubelet"])[0] == 0
    try:
        healthy = build_opener(ProxyHandler({})).open("http://127.0.0.1:10248/healthz", timeout=3).status == 200
    except (OSError, HTTPException):  # URLError is an OSError
        healthy = False
    return {"active": active, "healthy": healthy}


def machine(module: AnsibleModule) -> Dict[str, Any]:
    found = described(module.params)
    gather = module.params["gather"]
    if "versions" in gather:
        found["versions"] = versions(Runner(module))
    if "certificates" in gather:
        found["certificates"] = node.certificate_days()
    if "kubelet" in gather:
        found["kubelet"] = kubelet(module)
    if "host" in gather:
        found["host"] = dict(host_look.host(), certificate_days=node.least_certificate_days())
    if "machine" in gather:
        found["machine"] = judged_by(module, found["state"] in ("worker", "control_plane"))
    if "pki" in gather:
        found["pki"] = pki()
    if "cluster" in gather:
        found["cluster"] = cluster(Kubectl(Runner(module))) if found["state"] == "control_plane" and found["healthy"] else {}
    return found


def judged_by(module: AnsibleModule, member: bool) -> Dict[str, Any]:
    """Imported here, since a task costs what it imports and only preflight asks for this."""
    from ansible_collections.kubewright.cluster.plugins.module_utils import _machine_look, _packet_filters

    found = dict(_machine_look.machine(member), paths={path: _machine_look.kind(path) for path in module.params["paths"]},
                 accounts=_machine_look.accounts(module.params["accounts"]),
                 resolved={name: _machine_look.resolved(name) for name in module.params["resolve"]})
    return found if member else dict(found, firewalls=_packet_filters.firewalls(module), chains=_packet_filters.chains(module))


def pki() -> List[Dict[str, Any]]:
    """Imported here, since only a report asks for this."""
    from ansible_collections.kubewright.cluster.plugins.module_utils import _certificate_look

    return _certificate_look.certificates()


def described(params: Dict[str, Any]) -> Dict[str, Any]:
    """What files and the local API server tell."""
    look = node.look()
    state, hashes, endpoint = node_state(look), node.ca_hashes(), node.server_of(KUBELET_CONF)
    wanted = params["ca_cert_hashes"]
    foreign = bool(wanted and hashes and state.state != "clean" and not set(wanted) & set(hashes))
    identity = cluster_identity(hashes, endpoint) if foreign else ""
    role = params["role"] or ("worker" if state.state != "clean" and not look.files & CONTROL_PLANE_PARTS else "control_plane")
    found = dict(
        state.as_dict(), schema=SCHEMA, files=sorted(look.files), ca_hashes=hashes, endpoint=endpoint, foreign=foreign, name=node.node_name(),
        cri_endpoints=node.cri_endpoints(), cri_socket=node.cri_socket(), next_run=what_a_run_does(state, role, identity).as_dict(),
    )
    if foreign:
        found["reason"] += "; it belongs to " + identity
    return found


def main() -> None:
    default = ["versions", "certificates", "host", "kubelet"]
    module = AnsibleModule(
        argument_spec={
            "gather": {"type": "list", "elements": "str", "choices": [*default, "machine", "cluster", "pki"], "default": default},
            "role": {"type": "str", "choices": ["control_plane", "worker"]},
            "ca_cert_hashes": {"type": "list", "elements": "str", "default": []},
            "accounts": {"type": "list", "elements": "str", "default": []},
            "paths": {"type": "list", "elements": "str", "default": []},
            "resolve": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    conclude(module, lambda: {"changed": False, "node": machine(module)}, "look")


if __name__ == "__main__":
    main()

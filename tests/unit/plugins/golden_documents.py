# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Representative descriptions and the documents made from them: what lies in tests/unit/golden, and what `make lab-validate` shows to a real kubeadm."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.plugin_utils import documents

FOLDER = Path(__file__).resolve().parents[1] / "golden"
Description = dict[str, Any]
Documents = list[dict[str, Any]]

CLUSTER: Description = {
    "control_plane_endpoint": "cluster.example.com:6443",
    "pod_subnets": ["10.244.0.0/16"],
    "service_subnets": ["10.96.0.0/12"],
    "cert_sans": ["cluster.example.com"],
}
NODE: Description = {"name": "cp1", "address": "192.0.2.10", "cri_socket": "unix:///run/containerd/containerd.sock"}
EXTERNAL: Description = {
    "endpoints": ["https://192.0.2.31:2379", "https://192.0.2.32:2379"],
    "caFile": "/etc/kubernetes/pki/etcd/ca.crt",
    "certFile": "/etc/kubernetes/pki/apiserver-etcd-client.crt",
    "keyFile": "/etc/kubernetes/pki/apiserver-etcd-client.key",
}
# Nearly every setting, each from the first minor that has it. Where one was removed again, the last minor stands behind.
RICH_CLUSTER: list[tuple[int, int, Description]] = [
    (17, 99, {
        "pod_subnets": ["10.244.0.0/16", "fd00:10:244::/56"],
        "service_subnets": ["10.96.0.0/16", "fd00:10:96::/112"],
        "cert_sans": ["cluster.example.com", "192.0.2.100"],
        "cluster_name": "rich",
        "certificates_dir": "/etc/kubernetes/pki",
        "image_registry": "registry.example.com/kubernetes",
        "dns": {"imageRepository": "registry.example.com/coredns", "imageTag": "v1.8.0"},
        "etcd": {"local": {
            "dataDir": "/var/lib/etcd",
            "imageTag": "3.5.16-0",
            "extraArgs": {"quota-backend-bytes": 4294967296, "election-timeout": 5000},
            "serverCertSANs": ["etcd.example.com"],
            "peerCertSANs": ["etcd.example.com"],
        }},
        "cluster_configuration": {
            "apiServer": {
                "extraArgs": [{"name": "audit-log-maxage", "value": "30"}, {"name": "profiling", "value": "false"}],
                "extraVolumes": [{"name": "audit", "hostPath": "/var/log/audit", "mountPath": "/var/log/audit", "readOnly": False,
                                  "pathType": "DirectoryOrCreate"}],
            },
            "controllerManager": {"extraArgs": {"terminated-pod-gc-threshold": 100, "bind-address": "192.0.2.10"}},
            "scheduler": {"extraArgs": {"v": 2}},
        },
        "kubelet_configuration": {
            "clusterDomain": "cluster.local",
            "evictionHard": {"memory.available": "200Mi", "nodefs.available": "10%"},
            "failSwapOn": False,
            "maxPods": 200,
            "serializeImagePulls": False,
            "systemReserved": {"cpu": "100m", "memory": "200Mi"},
            "nodeStatusUpdateFrequency": "10s",
        },
        "proxy_mode": "ipvs",
        "proxy_configuration": {
            "ipvs": {"strictARP": True, "scheduler": "rr", "excludeCIDRs": ["192.0.2.0/24"]},
            "conntrack": {"maxPerCore": 65536, "tcpEstablishedTimeout": "24h0m0s"},
            "metricsBindAddress": "0.0.0.0:10249",
        },
    }),
    (18, 33, {"encryption_algorithm": "ECDSA-P256"}),
    (34, 99, {"encryption_algorithm": "ECDSA-P384"}),
    (22, 99, {"kubelet_configuration": {"memorySwap": {"swapBehavior": "LimitedSwap"}, "featureGates": {"NodeSwap": True}}}),
    (22, 99, {"feature_gates": {"RootlessControlPlane": False}}),
    (23, 99, {"kubelet_configuration": {"logging": {"format": "json", "verbosity": 2}}}),
    (27, 99, {"kubelet_configuration": {"maxParallelImagePulls": 4}}),
    (27, 31, {"feature_gates": {"EtcdLearnerMode": True}}),
    (29, 99, {"proxy_mode": "nftables", "proxy_configuration": {"nftables": {"syncPeriod": "30s", "masqueradeAll": False}},
              "kubelet_configuration": {"imageMaximumGCAge": "168h0m0s"}}),
    (31, 99, {
        "certificate_validity_period": "4380h0m0s",
        "ca_certificate_validity_period": "43800h0m0s",
        "cluster_configuration": {
            "apiServer": {"extraEnvs": [{"name": "GOMAXPROCS", "value": "2"}]},
            "controllerManager": {"extraEnvs": [{"name": "GOGC", "value": "50"}]},
            "etcd": {"local": {"extraEnvs": [{"name": "ETCD_LOG_LEVEL", "value": "warn"}]}},
            "dns": {"disabled": False},
            "proxy": {"disabled": False},
        },
        "kubelet_configuration": {"failCgroupV1": False},
    }),
    (33, 99, {"kubelet_configuration": {"imagePullCredentialsVerificationPolicy": "NeverVerifyPreloadedImages"}}),
]
RICH_NODE: list[tuple[int, int, Description]] = [
    (17, 99, {
        "bind_port": 7443,
        "taints": ["node-role.kubernetes.io/control-plane:NoSchedule", "example.com/reserved=yes:PreferNoSchedule"],
        "ignore_preflight_errors": ["NumCPU", "Swap"],
        "kubelet_extra_args": {"node-labels": "example.com/room=1", "v": 2},
        "timeouts": {"controlPlaneComponentHealthCheck": "6m0s", "discovery": "7m0s"},
    }),
    (20, 99, {"addresses": ["192.0.2.10", "2001:db8::10"]}),
    (22, 99, {"image_pull_policy": "Always", "skip_phases": ["preflight"], "patches_directory": "/etc/kubernetes/patches"}),
    (31, 99, {
        "image_pull_serial": False,
        "timeouts": {"kubeletHealthCheck": "5m0s", "kubernetesAPICall": "2m0s", "etcdAPICall": "3m0s", "tlsBootstrap": "6m0s", "upgradeManifests": "8m0s"},
    }),
]
MAINTENANCE: Description = {"ignore_preflight_errors": ["NumCPU"], "timeouts": {"kubernetesAPICall": "2m0s", "etcdAPICall": "3m0s"}}
RESET: Description = {**MAINTENANCE, "cri_socket": NODE["cri_socket"], "certificates_dir": "/etc/kubernetes/pki", "skip_phases": ["remove-etcd-member"],
                      "configuration": {"force": True, "cleanupTmpDir": True, "unmountFlags": ["MNT_DETACH"]}}
UPGRADE: Description = {**MAINTENANCE, "image_pull_policy": "IfNotPresent", "patches_directory": "/etc/kubernetes/patches",
                        "configuration": {"apply": {"certificateRenewal": True, "etcdUpgrade": True}, "diff": {"contextLines": 3}}}


def of_version(version: str) -> dict[str, Documents]:
    """By the name of the file that holds them."""
    minor = releases.version(version).minor
    cluster = {"version": version, **CLUSTER}
    rich_cluster, rich_node = _applied(cluster, RICH_CLUSTER, minor), _applied(NODE, RICH_NODE, minor)
    external = {**EXTERNAL, **({"httpEndpoints": ["http://192.0.2.31:2381"]} if minor >= 35 else {})}
    made = {
        "init": documents.init_documents(cluster, NODE),
        "init-rich": documents.init_documents(rich_cluster, rich_node),
        "init-external-etcd": documents.init_documents({**cluster, "etcd": {"external": external}}, NODE),
        "join-worker": [documents.join_document(version, {**NODE, "name": "worker1", "address": "192.0.2.21"}, False)],
        "join-control-plane": [documents.join_document(version, {**NODE, "taints": []}, True)],
        "join-control-plane-rich": [documents.join_document(version, rich_node, True)],
    }
    if minor >= 31:
        made["reset"] = [documents.reset_document(version, RESET)]
        made["upgrade"] = [documents.upgrade_document(version, UPGRADE)]
    return made


def _applied(base: Description, parts: list[tuple[int, int, Description]], minor: int) -> Description:
    for first, last, part in parts:
        if first <= minor <= last:
            base = documents.merged(base, part)
    return base


def version_of(minor: int) -> str:
    """The files are made for the first patch of each minor; others differ in nothing but kubernetesVersion."""
    return f"1.{minor}.0"


class _Indented(yaml.SafeDumper):
    """Lists stand further in than their name, as everywhere in this repository."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def as_text(given: Documents) -> str:
    return "".join("---\n" + yaml.dump(document, Dumper=_Indented, sort_keys=False, width=150) for document in given)


def files(minor: int) -> dict[Path, Documents]:
    """One document a file, as ansible-test's yamllint wants it; several of one use lie in a folder of its name."""
    found: dict[Path, Documents] = {}
    for name, given in of_version(version_of(minor)).items():
        paths = [f"{name}.yaml"] if len(given) == 1 else [f"{name}/{document['kind']}.yaml" for document in given]
        found.update({FOLDER / f"1.{minor}" / path: [document] for path, document in zip(paths, given, strict=True)})
    return found


def write(minor: int) -> None:
    shutil.rmtree(FOLDER / f"1.{minor}", ignore_errors=True)
    for path, given in files(minor).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_text(given), encoding="utf-8")

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters about kubeadm: thin skins over plugin_utils, for roles of this collection and for playbooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display
from ansible_collections.kubewright.cluster.plugins.module_utils import _releases as releases
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.plugin_utils import (
    awx_objects,
    cluster_plan,
    docker_mirrors,
    docker_sources,
    document_options,
    documents,
    inventory,
    no_proxy,
    node_needs,
    node_ports,
    package_sources,
    package_version,
    pod_networks,
    preflight_looks,
    preflight_volumes,
    runtimes,
)


def _plain_errors(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except KubewrightError as error:
            raise AnsibleFilterError(str(error)) from error

    return wrapped


def kube_release(version: Any, registry: str | None = None) -> dict[str, Any]:
    found = releases.facts(version, registry)
    told = releases.doubt(releases.version(version))
    if told:
        Display().warning(told)  # says the same words once
    return found


def plan_for_control_plane(results: list[dict[str, Any]], control_planes: list[str], me: str, allow_new: bool = False, maker: str = "",
                           predicted_maker: str = "") -> dict[str, Any]:
    return cluster_plan.for_control_plane(cluster_plan.seen(results, control_planes), me, allow_new, maker, predicted_maker).as_dict()


def plan_for_worker(results: list[dict[str, Any]], control_planes: list[str], predicting: bool = False) -> dict[str, Any]:
    return cluster_plan.for_worker(cluster_plan.seen(results, control_planes), predicting).as_dict()


def control_plane_to_ask(hostvars: Mapping[str, Any], hosts: list[str], control_planes: list[str]) -> str:
    return cluster_plan.to_ask(preflight_looks.looks(hostvars, hosts, control_planes), control_planes)


class FilterModule:
    """Names as playbooks use them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        table: dict[str, Callable[..., Any]] = {
            "kube_release": kube_release,
            "kubeadm_init_documents": documents.init_documents,
            "kubeadm_init_files": document_options.files,
            "encryption_at_rest": document_options.encryption,
            "kubeadm_image_documents": documents.image_documents,
            "kubeadm_join_document": documents.join_document,
            "kubeadm_reset_document": documents.reset_document,
            "kubeadm_upgrade_document": documents.upgrade_document,
            "awx_faults": awx_objects.faults,
            "awx_job_templates": awx_objects.job_templates,
            "awx_workflow_steps": awx_objects.ordered,
            "plan_for_control_plane": plan_for_control_plane,
            "plan_for_worker": plan_for_worker,
            "control_plane_to_ask": control_plane_to_ask,
            "declared_nodes": inventory.declared_nodes,
            "as_node": inventory.as_node,
            "bridge_peers": inventory.bridge_peers,
            "endpoint_address": inventory.endpoint_address,
            "node_names": inventory.node_names,
            "no_proxy": no_proxy.no_proxy,
            "proxy_environment": no_proxy.proxy_environment,
            "node_needs": node_needs.node_needs,
            "node_ports": node_ports.node_ports,
            "volume_paths": preflight_volumes.paths,
            "workstation_server": inventory.workstation_server,
            "certificate_names": inventory.certificate_names,
            "pod_network_images": pod_networks.pod_network_images,
            "own_address": inventory.own_address,
            "node_addresses": inventory.node_addresses,
            "hosts_block": inventory.hosts_block,
            "known_nodes": inventory.known_nodes,
            "workstation_kubeconfig": inventory.workstation_kubeconfig,
            "package_repository": package_sources.package_repository,
            "package_sources": package_sources.package_sources,
            "cri_socket": runtimes.cri_socket,
            "docker_mirrors": docker_mirrors.docker_mirrors,
            "docker_package": docker_sources.docker_package,
            "docker_repository": docker_sources.docker_repository,
            "version_of_minor": package_version.version_of_minor,
        }
        return {name: _plain_errors(function) for name, function in table.items()}

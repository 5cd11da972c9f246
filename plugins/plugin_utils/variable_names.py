# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable that a user may set. Written by make role-docs, out of the roles' argument_specs and docs/variables.md. Private to the collection."""

from __future__ import annotations

_ROLES = """
    cni_bridge cni_calico cni_flannel containerd control_plane docker join kube_packages kubeconfig kubectl nodes pod_network preflight prereqs verify
    workers
"""
_NAMES = """
    kube_allow_new_cluster
    kube_apiserver_extra_args
    kube_audit_log
    kube_audit_policy
    kube_backup_directory
    kube_backup_fetch_to
    kube_backup_keep
    kube_binaries_url
    kube_bundle_sha256
    kube_bundle_url
    kube_cert_sans
    kube_certificates_renew_before_days
    kube_cluster_configuration
    kube_cni
    kube_cni_backends
    kube_cni_change
    kube_cni_image_registry
    kube_cni_mtu
    kube_containerd_source
    kube_containerd_version
    kube_control_plane_endpoint
    kube_control_plane_endpoint_address
    kube_controller_manager_extra_args
    kube_cri_socket
    kube_dns_domain
    kube_docker_source
    kube_docker_version
    kube_encryption_at_rest
    kube_etcd_extra_args
    kube_firewall
    kube_hostname
    kube_http_proxy
    kube_http_proxy_state
    kube_https_proxy
    kube_ignore_preflight_errors
    kube_image_registry
    kube_inventory_machines
    kube_kubeconfig_accounts
    kube_kubeconfig_path
    kube_kubeconfig_server
    kube_kubectl_path
    kube_kubelet_configuration
    kube_kubelet_extra_args
    kube_minor
    kube_no_proxy
    kube_node_address
    kube_node_labels
    kube_node_name
    kube_node_public_address
    kube_node_subnets
    kube_node_taints
    kube_package_key_sha256
    kube_package_manager
    kube_package_mirror
    kube_package_repo_gpgcheck
    kube_package_source
    kube_pod_subnets
    kube_preflight_waived
    kube_proxy_configuration
    kube_proxy_mode
    kube_registry_mirrors
    kube_report_control_plane_path
    kube_report_path
    kube_reset_confirmed
    kube_reset_destroy_cluster
    kube_reset_drain
    kube_reset_etcd_data
    kube_reset_machines
    kube_run_lock_break
    kube_run_lock_seconds
    kube_runtime
    kube_scheduler_extra_args
    kube_service_subnets
    kube_swap
    kube_swap_behavior
    kube_switch_drain
    kube_switch_seconds
    kube_switch_stop_docker
    kube_switch_workers
    kube_time_servers
    kube_unchecked_documents
    kube_upgrade_drain
    kube_upgrade_etcd
    kube_upgrade_workers
    kube_users
    kube_version
    cni_bridge_change cni_bridge_cluster_cidrs cni_bridge_control_plane cni_bridge_interface cni_bridge_mtu cni_bridge_node_name cni_bridge_nodes
    cni_calico_autodetection cni_calico_autodetection_ipv6 cni_calico_backends cni_calico_bundle_sha256 cni_calico_bundle_url cni_calico_change
    cni_calico_control_plane cni_calico_cross_subnet cni_calico_environment cni_calico_force_conflicts cni_calico_image_registry
    cni_calico_installation cni_calico_kubernetes_version cni_calico_manifest cni_calico_manifest_sha256 cni_calico_method cni_calico_misfit_allowed
    cni_calico_mtu cni_calico_pod_subnets cni_calico_version cni_calico_wait_seconds cni_calico_without
    cni_flannel_arguments cni_flannel_backend cni_flannel_backend_options cni_flannel_bundle_sha256 cni_flannel_bundle_url cni_flannel_change
    cni_flannel_control_plane cni_flannel_force_conflicts cni_flannel_image_registry cni_flannel_interface_can_reach cni_flannel_interface_regexes
    cni_flannel_interfaces cni_flannel_kubernetes_version cni_flannel_mtu cni_flannel_network_options cni_flannel_nftables cni_flannel_plugin
    cni_flannel_pod_subnets cni_flannel_version cni_flannel_wait_seconds
    containerd_cni_bin_dir containerd_cri_settings containerd_environment containerd_hold containerd_image_registry containerd_kubernetes_version
    containerd_manager containerd_mirror containerd_package containerd_registry_config_path containerd_registry_mirrors containerd_repository
    containerd_sandbox_image containerd_settings containerd_source containerd_systemd_cgroup containerd_version
    control_plane_allow_new_cluster control_plane_apiserver_extra_args control_plane_audit_log control_plane_audit_policy control_plane_bind_port
    control_plane_cert_sans control_plane_cluster_configuration control_plane_cluster_hosts control_plane_controller_manager_extra_args
    control_plane_cri_socket control_plane_dns_domain control_plane_encryption_at_rest control_plane_endpoint control_plane_endpoint_address
    control_plane_etcd_extra_args control_plane_hosts control_plane_ignore_preflight_errors control_plane_image_registry
    control_plane_init_configuration control_plane_join_configuration control_plane_join_material control_plane_kubelet_configuration
    control_plane_kubelet_extra_args control_plane_node_name control_plane_pod_subnets control_plane_proxy_configuration control_plane_proxy_mode
    control_plane_scheduler_extra_args control_plane_service_subnets control_plane_swap control_plane_swap_behavior control_plane_takes_workloads
    control_plane_unchecked_documents control_plane_version
    docker_cgroup_driver docker_containerd_version docker_cri_dockerd docker_cri_dockerd_arguments docker_cri_dockerd_bundle_sha256
    docker_cri_dockerd_bundle_url docker_cri_dockerd_dual_stack docker_cri_dockerd_pause_image docker_cri_dockerd_sha256 docker_cri_dockerd_url
    docker_cri_dockerd_version docker_data_root docker_environment docker_hold docker_kubernetes_version docker_live_restore docker_log_limits
    docker_manager docker_mirror docker_overwrite docker_registry_mirrors docker_repository docker_settings docker_source docker_storage_driver
    docker_version
    join_control_plane join_machine_id join_material join_node join_primary join_seconds join_token_seconds join_version
    kube_packages_binaries_sha256 kube_packages_binaries_url kube_packages_bundle_sha256 kube_packages_bundle_url kube_packages_cluster_configuration
    kube_packages_cluster_hosts kube_packages_cni_plugins_url kube_packages_cni_plugins_version kube_packages_control_plane
    kube_packages_control_plane_version kube_packages_crictl_url kube_packages_crictl_version kube_packages_environment kube_packages_image_registry
    kube_packages_images kube_packages_images_enabled kube_packages_key_sha256 kube_packages_manager kube_packages_minor kube_packages_mirror
    kube_packages_names kube_packages_newer kube_packages_no_proxy kube_packages_repo_gpgcheck kube_packages_repository kube_packages_runtime_endpoint
    kube_packages_source kube_packages_version
    kubeconfig_accounts kubeconfig_control_plane kubeconfig_path kubeconfig_renew_before_days kubeconfig_server kubeconfig_users
    kubectl_architecture kubectl_host kubectl_path kubectl_sha256 kubectl_system kubectl_url kubectl_version
    nodes_control_plane nodes_control_planes nodes_hosts nodes_ready nodes_ready_seconds nodes_version nodes_workers
    pod_network_control_plane pod_network_drain pod_network_name
    preflight_accounts preflight_break_lock preflight_bundle_sha256 preflight_bundle_url preflight_cluster_configuration preflight_control_planes
    preflight_docker_source preflight_endpoint preflight_etcd preflight_hosts preflight_package_source preflight_runtime preflight_version
    prereqs_api_server_port prereqs_cluster_configuration prereqs_cni prereqs_cni_backends prereqs_dns_domain prereqs_endpoint
    prereqs_endpoint_address prereqs_extra_hosts prereqs_firewall prereqs_firewall_ports prereqs_firewall_zones prereqs_hostname prereqs_hosts
    prereqs_hosts_enabled prereqs_http_proxy prereqs_http_proxy_state prereqs_https_proxy prereqs_modules prereqs_modules_enabled prereqs_no_proxy
    prereqs_no_proxy_urls prereqs_node_name prereqs_node_port_range prereqs_node_subnets prereqs_nodes prereqs_packages prereqs_packages_enabled
    prereqs_pod_subnets prereqs_proxy_mode prereqs_roles prereqs_runtime prereqs_selinux prereqs_service_subnets prereqs_swap prereqs_sysctls
    prereqs_sysctls_enabled prereqs_time prereqs_time_seconds prereqs_time_servers prereqs_version
    verify_control_plane verify_dns_domain verify_image verify_node_addresses verify_node_port verify_nodes verify_seconds verify_version
    verify_workload
    workers_control_plane_hosts workers_cri_socket workers_ignore_preflight_errors workers_join workers_join_configuration workers_kubelet_extra_args
    workers_node_name workers_swap workers_unchecked_documents workers_version
"""
ROLES = tuple(_ROLES.split())
NAMES = tuple(_NAMES.split())

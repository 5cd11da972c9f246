# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1) by Kubernetes minor, as data. Private to the collection.

Read from the Go types of k8s.io/kube-proxy and k8s.io/component-base, the newest patch of each minor from 1.17 to 1.36, and the state of July 2026 for
1.37. The form of a line is described in document_fields.py.
"""

from __future__ import annotations

FIELDS = """
bindAddress                          text
bindAddressHardFail                  switch    19-
clientConnection.acceptContentTypes  text
clientConnection.burst               whole
clientConnection.contentType         text
clientConnection.kubeconfig          text
clientConnection.qps                 number
clusterCIDR                          text
configSyncPeriod                     duration
conntrack.maxPerCore                 whole
conntrack.min                        whole
conntrack.tcpBeLiberal               switch    29-
conntrack.tcpCloseWaitTimeout        duration
conntrack.tcpEstablishedTimeout      duration
conntrack.udpStreamTimeout           duration  29-
conntrack.udpTimeout                 duration  29-
detectLocal.bridgeInterface          text      24-
detectLocal.interfaceNamePrefix      text      24-
detectLocalMode                      text      18-
enableProfiling                      switch
featureGates                         switches
healthzBindAddress                   text
hostnameOverride                     text
iptables.localhostNodePorts          switch    26-
iptables.masqueradeAll               switch
iptables.masqueradeBit               whole
iptables.minSyncPeriod               duration
iptables.syncPeriod                  duration
ipvs.excludeCIDRs                    texts
ipvs.minSyncPeriod                   duration
ipvs.scheduler                       text
ipvs.strictARP                       switch
ipvs.syncPeriod                      duration
ipvs.tcpFinTimeout                   duration  18-
ipvs.tcpTimeout                      duration  18-
ipvs.udpTimeout                      duration  18-
logging.flushFrequency               time      28-
logging.format                       text      28-
logging.options.json.infoBufferSize  quantity  28-
logging.options.json.splitStream     switch    28-
logging.options.text.infoBufferSize  quantity  30-
logging.options.text.splitStream     switch    30-
logging.verbosity                    whole     28-
logging.vmodule[].filePattern        text      28-
logging.vmodule[].verbosity          whole     28-
metricsBindAddress                   text
mode                                 text
nftables.masqueradeAll               switch    29-
nftables.masqueradeBit               whole     29-
nftables.minSyncPeriod               duration  29-
nftables.syncPeriod                  duration  29-
nodePortAddresses                    texts
oomScoreAdj                          whole
portRange                            text
showHiddenMetricsForVersion          text      18-
udpIdleTimeout                       duration  17-25
windowsRunAsService                  switch    31-
winkernel.enableDSR                  switch
winkernel.forwardHealthCheckVip      switch    24-
winkernel.networkName                text
winkernel.rootHnsEndpointName        text      24-
winkernel.sourceVip                  text
"""

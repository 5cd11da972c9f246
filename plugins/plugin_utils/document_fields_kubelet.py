# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of KubeletConfiguration (kubelet.config.k8s.io/v1beta1) by Kubernetes minor, as data. Private to the collection.

Read from the Go types of k8s.io/kubelet and k8s.io/component-base, the newest patch of each minor from 1.17 to 1.36, and the state of July 2026 for
1.37. The form of a line is described in document_fields.py.
"""

from __future__ import annotations

FIELDS = """
address                                                        text
allowedUnsafeSysctls                                           texts
authentication.anonymous.enabled                               switch
authentication.webhook.cacheTTL                                duration
authentication.webhook.enabled                                 switch
authentication.x509.clientCAFile                               text
authorization.mode                                             text
authorization.webhook.cacheAuthorizedTTL                       duration
authorization.webhook.cacheUnauthorizedTTL                     duration
cgroupDriver                                                   text
cgroupRoot                                                     text
cgroupsPerQOS                                                  switch
clusterDNS                                                     texts
clusterDomain                                                  text
configMapAndSecretChangeDetectionStrategy                      text
containerLogMaxFiles                                           whole
containerLogMaxSize                                            text
containerLogMaxWorkers                                         whole     30-
containerLogMonitorInterval                                    duration  30-
containerRuntimeEndpoint                                       text      27-
contentType                                                    text
cpuCFSQuota                                                    switch
cpuCFSQuotaPeriod                                              duration
cpuManagerPolicy                                               text
cpuManagerPolicyOptions                                        map       22-
cpuManagerReconcilePeriod                                      duration
crashLoopBackOff.maxContainerRestartPeriod                     duration  32-
defaultPodSysctls                                              map       37-
enableContentionProfiling                                      switch
enableControllerAttachDetach                                   switch
enableDebugFlagsHandler                                        switch    21-
enableDebuggingHandlers                                        switch
enableProfilingHandler                                         switch    21-
enableServer                                                   switch    19-
enableSystemLogHandler                                         switch    19-
enableSystemLogQuery                                           switch    27-
enforceNodeAllocatable                                         texts
eventBurst                                                     whole
eventRecordQPS                                                 whole
evictionHard                                                   map
evictionMaxPodGracePeriod                                      whole
evictionMinimumReclaim                                         map
evictionPressureTransitionPeriod                               duration
evictionSoft                                                   map
evictionSoftGracePeriod                                        map
failCgroupV1                                                   switch    31-
failSwapOn                                                     switch
featureGates                                                   switches
fileCheckFrequency                                             duration
hairpinMode                                                    text
healthzBindAddress                                             text
healthzPort                                                    whole
httpCheckFrequency                                             duration
imageGCHighThresholdPercent                                    whole
imageGCLowThresholdPercent                                     whole
imageMaximumGCAge                                              duration  29-
imageMinimumGCAge                                              duration
imagePullCredentialsVerificationPolicy                         text      33-
imageServiceEndpoint                                           text      27-
iptablesDropBit                                                whole
iptablesMasqueradeBit                                          whole
kernelMemcgNotification                                        switch    19-
kubeAPIBurst                                                   whole
kubeAPIQPS                                                     whole
kubeReserved                                                   map
kubeReservedCgroup                                             text
kubeletCgroups                                                 text
localStorageCapacityIsolation                                  switch    25-
logging.flushFrequency                                         time      23-
logging.format                                                 text      19-
logging.options.json.infoBufferSize                            quantity  23-
logging.options.json.splitStream                               switch    23-
logging.options.text.infoBufferSize                            quantity  30-
logging.options.text.splitStream                               switch    30-
logging.sanitization                                           switch    20-23
logging.verbosity                                              whole     23-
logging.vmodule[].filePattern                                  text      23-
logging.vmodule[].verbosity                                    whole     23-
makeIPTablesUtilChains                                         switch
maxOpenFiles                                                   whole
maxParallelImagePulls                                          whole     27-
maxPods                                                        whole
memoryManagerPolicy                                            text      21-
memoryReservationPolicy                                        text      36-
memorySwap.swapBehavior                                        text      22-
memoryThrottlingFactor                                         number    22-
mergeDefaultEvictionSettings                                   switch    33-
nodeLeaseDurationSeconds                                       whole
nodeStatusMaxImages                                            whole     19-
nodeStatusReportFrequency                                      duration
nodeStatusUpdateFrequency                                      duration
oomScoreAdj                                                    whole
podCIDR                                                        text
podLogsDir                                                     text      30-
podPidsLimit                                                   whole
podsPerCore                                                    whole
port                                                           whole
preloadedImagesVerificationAllowlist                           texts     33-
protectKernelDefaults                                          switch
providerID                                                     text      19-
qosReserved                                                    map
readOnlyPort                                                   whole
registerNode                                                   switch    23-
registerWithTaints[].effect                                    text      23-
registerWithTaints[].key                                       text      23-
registerWithTaints[].timeAdded                                 text      23-
registerWithTaints[].value                                     text      23-
registryBurst                                                  whole
registryPullQPS                                                whole
reservedMemory[].limits                                        map       21-
reservedMemory[].numaNode                                      whole     21-
reservedSystemCPUs                                             text
resolvConf                                                     text
rotateCertificates                                             switch
runOnce                                                        switch    19-
runtimeRequestTimeout                                          duration
seccompDefault                                                 switch    22-
serializeImagePulls                                            switch
serverTLSBootstrap                                             switch
showHiddenMetricsForVersion                                    text      18-
shutdownGracePeriod                                            duration  20-
shutdownGracePeriodByPodPriority[].priority                    whole     23-
shutdownGracePeriodByPodPriority[].shutdownGracePeriodSeconds  whole     23-
shutdownGracePeriodCriticalPods                                duration  20-
singleProcessOOMKill                                           switch    32-
staticPodPath                                                  text
staticPodURL                                                   text
staticPodURLHeader                                             free
streamingConnectionIdleTimeout                                 duration
syncFrequency                                                  duration
systemCgroups                                                  text
systemReserved                                                 map
systemReservedCgroup                                           text
tlsCertFile                                                    text
tlsCipherSuites                                                texts
tlsCurvePreferences                                            wholes    36-
tlsMinVersion                                                  text
tlsPrivateKeyFile                                              text
topologyManagerPolicy                                          text
topologyManagerPolicyOptions                                   map       26-
topologyManagerScope                                           text      20-
tracing.endpoint                                               text      25-
tracing.samplingRatePerMillion                                 whole     25-
userNamespaces.idsPerPod                                       whole     33-
volumePluginDir                                                text      19-
volumeStatsAggPeriod                                           duration
"""

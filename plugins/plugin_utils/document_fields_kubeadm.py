# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of kubeadm's documents by Kubernetes minor, as data: v1beta2 up to 1.21, v1beta3 up to 1.30, then v1beta4. Private to the collection.

Read from the Go types of kubeadm: v1beta2 of 1.17 and 1.20, v1beta3 of 1.22 and 1.31, v1beta4 of 1.31 to 1.36, and the release notes of 1.37.
The form of a line is described in document_fields.py.
"""

from __future__ import annotations

FIELDS = {
    "InitConfiguration": """
bootstrapTokens[].description              text
bootstrapTokens[].expires                  text
bootstrapTokens[].groups                   texts
bootstrapTokens[].token                    text
bootstrapTokens[].ttl                      duration
bootstrapTokens[].usages                   texts
certificateKey                             text
dryRun                                     switch    31-
localAPIEndpoint.advertiseAddress          text
localAPIEndpoint.bindPort                  whole
nodeRegistration.criSocket                 text
nodeRegistration.ignorePreflightErrors     texts
nodeRegistration.imagePullPolicy           text      22-
nodeRegistration.imagePullSerial           switch    31-
nodeRegistration.kubeletExtraArgs          map       17-30
nodeRegistration.kubeletExtraArgs[].name   text      31-
nodeRegistration.kubeletExtraArgs[].value  text      31-
nodeRegistration.name                      text
nodeRegistration.taints[].effect           text
nodeRegistration.taints[].key              text
nodeRegistration.taints[].timeAdded        text
nodeRegistration.taints[].value            text
patches.directory                          text      22-
skipPhases                                 texts     22-
timeouts.controlPlaneComponentHealthCheck  duration  31-
timeouts.discovery                         duration  31-
timeouts.etcdAPICall                       duration  31-
timeouts.kubeletHealthCheck                duration  31-
timeouts.kubernetesAPICall                 duration  31-
timeouts.tlsBootstrap                      duration  31-
timeouts.upgradeManifests                  duration  31-
""",
    "ClusterConfiguration": """
apiServer.certSANs                          texts
apiServer.extraArgs                         map       17-30
apiServer.extraArgs[].name                  text      31-
apiServer.extraArgs[].value                 text      31-
apiServer.extraEnvs[].name                  text      31-
apiServer.extraEnvs[].value                 text      31-
apiServer.extraEnvs[].valueFrom             free      31-
apiServer.extraVolumes[].hostPath           text
apiServer.extraVolumes[].mountPath          text
apiServer.extraVolumes[].name               text
apiServer.extraVolumes[].pathType           text
apiServer.extraVolumes[].readOnly           switch
apiServer.timeoutForControlPlane            duration  17-30
caCertificateValidityPeriod                 duration  31-
certificateValidityPeriod                   duration  31-
certificatesDir                             text
clusterName                                 text
controlPlaneEndpoint                        text
controllerManager.extraArgs                 map       17-30
controllerManager.extraArgs[].name          text      31-
controllerManager.extraArgs[].value         text      31-
controllerManager.extraEnvs[].name          text      31-
controllerManager.extraEnvs[].value         text      31-
controllerManager.extraEnvs[].valueFrom     free      31-
controllerManager.extraVolumes[].hostPath   text
controllerManager.extraVolumes[].mountPath  text
controllerManager.extraVolumes[].name       text
controllerManager.extraVolumes[].pathType   text
controllerManager.extraVolumes[].readOnly   switch
dns.disabled                                switch    31-
dns.imageRepository                         text
dns.imageTag                                text
dns.type                                    text      17-21
encryptionAlgorithm                         text      31-
etcd.external.caFile                        text
etcd.external.certFile                      text
etcd.external.endpoints                     texts
etcd.external.httpEndpoints                 texts     35-
etcd.external.keyFile                       text
etcd.local.dataDir                          text
etcd.local.extraArgs                        map       17-30
etcd.local.extraArgs[].name                 text      31-
etcd.local.extraArgs[].value                text      31-
etcd.local.extraEnvs[].name                 text      31-
etcd.local.extraEnvs[].value                text      31-
etcd.local.extraEnvs[].valueFrom            free      31-
etcd.local.imageRepository                  text
etcd.local.imageTag                         text
etcd.local.peerCertSANs                     texts
etcd.local.serverCertSANs                   texts
featureGates                                switches
imageRepository                             text
kubernetesVersion                           text
networking.dnsDomain                        text
networking.podSubnet                        text
networking.serviceSubnet                    text
proxy.disabled                              switch    31-
scheduler.extraArgs                         map       17-30
scheduler.extraArgs[].name                  text      31-
scheduler.extraArgs[].value                 text      31-
scheduler.extraEnvs[].name                  text      31-
scheduler.extraEnvs[].value                 text      31-
scheduler.extraEnvs[].valueFrom             free      31-
scheduler.extraVolumes[].hostPath           text
scheduler.extraVolumes[].mountPath          text
scheduler.extraVolumes[].name               text
scheduler.extraVolumes[].pathType           text
scheduler.extraVolumes[].readOnly           switch
useHyperKubeImage                           switch    17-21
""",
    "JoinConfiguration": """
caCertPath                                         text
controlPlane.certificateKey                        text
controlPlane.localAPIEndpoint.advertiseAddress     text
controlPlane.localAPIEndpoint.bindPort             whole
discovery.bootstrapToken.apiServerEndpoint         text
discovery.bootstrapToken.caCertHashes              texts
discovery.bootstrapToken.token                     text
discovery.bootstrapToken.unsafeSkipCAVerification  switch
discovery.file.kubeConfigPath                      text
discovery.timeout                                  duration  17-30
discovery.tlsBootstrapToken                        text
dryRun                                             switch    31-
nodeRegistration.criSocket                         text
nodeRegistration.ignorePreflightErrors             texts
nodeRegistration.imagePullPolicy                   text      22-
nodeRegistration.imagePullSerial                   switch    31-
nodeRegistration.kubeletExtraArgs                  map       17-30
nodeRegistration.kubeletExtraArgs[].name           text      31-
nodeRegistration.kubeletExtraArgs[].value          text      31-
nodeRegistration.name                              text
nodeRegistration.taints[].effect                   text
nodeRegistration.taints[].key                      text
nodeRegistration.taints[].timeAdded                text
nodeRegistration.taints[].value                    text
patches.directory                                  text      22-
skipPhases                                         texts     22-
timeouts.controlPlaneComponentHealthCheck          duration  31-
timeouts.discovery                                 duration  31-
timeouts.etcdAPICall                               duration  31-
timeouts.kubeletHealthCheck                        duration  31-
timeouts.kubernetesAPICall                         duration  31-
timeouts.tlsBootstrap                              duration  31-
timeouts.upgradeManifests                          duration  31-
""",
    "ResetConfiguration": """
certificatesDir                            text      31-
cleanupTmpDir                              switch    31-
criSocket                                  text      31-
dryRun                                     switch    31-
force                                      switch    31-
ignorePreflightErrors                      texts     31-
skipPhases                                 texts     31-
timeouts.controlPlaneComponentHealthCheck  duration  31-
timeouts.discovery                         duration  31-
timeouts.etcdAPICall                       duration  31-
timeouts.kubeletHealthCheck                duration  31-
timeouts.kubernetesAPICall                 duration  31-
timeouts.tlsBootstrap                      duration  31-
timeouts.upgradeManifests                  duration  31-
unmountFlags                               texts     31-
""",
    "UpgradeConfiguration": """
apply.allowExperimentalUpgrades            switch    31-
apply.allowRCUpgrades                      switch    31-
apply.certificateRenewal                   switch    31-
apply.dryRun                               switch    31-
apply.etcdUpgrade                          switch    31-
apply.forceUpgrade                         switch    31-
apply.ignorePreflightErrors                texts     31-
apply.imagePullPolicy                      text      31-
apply.imagePullSerial                      switch    31-
apply.kubernetesVersion                    text      31-
apply.patches.directory                    text      31-
apply.printConfig                          switch    31-
apply.skipPhases                           texts     31-
diff.contextLines                          whole     31-
diff.kubernetesVersion                     text      31-
node.certificateRenewal                    switch    31-
node.dryRun                                switch    31-
node.etcdUpgrade                           switch    31-
node.ignorePreflightErrors                 texts     31-
node.imagePullPolicy                       text      31-
node.imagePullSerial                       switch    31-
node.patches.directory                     text      31-
node.skipPhases                            texts     31-
plan.allowExperimentalUpgrades             switch    31-
plan.allowRCUpgrades                       switch    31-
plan.dryRun                                switch    31-
plan.etcdUpgrade                           switch    33-
plan.ignorePreflightErrors                 texts     31-
plan.kubernetesVersion                     text      31-
plan.printConfig                           switch    31-
timeouts.controlPlaneComponentHealthCheck  duration  31-
timeouts.discovery                         duration  31-
timeouts.etcdAPICall                       duration  31-
timeouts.kubeletHealthCheck                duration  31-
timeouts.kubernetesAPICall                 duration  31-
timeouts.tlsBootstrap                      duration  31-
timeouts.upgradeManifests                  duration  31-
""",
}

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each release of cri-dockerd, as data; _cri_dockerd looks it up. Private to the collection.

Sources: tag = the source of the tags v0.2.0 to v0.4.3 (backend/daemon.go for the CRI, vendored API version and libdocker/client.go for Docker),
RN = Kubernetes' release notes, KEP = its enhancement proposals, # = an issue or pull request of Mirantis/cri-dockerd, others with their project's name.
"""

from typing import Dict, NamedTuple, Tuple


class Line(NamedTuple):
    """Releases that behave alike, what they fit, and why no more."""

    first: str
    last: str
    kubernetes: Tuple[int, int]  # minors
    docker: Tuple[int, int]  # majors
    why_kubernetes: str
    why_docker: str
    source: str


ANY = 999  # no end is known
FIRST_KUBERNETES = 24  # until then the kubelet speaks to Docker itself
_UNTIL_NOW = "0.3.999", "0.4.999"
_NO_DRIVER = "does not tell the kubelet its cgroup driver, which Kubernetes 1.38 insists on"
_NO_LIMIT = ""

# The two lines go on side by side; each row holds from its first release to its last.
LINES: Tuple[Line, ...] = (
    Line("0.2.0", "0.2.6", (FIRST_KUBERNETES, 25), (17, 24), "speaks CRI v1alpha2 alone, which Kubernetes 1.26 dropped",
         "needs the VirtualSize of images, which Docker 25 no longer tells", "tag; RN-1.26; #300, k3s#9279"),
    Line("0.3.0", "0.3.9", (FIRST_KUBERNETES, 37), (17, 24), _NO_DRIVER,
         "needs the VirtualSize of images, which Docker 25 no longer tells", "tag; KEP-4033; #300, k3s#9279"),
    Line("0.3.10", "0.3.15", (FIRST_KUBERNETES, 37), (17, 28), _NO_DRIVER,
         "speaks version 1.43 of Docker's API, and Docker 29 begins at 1.44", "tag; KEP-4033; docker/for-win#14997"),
    Line("0.3.16", "0.3.16", (FIRST_KUBERNETES, 37), (17, ANY), _NO_DRIVER, _NO_LIMIT, "tag; KEP-4033"),
    Line("0.3.17", _UNTIL_NOW[0], (FIRST_KUBERNETES, ANY), (17, ANY), _NO_LIMIT, _NO_LIMIT, "tag; #425"),
    Line("0.4.0", "0.4.1", (FIRST_KUBERNETES, ANY), (23, ANY), _NO_LIMIT, "wants version 1.42 of Docker's API, which came with Docker 23", "tag"),
    Line("0.4.2", _UNTIL_NOW[1], (FIRST_KUBERNETES, ANY), (17, ANY), _NO_LIMIT, _NO_LIMIT, "tag"),
)

# From this minor on the kubelet itself connects to the address that cri-dockerd tells for exec, attach and port-forward. It names no scheme and is taken for
# https: kubectl exec fails with "server gave HTTP response to HTTPS client". Without this gate the API server goes on as before. Seen up to 0.4.7; its
# correction (#576) is in no release that was seen (#560, #569, kubespray#13361).
STREAMING_FROM = 36
STREAMING_GATE = "ExtendWebSocketsToKubelet"

ADDRESS = "https://github.com/Mirantis/cri-dockerd/releases/download"
# SHA-256 of cri-dockerd-VERSION.ARCHITECTURE.tgz as kubespray keeps them (v2.23.0, and 46dbdd39 of August 2026). Of the releases that fit, the last one here
# is taken where none is named.
DIGESTS: Dict[str, Dict[str, str]] = {
    "0.2.5": {
        "amd64": "1660052586390fd2668421d16265dfcc2bbdba79d923c7ede268cf91935657c1",
        "arm64": "067242bf5e4b39fece10500a239612c7b0723ce9766ba309dbd22acaf1a2def2",
    },
    "0.2.6": {
        "amd64": "5d57b160d5a1f75333149823bec3e291a1a0960383ddc9ddd6e4ff177382c755",
        "arm64": "90122641e45e8ff81dbdd4d84c06fd9744b807b87bff5d0db7f826ded326a9fd",
    },
    "0.3.0": {
        "amd64": "8e6a445591e77b9570299d0afadeee26cb7aa23e4bfd7518baa6a3260b9ee889",
        "arm64": "2a7e5bb156b80f737ef07ae2e8050394ea3e47fb0b7055afac47a365eaa321fb",
    },
    "0.3.1": {
        "amd64": "126431e7b207e013004311f5a21803cad44511616e7440157381476bdc6c5219",
        "arm64": "dcaa2794ac23348c6d370717a68e70d1da1723a11a892d63459cd88fb5d82226",
    },
    "0.3.2": {
        "amd64": "93acc0b8c73c68720c9e40b89c2a220a2df315eb2cd3d162b294337c4dcb2193",
        "arm64": "b24ae82808bb5ee531348c952152746241ab9b1b7477466ba6c47a7698ef16ae",
    },
    "0.3.3": {
        "amd64": "169dce95e7252165c719e066a90b4a64af64119f9ee74fdca73bf9386bcf96c8",
        "arm64": "fa0aa587fc7615248f814930c2e0c9a252afb18dc37c8f4d6d0263faed45d5a7",
    },
    "0.3.4": {
        "amd64": "b77a1fbd70d12e5b1dacfa24e5824619ec54184dbc655e721b8523572651adeb",
        "arm64": "598709c96585936729140d31a76be778e86f9e31180ff3622a44b63806f37779",
    },
    "0.3.5": {
        "amd64": "30d47bd89998526d51a8518f9e8ef10baed408ab273879ee0e30350702092938",
        "arm64": "c20014dc5a71e6991a3bd7e1667c744e3807b5675b1724b26bb7c70093582cfe",
    },
    "0.3.6": {
        "amd64": "cf271d65abee88c0c0a6d9dacb151913bf37d25d45913a7e04b09efe408eae18",
        "arm64": "793b8f57cecf734c47bface10387a8e90994c570b516cb755900f21ebd0a663b",
    },
    "0.3.7": {
        "amd64": "518c5d5345085f36d311f274208705d7fdb79337a80c256871ce941d5a7d47a1",
        "arm64": "8da54563ee7ddee36b1adf1f96b3b7b97ec2bc0ec23559b89d9af8eae5e62d9e",
    },
    "0.3.8": {
        "amd64": "e12ea6df8228b7d0794c930d32117c4e5a3dcf25a56c3facdf7006289ec6383c",
        "arm64": "64286af171785f0facb72cf364867600b4db19f43a01db49b8b364f5d04aadae",
    },
    "0.3.9": {
        "amd64": "a6d9b4b796e9eff830311a2349d259507302cb3955dd07b78296b91e40e8b433",
        "arm64": "f5051002b4f95b0e8fe7fbd5f8de4493350e010834d2a8b647f2b26c45c6c203",
    },
    "0.3.10": {
        "amd64": "3e19ef525e02d2d1dfd42e8d661ee45b4bc8a49a6dcafd8baa578bdb3a23aeb6",
        "arm64": "24d2d9cdbb4ed4bda4b0838edb52104ac7a4e2212a0ee05b177de0ae5b6a4a9a",
    },
    "0.3.11": {
        "amd64": "b2475988f3b86d85c7835269121171e35c92454ad5f4cd6252183b0fccd74d63",
        "arm64": "877f635a7005b393f7aab24ca4b1cd7bdfb3b967d055e858408240c86e3cab9a",
    },
    "0.3.12": {
        "amd64": "bf0890018cb339a313b6d52e994fe2628f5b6d5f005cec39adb171f055691c96",
        "arm64": "23520fc42dcdcb9f44b0edb555a5d760eedde52a230750e21227fbb258f514b5",
    },
    "0.3.13": {
        "amd64": "b902eef9bd02529e73a03078a1234c038cd9a12cd86af19970e4f8596f95df26",
        "arm64": "a4a3d18f26902631b8323c6b6d87925f8ceff626b21dbc1d160aca84454f9b69",
    },
    "0.3.14": {
        "amd64": "89096dff11b60c8d4f061ee88751c895650a3ef6db5c19d63ab22a1aeb42a5b3",
        "arm64": "12c5538887ccea5ec363337dbb50ff52f3b020c93d65649ee1a906c4ec994bf7",
    },
    "0.3.15": {
        "amd64": "4779b7c3663f002871e79ecf6aa8eb48d0bb74df035baecf56b816deb21d12c4",
        "arm64": "39e430378c9c08a1d5056426e3c772ae50416ffeadbe720fa63a853c475fd5a4",
    },
    "0.3.16": {
        "amd64": "cc7f181ce850130dc375515c54cd8a27e1e862252abc5b7eade7b4a03ddabd8e",
        "arm64": "0ab930b6f7ab87697cd94c954d01e19fdd5b5d65810662effb957c5db49a55d4",
    },
    "0.3.17": {
        "amd64": "5568d571c2cfee7a31ce0b35b7fcc65b96c85b573ee6645151c4d022ed92a626",
        "arm64": "761ee6db946ff2c8da04e57833dbbca8e5c38bc3f5b8e84bda689b1b7260c36f",
    },
    "0.3.18": {
        "amd64": "937578ddcdb28c71afded3fda25d555e0c9e6d396668977ff98228d55886dc79",
        "arm64": "d16204a4f01685ba67319adb3acc6a6f3e62d8bcfd87bc67f5e08f7332515a9d",
    },
    "0.3.20": {
        "amd64": "2ce46d6bbd7f6a7e06e211836c201fdc2311111913eccc63a03f6ef4fe1958fc",
        "arm64": "e6b4661c51c832ee1cbbb75d1c8b086fa803acc153d400454c3b8cf324547d89",
    },
    "0.3.21": {
        "amd64": "6c35838bc4b1aef74f9113670e114ca729a5f295f9457b226791e18e86e91698",
        "arm64": "35de6b1e8eba11d8ba6d71fa7499cb3d610a1e7b866c9d43b7f87029e3a769cd",
    },
    "0.3.22": {
        "amd64": "6621a96a885c82844d12318de00f510eae3459871cf1ad47317f38dd242f9a03",
        "arm64": "3260b214c9b12dbf0cbf4d60410c45aacfc31ba52aa7b74164135968e8950cb6",
    },
    "0.3.23": {
        "amd64": "c7fe5db7f9396186193b58ded0e62a31eca7b3c58ad8691d57017986f96482ee",
        "arm64": "a78037d2d2e9c52c48372a5cbba7b94b1c57be5759449beef29cfe03cbe6f14b",
    },
    "0.3.24": {
        "amd64": "dd4b7f514c248a3aaca398f467430a4c58aae9a77ea8b96a2f5b5d6fba0948d1",
        "arm64": "c783a03735887c4a8fc894bd4cf7a1c0defef3ecf50a4d79ff31eed45c26b17e",
    },
    "0.3.25": {
        "amd64": "adb9b9785dc10fe49107f5d9e6a62c4271d268a214b9813f5dce251afc9d78ff",
        "arm64": "7eda6e815ed80ddf28095587038a8c48cb9af2060f7b45f9d8e68603c42caa67",
    },
    "0.3.26": {
        "amd64": "87f31c964d974cdce9c883c79b69e355c3c323e51d3a7d36cda140e6df7b8d5a",
        "arm64": "d33e46e0d7ce28b22fdf7fa6327961cf0220ec3814fd7cc482f8cb77e7fd986a",
    },
}

# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each line of Calico: which Kubernetes it was tested with, and the digests of its manifests. Pure. Private to the collection.

Sources: Tigera's page of requirements of each line; the files in the tags of projectcalico/calico. Before 3.24 a tag does not hold what was published.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError

ADDRESS = "https://raw.githubusercontent.com/projectcalico/calico/v{version}/manifests/{name}"
MANIFEST, OPERATOR, OPERATOR_CRDS = "calico.yaml", "tigera-operator.yaml", "operator-crds.yaml"
CRDS_APART = (3, 30)  # from here on the operator's manifest is without them
# Line: first and last minor of Kubernetes that it was tested with.
TESTED: dict[tuple[int, int], tuple[int, int]] = {
    (3, 11): (14, 16), (3, 12): (14, 17), (3, 13): (15, 17), (3, 14): (16, 18), (3, 15): (16, 18), (3, 16): (16, 19), (3, 17): (17, 19), (3, 18): (18, 20),
    (3, 19): (19, 21), (3, 20): (19, 21), (3, 21): (20, 22), (3, 22): (21, 23), (3, 23): (21, 23), (3, 24): (22, 25), (3, 25): (23, 28), (3, 26): (24, 28),
    (3, 27): (27, 29), (3, 28): (27, 30), (3, 29): (29, 32), (3, 30): (31, 35), (3, 31): (32, 35), (3, 32): (34, 36), (3, 33): (35, 37),
}
# SHA-256 of the manifests. The last release of a line is the one that is taken where none is named.
DIGESTS: dict[str, dict[str, str]] = {
    "3.24.1": {
        MANIFEST: "f77246d830819813a0bcb0a1bd8224b36fc1eb79cfc72ea8c9cced27faf8ed00",
        OPERATOR: "1afd2df8be22eb5f17d8d6942bdd2a9597ed13d5a140695ea2cfe88b4a271995",
    },
    "3.24.5": {
        MANIFEST: "1e8825b3bc56bd1b2a7565783630a97a09a4fd9f92767d013e4201cf8f88812c",
        OPERATOR: "5a5e3829395a74662311fdc41828975ca6aba23a9f222b402530beeeda0e8cec",
    },
    "3.25.2": {
        MANIFEST: "67244318479625fc58bbd01653cf2b397ee0227d0cd143f2f4d55c7a96ce0945",
        OPERATOR: "714107a861ae6d48d74c88681e5fa2a8946b6f6b309e26e81f0bdbecc1abc753",
    },
    "3.26.5": {
        MANIFEST: "2468a8c939658b959860b0e78c3d2f420c53bb08af7511f3d335e051f9db8b22",
        OPERATOR: "89fe91573b3703c761741dadf91ea49132a42f8b07cc6ff6fdf4d0a03b5e7593",
    },
    "3.27.5": {
        MANIFEST: "a8b89fd22e304cea657d5a4ee06a350bb2287dc6d39ff83e06e8a7e5cf9f172b",
        OPERATOR: "827178d5164c5c74bc0347c930d50ee3679cc404df5dbecc195d4b72521a3d64",
    },
    "3.28.2": {
        MANIFEST: "be59408bf990e96276f631d2f9285c2a0f9802194c0ad1cecdb6d9c52623a1c8",
        OPERATOR: "42507273d97fe9d71e5811cfe60ba275ff27627efb67a6dfd286ca5c3698290e",
    },
    "3.28.5": {
        MANIFEST: "206678e7adb2e931bb97385300c408490635616f371941d68468207d6e0f9713",
        OPERATOR: "69159fe3450ff0cf8b6db29e2b011a287ed5d8de341e81812c98aae69d3e51b5",
    },
    "3.29.7": {
        MANIFEST: "b200cb3c2c7341717abe98e4acc80a13117bcd2c9c46ad46e8c209c5753f0b2f",
        OPERATOR: "a571ef21476c026618a7c7b092a3ab1744ec191e02492655d8c1468ac08f25f2",
    },
    "3.30.7": {
        MANIFEST: "ed105288f27c7ba4cae143bcaa3f6425f02d84fa94a4786cc8e3d371412c1a36",
        OPERATOR: "bcc9f89c1847ee5237c29c1b7e4a67c86296cb0139619093df6ca98ec14abf18",
        OPERATOR_CRDS: "53b2e2791915809db8016b72d4ceac9d1dd529d053984eb203c06b94c6639ee3",
    },
    "3.31.2": {
        MANIFEST: "c74c5a073af478dc841c909de708bd93242d685a6543616638c8f81b5d8daa71",
        OPERATOR: "c0b05a7f074adb266695e4b7e1fe712e2dbccd26f26e3b84e81c4e895d9879bb",
        OPERATOR_CRDS: "a16bf72fd7bb8e69afd2bdb2fd3f75b64ffd111dcaafd41d720a45a1089c48e9",
    },
    "3.31.7": {
        MANIFEST: "d6d8a489a4ed8e5b8efd8b339047b496ca657b55ee2e3618e791507b0a853e8d",
        OPERATOR: "092c10b3d0cb73617aca51367ca59755348f4647e6d2e63fa4e5b81266203214",
        OPERATOR_CRDS: "380414d5756e9a1af29ddb1ad70cada07aa344ae7a2680ba7355248621f8adbf",
    },
    "3.32.1": {
        MANIFEST: "a1df919d9721cf667accdc3e72848911b0cb25cfab7d2478ad0c996302c95744",
        OPERATOR: "f18e073794207d372606bc3ea6f8fd73972f86d6828f4ba666dfe0d4aa8ab07f",
        OPERATOR_CRDS: "192f8b2d934ef24b62e86b7e1a6e1762d1c8af26a916f78057bc13fa5ed60f71",
    },
}


class Release(NamedTuple):
    """Calico x.y.z."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def line(self) -> tuple[int, int]:
        return self.major, self.minor


def release(text: Any) -> Release:
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)\Z", str(text or ""))
    if not match:
        raise KubewrightError(f"the version of Calico is {text!r}; write it as x.y.z, for example '3.28.2' (cni_calico_version)")
    return Release(*(int(part) for part in match.groups()))


def default_for(minor: int) -> Release:
    """The newest release, of those whose manifests are known, that was tested with this minor of Kubernetes."""
    fitting = [found for found in map(release, DIGESTS) if tested(found.line, minor)]
    if fitting:
        return max(fitting)
    raise KubewrightError(f"Kubewright knows no manifest of a Calico that was tested with Kubernetes 1.{minor}; {_fitting(minor)}. Name one of those as "
                          "cni_calico_version, and give its manifest as cni_calico_manifest (a file on the controller, or an address with "
                          "cni_calico_manifest_sha256). Nothing was touched.")


def is_newer_than_known(wanted: Release) -> bool:
    return wanted.line > max(TESTED)


def refuse_misfit(wanted: Release, minor: int) -> None:
    """A line that is newer than all that are known counts as the newest of them."""
    line = min(wanted.line, max(TESTED))
    if tested(line, minor):
        return
    row = TESTED.get(line)
    known = f"was tested with Kubernetes 1.{row[0]} to 1.{row[1]}" if row else "is not in Kubewright's table"
    if line != wanted.line:
        known = f"is not in Kubewright's table, and the newest line there, {line[0]}.{line[1]}, {known}"
    raise KubewrightError(f"Calico {wanted.major}.{wanted.minor} {known}, the cluster is to have 1.{minor}; {_fitting(minor)}. Choose one of those "
                          "(cni_calico_version), or take the risk with cni_calico_misfit_allowed. Nothing was touched.")


def tested(line: tuple[int, int], minor: int) -> bool:
    first, last = TESTED.get(line, (1, 0))
    return first <= minor <= last


def _fitting(minor: int) -> str:
    lines = [f"{major}.{number}" for (major, number) in TESTED if tested((major, number), minor)]
    return f"that were tested with it: Calico {', '.join(lines)}" if lines else "no line of Calico in the table was tested with it"


def files(method: str, wanted: Release) -> list[str]:
    if method == "manifest":
        return [MANIFEST]
    return [*([OPERATOR_CRDS] if wanted.line >= CRDS_APART else []), OPERATOR]

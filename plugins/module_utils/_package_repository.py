# Copyright (c) 2026 Kubewright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signed repository of packages as it is asked for, made one of the node's family, its keys verified. Private to the collection."""

import base64
import hashlib
import re
from typing import Any, Dict, List, NamedTuple

from ansible_collections.kubewright.cluster.plugins.module_utils import _bundle as bundle
from ansible_collections.kubewright.cluster.plugins.module_utils._errors import KubewrightError
from ansible_collections.kubewright.cluster.plugins.module_utils._fetch import fetch

PLACE = ("uri", "suite", "components", "key", "key_url", "key_sha256")
_BLOCK = re.compile(r"-----BEGIN PGP PUBLIC KEY BLOCK-----(.*?)-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)


def _place_spec(**more: Any) -> Dict[str, Any]:
    texts: Dict[str, Any] = {name: {"type": "str", "no_log": False} for name in ("uri", "suite", "components", "key")}
    lists: Dict[str, Any] = {name: {"type": "list", "elements": "str", "no_log": False} for name in ("key_url", "key_sha256")}
    return dict(texts, **dict(lists, **more))


SPEC = _place_spec(
    name={"type": "str", "required": True},
    suite={"type": "str", "default": "./"},
    components={"type": "str", "default": ""},
    key_url={"type": "list", "elements": "str", "default": [], "no_log": False},
    key_sha256={"type": "list", "elements": "str", "default": [], "no_log": False},
    apt={"type": "dict", "options": _place_spec()},
    rpm={"type": "dict", "options": _place_spec()},
    repo_gpgcheck={"type": "bool", "default": True},
    bundle_url={"type": "str"},
    bundle_sha256={"type": "str"},
)


class Repository(NamedTuple):
    """One signed repository for one family of distributions."""

    name: str
    uri: str
    suite: str  # of apt: "./" or "/" for a flat repository
    components: str
    keys: List[bytes]  # binary public keys; as many empty ones where only the files' names matter
    metadata_checked: bool = True  # of dnf and yum


def of_family(given: Dict[str, Any], family: str) -> Dict[str, Any]:
    """What is asked for, with what is different for this family in its place."""
    own = given.get(family) or {}
    found = dict(given, **{name: own[name] for name in PLACE if own.get(name)})
    if found.get("bundle_url"):
        return dict(found, uri="{0}/{1}".format(found["bundle_url"].rstrip("/"), family))
    if not found.get("uri"):
        raise KubewrightError("the repository {0} has neither uri nor bundle_url for {1}. Give one of them; with the source bundle that is kube_bundle_url, "
                              "with custom it is kube_packages_repository.".format(given["name"], family))
    return found


def unread(given: Dict[str, Any], family: str) -> Repository:
    """Without its keys: enough to see whether the files about it are as they should be."""
    found = of_family(given, family)
    return _repository(found, [b""] * (len(found["key_url"]) or 1))


def read(given: Dict[str, Any], family: str) -> Repository:
    found = of_family(given, family)
    if found.get("bundle_url"):
        found = _of_bundle(found, family)
    if found.get("key"):
        return _repository(found, [binary(found["key"].encode("utf-8"))])
    if not found.get("key_url"):
        raise KubewrightError("the repository {0} has neither key nor key_url; unsigned repositories are not used".format(found["uri"]))
    digests = found["key_sha256"] + [""] * len(found["key_url"])
    return _repository(found, [_fetched(url, digest) for url, digest in zip(found["key_url"], digests)])


def _repository(found: Dict[str, Any], keys: List[bytes]) -> Repository:
    return Repository(found["name"], found["uri"], found["suite"], found["components"], keys, found["repo_gpgcheck"])


def _of_bundle(found: Dict[str, Any], family: str) -> Dict[str, Any]:
    """The key as the bundle's manifest names it, so that the manifest's digest is all there is to trust."""
    url = found["bundle_url"].rstrip("/")
    manifest = bundle.verified(fetch(url + "/manifest.json"), found["bundle_sha256"], url)
    repository = manifest["repositories"].get(family)
    if not repository:
        raise KubewrightError("the bundle {0} has no {1} repository; build one for this family of distributions".format(url, family))
    return dict(found, key_url=["{0}/{1}".format(url, repository["key"]["path"])], key_sha256=[repository["key"]["sha256"]])


def _fetched(url: str, sha256: str) -> bytes:
    content = fetch(url)
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256:
        raise KubewrightError("the key at {0} has the SHA-256 {1}, expected was {2}. Nothing was changed.".format(url, found, sha256))
    return binary(content)


def binary(content: bytes) -> bytes:
    """A key as bytes; of text, every block of it (RFC 4880: headers, an empty line, base64, a checksum that begins with =)."""
    if b"-----BEGIN PGP" not in content:
        return content
    bodies = [_body(block) for block in _BLOCK.findall(content.decode("ascii", "replace"))]
    return b"".join(base64.b64decode(body) for body in bodies)


def _body(block: str) -> str:
    lines = [line.strip() for line in block.strip("\r\n").splitlines()]
    start = lines.index("") + 1 if "" in lines else 0
    return "".join(line for line in lines[start:] if not line.startswith("="))


def armoured(content: bytes) -> str:
    """As text, which apt takes where the file ends in .asc, and rpm always. An older rpm asks for the checksum."""
    lines = _wrapped(base64.b64encode(content).decode("ascii"))
    checksum = "=" + base64.b64encode(_crc24(content).to_bytes(3, "big")).decode("ascii")
    return "\n".join(["-----BEGIN PGP PUBLIC KEY BLOCK-----", "", *lines, checksum, "-----END PGP PUBLIC KEY BLOCK-----", ""])


def _wrapped(body: str) -> List[str]:
    return [body[start:start + 64] for start in range(0, len(body), 64)]


def _crc24(content: bytes) -> int:
    """RFC 4880, section 6.1."""
    crc = 0xB704CE
    for byte in content:
        crc ^= byte << 16
        for _bit in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc & 0xFFFFFF

"""Whether what was brought in a folder makes a pod network: told before anything is built on it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .errors import LabError
from .progress import say

# What a pod network runs, as its images are called by those who publish them or copy them.
NEEDED = {
    "flannel": {"flannel": re.compile(r"(?:\A|[/-])flannel:"), "flannel-cni-plugin": re.compile(r"flannel-cni-plugin:")},
    # After 3.33 the project publishes one image, calico/calico, in the place of all but the first.
    "calico": {"node": re.compile(r"calico[/-]node:"), **{name: re.compile(rf"calico[/-](?:{name}|calico):") for name in ("cni", "kube-controllers")}},
}
ORIGIN = "in a folder of images given by the user"
VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")
PUBLISHED = "https://raw.githubusercontent.com/projectcalico/calico/v{}/manifests/calico.yaml"


def require(cni: str, folder: str, document: Mapping[str, Any]) -> None:
    """document: the manifest of the bundle that was made with the folder."""
    refs = [ref for image in document["images"] for ref in image["refs"]]
    missing = [name for name, pattern in NEEDED.get(cni, {}).items() if not any(pattern.search(ref) for ref in refs)]
    if missing == ["flannel-cni-plugin"]:  # which may be on the nodes already, as cni_flannel_plugin then says
        say(f"  IMAGES={folder} has flannel without its CNI plugin (flannel-cni-plugin)")
    elif missing:
        own = [image["refs"][0] for image in document["images"] if image["origin"].endswith(ORIGIN)]
        raise LabError(f"CNI={cni} needs images of {', '.join(NEEDED[cni])}; IMAGES={folder} has none of {', '.join(missing)}. It holds "
                       f"{', '.join(own) or 'no image that the bundle lacks'}. Put all images of one release into it; the registry does not matter.")
    if cni == "calico":
        say_what_manifest_lacks(folder, calico_versions(refs), document)


def calico_versions(refs: Iterable[str]) -> list[str]:
    """Releases whose node daemon is there."""
    node = NEEDED["calico"]["node"]
    found = [VERSION.match(ref.rpartition(":")[2]) for ref in refs if node.search(ref)]
    return list(dict.fromkeys(match[1] for match in found if match))


def say_what_manifest_lacks(folder: str, versions: Sequence[str], document: Mapping[str, Any]) -> None:
    """The role fetches it where there is internet, or takes the file that cni_calico_manifest names; so this is no error yet."""
    lines = {item["version"].rpartition(".")[0] for item in document.get("files", []) if item["for"] == "calico"}
    for version in versions:
        if version.rpartition(".")[0] not in lines:
            say(f"  IMAGES={folder} has Calico {version} without its calico.yaml; the run ends with an error where it cannot be fetched. "
                f"Best put it into the folder: {PUBLISHED.format(version)}")

"""Suppliers fill bundles. Three of them, one interface; which one is used never shows in a role."""

from pathlib import Path
from typing import Protocol

from .. import bundle, cache, given_folder, given_manifests, given_networks, images
from ..errors import LabError
from ..filling import Filling
from ..place import LAB
from ..progress import say, step
from ..state import State
from . import upstream
from .debian import Debian
from .directory import Directory
from .upstream import Upstream


class Supplier(Protocol):
    name: str

    def default_versions(self) -> list[str]:
        """The versions of Kubernetes when the user names none; the first is deployed."""

    def inputs(self, versions: list[str]) -> dict[str, object]:
        """What decides the content, apart from the lab's own code. Refuses versions it cannot supply."""

    def fill(self, filling: Filling, versions: list[str]) -> None:
        """Packages and images of these versions, and what they all need once."""


def bundle_for(lab: State) -> Path:
    """The bundle a lab asks for, from the cache or built now. Notes what was chosen in the lab's state."""
    builder = images.builder_image()
    supplier = make(lab, builder)
    versions = lab.versions or supplier.default_versions()
    inputs = {"supplier": supplier.name, "versions": versions, "recipe": recipe(), **supplier.inputs(versions)}
    given = Path(lab.images) if lab.images else None
    if given:
        manifests = given_manifests.elsewhere()
        inputs["given"] = given_folder.digests(given)
        inputs["manifests"] = {path.name: cache.sha256(path) for path in manifests}

    def build(folder: Path) -> None:
        filling = Filling(folder, builder)
        supplier.fill(filling, versions)
        if given:
            filling.add_given(given)
            filling.add_missing_manifests(manifests)
        filling.finish(supplier.name)

    with step(f"bundle of Kubernetes {', '.join(versions)} by supplier {supplier.name}"):
        made = cache.entry("bundle", inputs, build)
    if given:
        given_networks.require(lab.cni, lab.images, bundle.read(made))
    lab.supplier, lab.versions = supplier.name, versions
    return made


def make(lab: State, builder: str) -> Supplier:
    name = lab.supplier if lab.supplier not in ("", "auto") else choose(lab)
    if name == "directory":
        folders = binaries(lab)
        if not folders:
            raise LabError("SUPPLIER=directory needs BINARIES=<folder with kubeadm, kubelet, kubectl and the servers>.")
        return Directory(builder, [Path(folder) for folder in folders.split(",")])
    return Upstream(builder) if name == "upstream" else Debian(builder)


def binaries(lab: State) -> str:
    """Folders of programs; one folder may hold them beside the images."""
    return lab.binaries or (lab.images if lab.images and Path(lab.images, "kubeadm").is_file() else "")


def choose(lab: State) -> str:
    """Which supplier, when the user names none; it says which and why."""
    if not lab.binaries and binaries(lab):
        say("supplier directory: the folder of IMAGES holds a kubeadm")
        return "directory"
    if lab.binaries:
        say("supplier directory: BINARIES is given")
        return "directory"
    if upstream.answers():
        say(f"supplier upstream: {upstream.REPOSITORY} answers")
        return "upstream"
    say(f"supplier debian: {upstream.REPOSITORY} gave no answer within {upstream.PATIENCE:.0f} s")
    return "debian"


def recipe() -> str:
    """The code that decides how a bundle is cut."""
    modules = ("assembly", "bundle", "deb", "filling", "given_folder", "given_images", "given_manifests", "given_networks",
               "image_archive")
    folders = (LAB / "builder", LAB / "packaging", LAB / "suppliers")
    return cache.digest(*(LAB / f"{name}.py" for name in modules), *folders)

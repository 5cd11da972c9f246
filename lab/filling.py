"""A bundle while it is being filled. Suppliers add packages and images; `finish` signs, describes and checks."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import bundle, deb, given_folder, given_images, given_manifests, given_networks, image_archive
from .cache import sha256
from .command import run
from .errors import LabError
from .image_archive import Image, Layer
from .progress import say
from .workshop import Job, perform


class Filling:
    def __init__(self, folder: Path, builder: str) -> None:
        self.folder = folder
        self.builder = builder
        self.releases: dict[str, bundle.Release] = {}
        self.packages: list[bundle.Package] = []
        self.images: list[bundle.Image] = []
        self.files: list[bundle.File] = []
        (folder / "apt" / "pool").mkdir(parents=True)
        (folder / "images").mkdir()
        (folder / "keys").mkdir()

    def add_release(self, version: str, settings: dict[str, str]) -> None:
        self.releases[version] = bundle.Release(["amd64"], settings)

    def build_package(self, package: deb.Deb, origin: str) -> None:
        say(f"  package {package.name} {package.version}")
        self.describe_package(deb.build(package, self.folder / "apt" / "pool"), origin)

    def add_package(self, file: Path, origin: str) -> None:
        self.describe_package(Path(shutil.copy(file, self.folder / "apt" / "pool")), origin)

    def describe_package(self, file: Path, origin: str) -> None:
        fields = ("Package", "Version", "Architecture")
        name, version, architecture = (run(["dpkg-deb", "--field", str(file), one]).strip() for one in fields)
        path = str(file.relative_to(self.folder))
        self.packages.append(bundle.Package(name, version, architecture, path, sha256(file), file.stat().st_size, origin))

    def build_image(self, image: Image, layers: Sequence[Layer], kubernetes: str | None, origin: str) -> None:
        say(f"  image {image.refs[0]}")
        with self.new_archive(list(image.refs), kubernetes, origin) as target:
            image_archive.write(image, layers, target)

    @contextmanager
    def new_archive(self, refs: list[str], kubernetes: str | None, origin: str, name: str = "") -> Iterator[Path]:
        """Where an image's archive is to be written; described once it is there."""
        target = self.folder / "images" / (name or archive_name(refs[0]))
        if target.exists():
            raise LabError(f"Two images of the bundle would both be {target.name}.")
        yield target
        path = str(target.relative_to(self.folder))
        self.images.append(bundle.Image(refs, kubernetes, "amd64", path, sha256(target), target.stat().st_size, origin))

    def add_given(self, folder: Path) -> None:
        """The images, and the manifests of objects, that somebody brought in a folder."""
        for path in given_folder.files(folder):
            if given_folder.is_manifest(path):
                self.add_manifest(path)
                continue
            with given_images.opened(path) as source, given_images.inner(source) as inside:
                if inside:
                    say(f"  {path.name} holds archives:")
                    self.add_given(inside)
                    continue
                for image in given_images.images(source):
                    self.add_given_image(image, path)

    def add_missing_manifests(self, paths: Sequence[Path]) -> None:
        """Calico's, of releases whose images came without it."""
        there = {file.version for file in self.files}
        refs = [ref for image in self.images for ref in image.refs]
        wanted = [version for version in given_networks.calico_versions(refs) if version not in there]
        for path in given_manifests.fitting(paths, wanted):
            self.add_manifest(path)

    def add_given_image(self, image: given_images.Given, path: Path) -> None:
        refs = [ref for ref in image.refs if not self.has_image(ref)]
        if not refs:
            say(f"  {path.name}: {', '.join(image.refs)} is there already, left out")
            return
        say(f"  image {', '.join(refs)} of {path.name}")
        with self.new_archive(refs, None, f"{path.name} {given_networks.ORIGIN}", whole_name(refs[0])) as target:
            image.write(target)

    def add_manifest(self, path: Path) -> None:
        found = given_manifests.look(path)
        if not found:
            say(f"  {path.name} is no manifest that a role asks for; left out")
            return
        if any((one.name, one.version) == (found.name, found.version) for one in self.files):
            say(f"  {path.name}: {found.name} of {found.purpose} {found.version} is there already, left out")
            return
        target = f"{found.version}-{found.name}"
        self.add_file(bundle.Purpose(found.name, found.purpose, found.version), path.read_bytes(), target, f"{path.name} {given_networks.ORIGIN}")

    def add_file(self, meant: bundle.Purpose, content: bytes, name: str, origin: str) -> None:
        say(f"  {meant.name} of {meant.purpose} {meant.version}")
        target = self.folder / "files" / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        self.files.append(bundle.File(*meant, str(target.relative_to(self.folder)), sha256(target), len(content), origin))

    def has_file(self, name: str) -> bool:
        return any(name == file.name for file in self.files)

    def has_package(self, file_name: str) -> bool:
        return (self.folder / "apt" / "pool" / file_name).exists()

    def has_image(self, ref: str) -> bool:
        return any(ref in image.refs for image in self.images)

    def finish(self, supplier: str) -> None:
        with tempfile.TemporaryDirectory() as told:
            places = {"/bundle": self.folder, "/fingerprint": Path(told)}
            job = Job("sign-repository", "bundle signature", writes=places)
            perform(job, self.builder)
            fingerprint = Path(told, "apt").read_text().strip()
        key = bundle.Key("keys/apt.asc", sha256(self.folder / "keys" / "apt.asc"), fingerprint)
        bundle.write(bundle.Manifest(supplier, self.releases, key, self.packages, self.images, self.files), self.folder)
        bundle.require_whole(self.folder)


def archive_name(ref: str) -> str:
    """kube-apiserver-v1.20.2.tar of k8s.gcr.io/kube-apiserver:v1.20.2."""
    return ref.rpartition("/")[2].replace(":", "-") + ".tar"


def whole_name(ref: str) -> str:
    """The same with registry and repository, for images of which several may have the same last name."""
    return ref.replace("/", "_").replace(":", "-") + ".tar"

"""Image archives that somebody brings, in whatever form: `docker save` or an OCI layout, packed or not. A bundle gets them all in its one form."""

import gzip
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from . import image_archive
from .errors import LabError
from .given_folder import ENDINGS, GZIP, ZSTANDARD, packer
from .progress import say

ARCHITECTURE = "amd64"
TAGGED = re.compile(r"v?\d+\.\d+\.\d+[\w.-]*")
# An archive may say no more than a tag; then its file's name has to tell whose. The first that is in it counts.
KNOWN = (
    ("cni-plugin", "docker.io/flannel/flannel-cni-plugin"),
    ("flannel", "docker.io/flannel/flannel"),
    ("kube-controllers", "docker.io/calico/kube-controllers"),
    ("typha", "docker.io/calico/typha"),
    ("calico-node", "docker.io/calico/node"),
    ("calico_node", "docker.io/calico/node"),
    ("calico-cni", "docker.io/calico/cni"),
    ("calico_cni", "docker.io/calico/cni"),
)
INSIDE = (*ENDINGS, ".yaml", ".yml")


class Source:
    """Files by name: a tar file, or a folder."""

    def __init__(self, path: Path, tar: tarfile.TarFile | None) -> None:
        self.path, self.tar = path, tar
        self.names = {normal(member.name): member for member in tar} if tar else {}

    def has(self, name: str) -> bool:
        return name in self.names if self.tar else (self.path / name).is_file()

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        stream: IO[bytes] | None = None
        if self.tar and name in self.names:
            stream = self.tar.extractfile(self.names[name])
        elif not self.tar and (self.path / name).is_file():
            stream = (self.path / name).open("rb")
        if stream is None:
            raise LabError(f"{self.path} names {name}, which is not in it; it is not whole. Save the image again.")
        with stream:
            yield stream

    def document(self, name: str) -> Any:
        with self.open(name) as stream:
            return json.load(stream)


def normal(name: str) -> str:
    return name.removeprefix("./")


@dataclass(frozen=True)
class Given:
    """One image of an archive."""

    source: Source
    refs: tuple[str, ...]
    config: str
    layers: tuple[str, ...]

    @property
    def architecture(self) -> str:
        return str(self.source.document(self.config).get("architecture", ""))

    def write(self, target: Path) -> None:
        """As a docker-archive with plain layers, which every runtime reads."""
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            packed = [Path(folder, f"{number}.tar") for number, _layer in enumerate(self.layers)]
            for name, place in zip(self.layers, packed, strict=True):
                with self.source.open(name) as stream:
                    unpack(stream, place)
            with self.source.open(self.config) as stream:
                image_archive.write_packed(list(self.refs), stream.read(), packed, target)


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    if path.is_dir():
        yield Source(path, None)
        return
    with tempfile.NamedTemporaryFile() as plain:
        packed = packer(path)
        if packed:
            unpack_file(path, packed, plain)
        try:
            with tarfile.open(plain.name if packed else path, "r:") as tar:
                yield Source(path, tar)
        except tarfile.TarError as error:
            raise LabError(f"{path} is no tar file: {error}. Save the image again (docker save -o FILE IMAGE).") from error


def unpack_file(path: Path, program: str, target: Any) -> None:
    """Plain: members are read in any order, which a packed file is slow at."""
    if not shutil.which(program):
        raise LabError(f"{path} needs the program {program}, which is not here; install it, or bring the archive unpacked.")
    done = subprocess.run([program, "-dc", str(path)], stdout=target, stderr=subprocess.PIPE, check=False)  # noqa: S603 - a fixed program
    if done.returncode:
        raise LabError(f"{path} cannot be unpacked: {done.stderr.decode(errors='replace').strip()}")
    target.flush()


def unpack(stream: IO[bytes], target: Path) -> None:
    """A layer, plain whatever it was packed with."""
    first = stream.read(4)
    stream.seek(0)
    with target.open("wb") as plain:
        if first[:2] == GZIP:
            with gzip.GzipFile(fileobj=stream) as unpacked:
                shutil.copyfileobj(unpacked, plain)
        elif first == ZSTANDARD:
            with tempfile.NamedTemporaryFile(suffix=".zst") as packed:
                shutil.copyfileobj(stream, packed)
                packed.flush()
                unpack_file(Path(packed.name), "zstd", plain)
        else:
            shutil.copyfileobj(stream, plain)


@contextmanager
def inner(source: Source) -> Iterator[Path | None]:
    """Of an archive that is no image, a folder with the archives and manifests in it, as in what a project releases as one file; None where there are none."""
    names = [name for name, member in source.names.items() if member.isfile() and name.endswith(INSIDE)]
    if is_image(source) or not any(name.endswith(ENDINGS) for name in names):
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            target = Path(folder, *[part for part in Path(name).parts if part not in ("..", "/")])
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open(name) as stream, target.open("wb") as plain:
                shutil.copyfileobj(stream, plain)
        yield Path(folder)


def is_image(source: Source) -> bool:
    return source.has("index.json") or source.has("manifest.json")


def images(source: Source) -> list[Given]:
    """What an archive holds for this lab's machines; what is for others is said and left."""
    if not is_image(source):
        say(f"  {source.path.name} has neither manifest.json (docker save) nor index.json (OCI); it is no image archive, left out")
        return []
    found = oci_images(source) if source.has("index.json") else docker_images(source)
    others = ", ".join(sorted({image.architecture or "an unknown processor" for image in found} - {ARCHITECTURE}))
    if others:
        say(f"  {source.path.name}: what is for {others} is left out; the lab's nodes need {ARCHITECTURE}")
    return [image for image in found if image.architecture == ARCHITECTURE]


def docker_images(source: Source) -> list[Given]:
    document = source.document("manifest.json")
    if isinstance(document, Mapping):  # `skopeo copy ... dir:`, which names no image, and its files by their digest
        return [Given(source, named(source, []), digest_of(document["config"]), tuple(digest_of(layer) for layer in document["layers"]))]
    return [Given(source, named(source, one.get("RepoTags") or []), normal(one["Config"]), tuple(map(normal, one["Layers"]))) for one in document]


def digest_of(descriptor: Mapping[str, Any]) -> str:
    return str(descriptor["digest"]).rpartition(":")[2]


def oci_images(source: Source) -> list[Given]:
    return [image for entry in source.document("index.json")["manifests"] for image in oci_entry(source, entry, names_of(entry))]


def oci_entry(source: Source, entry: Mapping[str, Any], names: list[str]) -> Iterator[Given]:
    """One image, or those of an index by platform; what is no image for a machine, such as an attestation, is left out."""
    platform = entry.get("platform") or {}
    if platform.get("os", "linux") != "linux" or not source.has(blob(entry)):
        return
    document = source.document(blob(entry))
    if "manifests" in document:
        for part in document["manifests"]:
            yield from oci_entry(source, part, names)
    elif any(word in str(document["config"].get("mediaType", "")) for word in ("image.config", "container.image")):
        layers = tuple(blob(layer) for layer in document["layers"])
        if source.has(blob(document["config"])):  # of a platform that is listed and was not saved there may be the list alone
            yield Given(source, named(source, names + listed_names(source, blob(document["config"]), names)), blob(document["config"]), layers)


def blob(descriptor: Mapping[str, Any]) -> str:
    return "blobs/" + str(descriptor["digest"]).replace(":", "/", 1)


def names_of(entry: Mapping[str, Any]) -> list[str]:
    """What the layout calls it."""
    annotations = entry.get("annotations") or {}
    return [annotations[key] for key in ("io.containerd.image.name", "org.opencontainers.image.ref.name") if annotations.get(key)]


def listed_names(source: Source, config: str, names: list[str]) -> list[str]:
    """`docker save` of later versions writes a list of names beside the layout."""
    if any("/" in name for name in names) or not source.has("manifest.json"):
        return []
    listed = source.document("manifest.json")
    own = [one for one in listed if normal(one.get("Config", "")) == config] if len(listed) > 1 else listed
    return [ref for one in own for ref in one.get("RepoTags") or []]


def named(source: Source, names: list[str]) -> tuple[str, ...]:
    """Whole references; a bare tag is one with the help of the file's name."""
    plain = [name.partition("@")[0] for name in names]
    whole = [name for name in plain if ":" in name.rpartition("/")[2]]
    if whole:
        return tuple(dict.fromkeys(full(name) for name in whole))
    file = source.path.name
    repository = next((known for word, known in KNOWN if word in file.lower()), "")
    tag = next((name for name in plain if TAGGED.fullmatch(name)), "") or next(iter(TAGGED.findall(strip_ending(file))), "")
    if not repository or not tag:
        raise LabError(f"{source.path} does not say what image it holds. Save it by name (docker save -o FILE NAME:TAG), or with the whole name as "
                       "the reference in an OCI layout (oci-archive:FILE:NAME:TAG).")
    say(f"  {file} names no image; by its file's name it is {repository}:{tag}")
    return (f"{repository}:{tag}",)


def strip_ending(name: str) -> str:
    return next((name.removesuffix(ending) for ending in sorted(ENDINGS, key=len, reverse=True) if name.endswith(ending)), name)


def full(ref: str) -> str:
    """With the registry, as runtimes list it."""
    first, _slash, rest = ref.partition("/")
    if not rest:
        return "docker.io/library/" + ref
    return ref if "." in first or ":" in first or first == "localhost" else "docker.io/" + ref

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

from . import cache, image_archive
from .errors import LabError
from .progress import say

ARCHITECTURE = "amd64"
ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tar.zst", ".docker", ".oci")
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
GZIP, ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
PACKERS = {GZIP: "gzip", ZSTANDARD: "zstd", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}  # by how a file begins, whatever it is called


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


def files(folder: Path) -> list[Path]:
    """Archives, OCI layouts and manifests of objects in a folder; anything else is said and left."""
    if not folder.is_dir():
        raise LabError(f"IMAGES={folder} is no folder; give one that holds image archives (docker save, or OCI layouts).")
    found = [path for path in sorted(folder.iterdir()) if is_archive(path) or is_manifest(path)]
    for path in sorted(set(folder.iterdir()) - set(found)):
        say(f"  {path.name} is neither an image archive nor a manifest; left out")
    if not any(is_archive(path) for path in found):
        raise LabError(f"IMAGES={folder} holds no image archive; expected are files that end in {', '.join(ENDINGS)}, or folders with an OCI layout.")
    return found


def is_archive(path: Path) -> bool:
    return (path / "index.json").is_file() if path.is_dir() else path.name.endswith(ENDINGS)


def is_manifest(path: Path) -> bool:
    return path.is_file() and path.suffix in (".yaml", ".yml")


def digests(folder: Path) -> dict[str, str]:
    """What decides what a bundle gets from the folder."""
    return {path.name: cache.digest(path) if path.is_dir() else cache.sha256(path) for path in files(folder)}


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


def packer(path: Path) -> str:
    """The program that a file was packed with as a whole; empty where it was not."""
    with path.open("rb") as stream:
        first = stream.read(8)
    return next((program for start, program in PACKERS.items() if first.startswith(start)), "")


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


def images(source: Source) -> list[Given]:
    """What an archive holds for this lab's machines."""
    if source.has("index.json"):
        found = oci_images(source)
    elif source.has("manifest.json"):
        found = docker_images(source)
    else:
        raise LabError(f"{source.path} has neither manifest.json (docker save) nor index.json (OCI); it is no image archive.")
    fitting = [image for image in found if image.architecture == ARCHITECTURE]
    if not fitting:
        others = ", ".join(sorted({image.architecture for image in found})) or "none"
        raise LabError(f"{source.path} holds images for {others}; the lab's nodes need {ARCHITECTURE}. Save that platform's image.")
    return fitting


def docker_images(source: Source) -> list[Given]:
    return [Given(source, named(source, one.get("RepoTags") or []), normal(one["Config"]), tuple(map(normal, one["Layers"])))
            for one in source.document("manifest.json")]


def oci_images(source: Source) -> list[Given]:
    return [image for entry in source.document("index.json")["manifests"] for image in oci_entry(source, entry, names_of(source, entry))]


def oci_entry(source: Source, entry: Mapping[str, Any], names: list[str]) -> Iterator[Given]:
    """One image, or those of an index by platform; what is no image for a machine, such as an attestation, is left out."""
    platform = entry.get("platform") or {}
    if platform.get("os", "linux") != "linux" or not source.has(blob(entry)):
        return
    document = source.document(blob(entry))
    if "manifests" in document:
        for inner in document["manifests"]:
            yield from oci_entry(source, inner, names)
    elif "image.config" in str(document["config"].get("mediaType", "")) or "container.image" in str(document["config"].get("mediaType", "")):
        yield Given(source, named(source, names), blob(document["config"]), tuple(blob(layer) for layer in document["layers"]))


def blob(descriptor: Mapping[str, Any]) -> str:
    return "blobs/" + str(descriptor["digest"]).replace(":", "/", 1)


def names_of(source: Source, entry: Mapping[str, Any]) -> list[str]:
    """What the layout calls it; `docker save` of later versions writes a list of its own beside it."""
    annotations = entry.get("annotations") or {}
    found = [annotations[key] for key in ("io.containerd.image.name", "org.opencontainers.image.ref.name") if annotations.get(key)]
    if source.has("manifest.json") and not any("/" in name for name in found):
        found += [ref for one in source.document("manifest.json") for ref in one.get("RepoTags") or []]
    return found


def named(source: Source, names: list[str]) -> tuple[str, ...]:
    """Whole references; a bare tag is one with the help of the file's name."""
    whole = [name for name in names if ":" in name.rpartition("/")[2] and "@" not in name]
    if whole:
        return tuple(dict.fromkeys(full(name) for name in whole))
    file = source.path.name
    repository = next((known for word, known in KNOWN if word in file.lower()), "")
    tag = next((name for name in names if TAGGED.fullmatch(name)), "") or next(iter(TAGGED.findall(strip_ending(file))), "")
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

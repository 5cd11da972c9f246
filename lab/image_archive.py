"""A container image as a docker-archive (the layout of `docker save`), made from folders: same files, same bytes."""

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from .cache import sha256

Layer = Path | Mapping[str, Path]  # a folder, or programs by their place in the image
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Image:
    """What an image is told about itself; its files come from a folder."""

    refs: tuple[str, ...]
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    architecture: str = "amd64"


def write(image: Image, layers: Sequence[Layer], target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        packed = [pack(layer, Path(folder, f"{number}.tar")) for number, layer in enumerate(layers)]
        diffs = [diff for _path, diff in packed]
        write_packed(list(image.refs), encode(configuration(image, diffs)), [layer for layer, _diff in packed], target)


def write_packed(refs: list[str], config: bytes, layers: Sequence[Path], target: Path) -> None:
    """An archive of layers that are tar files already, and of what the image says of itself."""
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    names = [f"{number}-{sha256(layer)[:12]}/layer.tar" for number, layer in enumerate(layers)]
    manifest = [{"Config": config_name, "RepoTags": refs, "Layers": names}]
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, layer in zip(names, layers, strict=True):
            with layer.open("rb") as content:
                add(tar, name, layer.stat().st_size, content)
        for name, body in ((config_name, config), ("manifest.json", encode(manifest))):
            add(tar, name, len(body), BytesIO(body))


def pack(layer: Layer, target: Path) -> tuple[Path, str]:
    """A layer as a tar file without owners and dates, and its digest."""
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        if isinstance(layer, Path):
            pack_folder(layer, tar)
        else:
            pack_programs(layer, tar)
    return target, sha256(target)


def pack_folder(root: Path, tar: tarfile.TarFile) -> None:
    for path in everything(root):
        put(tar, path, str(path.relative_to(root)))


def pack_programs(programs: Mapping[str, Path], tar: tarfile.TarFile) -> None:
    folders = {str(parent) for place in programs for parent in list(PurePosixPath(place.lstrip("/")).parents)[:-1]}
    for name in sorted(folders):
        member = tarfile.TarInfo(name)
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(member)
    for place, path in sorted(programs.items()):
        put(tar, path.resolve(), place.lstrip("/"), mode=0o755)  # given folders may hold links


def put(tar: tarfile.TarFile, path: Path, name: str, mode: int | None = None) -> None:
    member = tar.gettarinfo(path, arcname=name)
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = member.mode if mode is None else mode
    if member.isreg():
        with path.open("rb") as content:
            tar.addfile(member, content)
    else:
        tar.addfile(member)


def everything(root: Path) -> Iterator[Path]:
    """Parents before what they hold; links to folders are links."""
    for path in sorted(root.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from everything(path)


def configuration(image: Image, diffs: list[str]) -> dict[str, Any]:
    running: dict[str, Any] = {"Env": [f"PATH={PATH}"]}
    for name, value in (("Entrypoint", image.entrypoint), ("Cmd", image.command), ("Labels", image.labels)):
        if value:
            running[name] = list(value) if isinstance(value, Sequence) else value
    return {
        "architecture": image.architecture,
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": running,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff}" for diff in diffs]},
    }


def encode(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    tar.addfile(member, content)

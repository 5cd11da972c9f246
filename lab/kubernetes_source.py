"""Programs compiled from the source of Kubernetes that Debian ships, and the lab parts that need its libraries."""

from pathlib import Path

from . import cache
from .command import run
from .errors import LabError
from .images import BUILDER_SUITE
from .place import LAB
from .workshop import SCRIPTS, Job, perform

SOURCE = "kubernetes"
UPSTREAM_VERSION = "1.20.2"  # what Debian's 1.20.5+really1.20.2 really is
PARTS = LAB / "parts"
TREE = "/build/kubernetes"
GO_CACHE = f"{TREE}/_output/local/go/cache"


def source_version(image: str) -> str:
    """Debian's version of the source package, asked of the archive by the builder."""
    asked = run(["docker", "run", "--rm", image, "apt-cache", "showsrc", "--only-source", SOURCE])
    found = [line.split()[1] for line in asked.splitlines() if line.startswith("Version:")]
    versions = [version for version in found if UPSTREAM_VERSION in version]
    if not versions:
        raise LabError(
            f"The Debian archive offers the source of {SOURCE} as {', '.join(found) or 'nothing'}; the lab builds "
            f"{UPSTREAM_VERSION}, which is in bookworm. Check that this machine's archive carries sources."
        )
    return versions[-1]


def tree(image: str) -> Path:
    """The source, unpacked and mended."""
    version = source_version(image)
    inputs = {"source": version, "script": cache.digest(SCRIPTS / "prepare-kubernetes.sh"), "suite": BUILDER_SUITE}

    def build(folder: Path) -> None:
        perform(
            Job("prepare-kubernetes", "Kubernetes source", {"SOURCE_VERSION": version}, writes={"/build": folder}),
            image,
        )

    return cache.entry("kubernetes-source", inputs, build) / "kubernetes"


def programs(image: str, names: tuple[str, ...], version: str) -> Path:
    """A folder with the programs, stamped with a version."""
    source = tree(image)
    inputs = {
        "source": source.parent.name,
        "script": cache.digest(SCRIPTS / "compile-kubernetes.sh"),
        "programs": list(names),
        "version": version,
    }
    settings = {"PROGRAMS": " ".join(names), "VERSION": version, "SOURCE_VERSION": source_version(image)}

    def build(folder: Path) -> None:
        job = Job(
            "compile-kubernetes",
            f"Kubernetes {version}",
            settings,
            {TREE: source},
            {"/out": folder, GO_CACHE: cache.folder("go")},
            (f"{TREE}/_output",),
        )
        perform(job, image)

    return cache.entry("kubernetes", inputs, build)


def part(image: str, name: str) -> Path:
    """One of the lab's own programs (parts/), compiled."""
    source = tree(image)
    content = cache.digest(PARTS / name, SCRIPTS / "compile-part.sh")
    inputs = {"source": source.parent.name, "part": name, "content": content}

    def build(folder: Path) -> None:
        job = Job(
            "compile-part",
            f"lab part {name}",
            {"PART": name, "VERSION": part_version(name)},
            {TREE: source, f"{TREE}/lab/part": PARTS / name},
            {"/out": folder, GO_CACHE: cache.folder("go")},
            (f"{TREE}/_output",),
        )
        perform(job, image)

    return cache.entry("part", inputs, build) / name


def pause(image: str) -> Path:
    source = tree(image)
    inputs = {"source": source.parent.name, "script": cache.digest(SCRIPTS / "pause.sh")}

    def build(folder: Path) -> None:
        perform(Job("pause", "pause", reads={TREE: source}, writes={"/out": folder}), image)

    return cache.entry("pause", inputs, build) / "pause"


def part_version(name: str) -> str:
    return f"0.1.0-{cache.digest(PARTS / name)[:8]}"

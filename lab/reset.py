"""Take a lab down, and undo what the lab did to this machine: exactly that, nothing else."""

import shutil

from . import cache, docker, engine, images, limits, state, vm
from .errors import LabError
from .place import CLONE
from .progress import say


def down(name: str) -> None:
    """Remove what this lab made: virtual machine, containers with their volumes, network, folder."""
    made = state.load(name)
    folder = made.folder
    vm.down(made)
    if docker.answers():
        remove_objects(name)
    elif folder.exists():
        say("the Docker engine does not answer; if it comes back, run this again to remove the lab's containers")
    shutil.rmtree(folder, ignore_errors=True)
    if folder.parent.is_dir() and not any(folder.parent.iterdir()):
        folder.parent.rmdir()
    say(f"lab {name} is gone; what was built stays in the cache (make distclean removes it)")


def remove_objects(name: str) -> None:
    for container in docker.labelled("container", name):
        docker.docker("rm", "--force", "--volumes", container)
    for kind in ("volume", "network"):
        for thing in docker.labelled(kind, name):
            docker.docker(kind, "rm", thing)


def purge(name: str) -> None:
    """As down; then the images, the cache and the engine, none of which another lab may be using."""
    if docker.answers():
        others = other_labs(name)
        if others:
            raise LabError(
                f"Other labs on this machine use the same cache and engine: {', '.join(others)}. "
                f"Take them down first (make clean NAME={others[0]}), or use make clean for this one."
            )
        down(name)
        remove_objects(docker.BUILD)
        images.remove_all()
    else:
        down(name)
    packages = engine.stop()
    limits.restore()
    cache.remove()
    say(f"removed the cache and what was started; the clone {CLONE} is as it was")
    if packages:
        say(f"packages that the lab installed and leaves: {' '.join(packages)} (apt-get purge removes them)")


def other_labs(name: str) -> list[str]:
    listed = docker.docker("container", "ls", "--all", f"--filter=label={docker.LABEL}", f'--format={{{{.Label "{docker.LABEL}"}}}}')
    return sorted(set(listed.split()) - {name, docker.BUILD})

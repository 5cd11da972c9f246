"""Command line of the lab: python -m lab VERB [options]. The Makefile calls it; so may you."""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from . import lab, reset, show, vm
from .errors import LabError

Action = Callable[[argparse.Namespace], None]


def main() -> int:
    signal.signal(signal.SIGTERM, interrupt)
    options = parser().parse_args()
    try:
        options.action(options)
    except LabError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; what was half-made is not used, run the same command again", file=sys.stderr)
        return 130
    return 0


def interrupt(_number: int, _frame: object) -> None:
    """Being told to end is the same as Ctrl-C: what runs for us ends too."""
    raise KeyboardInterrupt


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m lab", description="Kubernetes clusters of containers on this machine.")
    verbs = top.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, action: Action, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
        made.set_defaults(action=action)
        made.add_argument("--name", default="kubewright", help="the lab's name (default: kubewright)")
        return made

    add_wishes(verb("up", up, "engine, images, bundle, nodes, inventory; adds hosts newly listed"))
    add_wishes(verb("nodes", nodes, "as up, without the bundle: bare machines"))
    add_wishes(verb("bundle", bundle, "build the bundle only; prints its folder"))
    verb("recreate", recreate, "reinstall a machine: new identity, same address").add_argument("host")
    verb("remove", remove, "remove a machine").add_argument("host")
    verb("status", status, "what is there, as JSON")
    verb("show", show_cluster, "the cluster's nodes, how to use it, how to tear it down")
    add_machine_verbs(verbs.add_parser("vm", help="virtual machines instead of containers, one or those of an inventory: up, reboot, down"))
    verb("down", down, "remove this lab: containers, volumes, network, folder")
    verb("purge", purge, "also the lab's images, its cache, and the engine if the lab started it")
    return top


def add_machine_verbs(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    actions: dict[str, tuple[Action, str]] = {
        "up": (vm_up, "virtual machines, bundle, inventory; starts those that do not run"),
        "reboot": (vm_reboot, "reboot them, and wait until ssh answers"),
        "down": (down, "end them, and remove all of this lab"),
    }
    for name, (action, text) in actions.items():
        made = verbs.add_parser(name, help=text, description=text)
        made.set_defaults(action=action)
        made.add_argument("--name", default="kubewright-vm", help="the lab's name (default: kubewright-vm)")
        if name == "up":
            add_choices(made)
            add_inventory(made)


def add_wishes(verb: argparse.ArgumentParser) -> None:
    """Options that are left out keep what the lab was made with, else take their default."""
    add_choices(verb)
    verb.add_argument("--control-planes", type=count, metavar="N", help="default: 1")
    verb.add_argument("--workers", type=count, metavar="N", help="default: 2")
    add_inventory(verb)


def add_inventory(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--inventory", default="", metavar="PATH", help="make nodes for every host of this inventory")


def add_choices(verb: argparse.ArgumentParser) -> None:
    """What any kind of node has to be told."""
    verb.add_argument("--supplier", default="", choices=["", "auto", "upstream", "debian", "directory"])
    verb.add_argument("--version", default="", help="Kubernetes version; several by comma: the first is deployed")
    verb.add_argument("--runtime", default="", choices=["", "containerd", "docker"])
    verb.add_argument("--cni", default="", choices=["", "flannel", "calico", "bridge", "none"])
    verb.add_argument("--binaries", default="", metavar="FOLDER", help="for the directory supplier; several by comma")
    verb.add_argument("--images", default="", metavar="FOLDER", help="image archives, of whatever names, that the bundle is to hold as well")
    verb.add_argument("--suite", default="", help="Debian suite of the nodes (default: bookworm)")
    verb.add_argument("--user", default="", choices=["", "root", "admin"], help="how ansible logs in (default: root)")


def count(text: str) -> int | None:
    return int(text) if text else None


def wish(options: argparse.Namespace) -> lab.Wish:
    given = {name: value for name, value in vars(options).items() if name not in ("action", "version")}
    for name in ("binaries", "images", "inventory"):
        given[name] = ",".join(str(Path(one).expanduser().resolve()) for one in given.get(name, "").split(",") if one)
    return lab.Wish(**given, versions=tuple(filter(None, options.version.split(","))))


def up(options: argparse.Namespace) -> None:
    lab.up(wish(options))


def nodes(options: argparse.Namespace) -> None:
    lab.up(wish(options), with_bundle=False)


def vm_up(options: argparse.Namespace) -> None:
    vm.up(wish(options))


def vm_reboot(options: argparse.Namespace) -> None:
    vm.reboot(options.name)


def bundle(options: argparse.Namespace) -> None:
    print(lab.bundle_only(wish(options)))


def recreate(options: argparse.Namespace) -> None:
    lab.recreate(options.name, options.host)


def remove(options: argparse.Namespace) -> None:
    lab.remove(options.name, options.host)


def status(options: argparse.Namespace) -> None:
    print(json.dumps(show.report(options.name), indent=2))


def show_cluster(options: argparse.Namespace) -> None:
    print(show.summary(options.name))


def down(options: argparse.Namespace) -> None:
    reset.down(options.name)


def purge(options: argparse.Namespace) -> None:
    reset.purge(options.name)


if __name__ == "__main__":
    sys.exit(main())

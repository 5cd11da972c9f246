"""Command line of the lab: python -m lab VERB [options]. The Makefile calls it; so may you."""

import argparse
import json
import sys

from . import lab
from .errors import LabError


def main() -> int:
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


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m lab", description="Clusters of containers on this machine.")
    verbs = top.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, help_text: str, action: object) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=help_text)
        made.set_defaults(action=action)
        made.add_argument("--name", default="kubewright", help="the lab's name (default: kubewright)")
        return made

    wishes(verb("up", "engine, images, bundle, nodes, inventory; adds hosts newly listed", lambda o: lab.up(wish(o))))
    wishes(verb("nodes", "as up, without the bundle: bare machines", lambda o: lab.up(wish(o), with_bundle=False)))
    verb(
        "recreate", "reinstall a machine: new identity, same address", lambda o: lab.recreate(o.name, o.host)
    ).add_argument("host")
    verb("remove", "remove a machine", lambda o: lab.remove(o.name, o.host)).add_argument("host")
    verb("status", "what is there, as JSON", lambda o: print(json.dumps(lab.report(o.name), indent=2)))
    verb("down", "remove this lab", lambda o: lab.down(o.name))
    return top


def wishes(verb: argparse.ArgumentParser) -> None:
    """Options left out keep what the lab was made with."""
    verb.add_argument("--supplier", default="", choices=["", "auto", "upstream", "debian", "directory"])
    verb.add_argument("--version", default="", help="Kubernetes version; several by comma: the first is deployed")
    verb.add_argument("--control-planes", type=count, metavar="N")
    verb.add_argument("--workers", type=count, metavar="N")
    verb.add_argument("--runtime", default="", choices=["", "containerd", "docker"])
    verb.add_argument("--cni", default="", choices=["", "flannel", "calico", "bridge", "none"])
    verb.add_argument("--binaries", default="", metavar="FOLDER", help="for the directory supplier")
    verb.add_argument("--suite", default="", help="Debian suite of the nodes (default: bookworm)")
    verb.add_argument("--user", default="", choices=["", "root", "admin"], help="how ansible logs in")
    verb.add_argument("--inventory", default="", metavar="PATH", help="nodes for every host of this inventory")


def count(text: str) -> int | None:
    return int(text) if text else None


def wish(options: argparse.Namespace) -> lab.Wish:
    return lab.Wish(
        name=options.name,
        supplier=options.supplier,
        versions=tuple(filter(None, options.version.split(","))),
        control_planes=options.control_planes,
        workers=options.workers,
        runtime=options.runtime,
        cni=options.cni,
        binaries=options.binaries,
        suite=options.suite,
        user=options.user,
        inventory=options.inventory,
    )


if __name__ == "__main__":
    sys.exit(main())

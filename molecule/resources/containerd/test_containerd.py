"""In this order, on a bare machine: documents of each form and version, what is refused, pods' cgroups and restarts, mirrors, crictl's configuration."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tomlkit
from runs import PlaybookRun, playbook
from testinfra.host import Host

FILE, CERTS, CRICTL, TESTS = "/etc/containerd/config.toml", "/etc/containerd/certs.d", "/etc/crictl.yaml", "/usr/local/lib/containerd-test"
IMAGE, PAUSE = "registry.example.com/app/sleep:1", "registry.example.com/app/pause:1"
V2, RUNTIME, IMAGES = "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"
Run = Callable[..., PlaybookRun]
Case = tuple[str, dict[str, Any], str]

OWN = f'''# ours
version = 2
oom_score = 0 # as it was

[debug]
  level = "warn" # quiet

[plugins."{V2}"]
  # a slow line
  max_concurrent_downloads = 7
'''
PACKAGED = '# Docker Inc.\n\ndisabled_plugins = ["cri"]\n\n#[debug]\n#  level = "info"\n'
DOCUMENTS = {
    "none": "", "of containerd.io": PACKAGED, "a person's": OWN,
    "inline": f'version = 2\nplugins = {{"{V2}" = {{cni = {{max_conf_num = 1}}}}}}\n',
    "dotted": f'version = 2\nplugins."{V2}".cni.max_conf_num = 1\n',
    "without a version": f'[plugins."{V2}".cni]\nmax_conf_num = 1\n',
    "another runtime of runc's": f'version = 2\n[plugins."{V2}".containerd.runtimes.gpu]\nruntime_type = "io.containerd.runc.v2"\n',
}
OF_1 = {"version 1": "[plugins.cri]\nenable_selinux = false # mine\n"}
OF_2 = {
    "version 3": f"version = 3\n[plugins.'{IMAGES}']\nsandbox_image = 'not read here'\n",
    "version 3 with one folder": f"version = 3\n[plugins.'{RUNTIME}'.cni]\nbin_dir = '/usr/lib/cni'\n",
}
MIRRORS_INSIDE = f'version = 2\n[plugins."{V2}".registry.mirrors."docker.io"]\nendpoint = ["https://mirror.example.com"]\n'
IMPORTED = f'version = 2\n[plugins."{V2}".containerd.runtimes.runc.options]\nSystemdCgroup = false\n'


class Daemon(NamedTuple):
    """What may not have been touched."""

    pid: str
    file: str


def look(node: Host) -> Daemon:
    return Daemon(node.check_output("systemctl show containerd --property=MainPID --value"), node.check_output(f"sha256sum {FILE}; stat -c %Y {FILE}"))


def major(node: Host) -> int:
    return int(re.findall(r" v?(\d)\.\d+\.\d+", node.check_output("containerd --version"))[0])


def effective(node: Host) -> dict[str, Any]:
    """The tables of CRI as the daemon has them: what is the runtime's and what is the images'."""
    plugins = tomlkit.parse(node.check_output("containerd config dump")).unwrap()["plugins"]
    return {**plugins[V2], **plugins.get(RUNTIME, {}), **plugins.get(IMAGES, {})}


def write(node: Host, path: str, text: str) -> None:
    node.check_output("mkdir -p %s && printf %%s %s > %s", path.rsplit("/", 1)[0], text, path)


@pytest.fixture(scope="session")
def machine(nodes: dict[str, Host]) -> Host:
    return nodes["worker1"]


@pytest.fixture(scope="session")
def role(inventory: Path, nodes: dict[str, Host]) -> Run:
    def run(*arguments: str, **variables: Any) -> PlaybookRun:
        version = "1.34.2" if " 2." in nodes["worker1"].run("apt-cache policy containerd | grep Candidate").stdout else "1.20.2"
        given = {"kube_version": version, "kube_bundle_url": "", "containerd_sandbox_image": PAUSE, **variables}
        return playbook("molecule/resources/containerd/containerd.yml", inventory, "--limit=worker1", *arguments, f"--extra-vars={json.dumps(given)}")

    return run


@pytest.fixture
def before(machine: Host) -> Daemon:
    return look(machine)


def configured(node: Host) -> None:
    """As the daemon says, whatever the document looks like."""
    found = effective(node)
    assert found["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True
    assert found.get("pinned_images", {}).get("sandbox", found.get("sandbox_image")) == PAUSE
    assert "/opt/cni/bin" in [found["cni"]["bin_dir"], *found["cni"].get("bin_dirs", [])]
    assert found["registry"]["config_path"] == CERTS
    rows = [row.split() for row in node.check_output("ctr plugins ls").splitlines() if re.search(r"\.cri\.| cri ", row)]
    assert rows and {row[-1] for row in rows} == {"ok"}


def test_a_check_on_a_bare_machine_predicts(role: Run, machine: Host) -> None:
    run = role("--check", "--diff")
    assert run.rc == 0 and "SystemdCgroup = True" in run.output, run.output
    assert not machine.package("containerd").is_installed and not machine.file(CRICTL).exists


def test_the_distributions_package_is_installed_and_its_document_edited(role: Run, machine: Host) -> None:
    run = role()
    assert run.rc == 0, run.output
    configured(machine)
    again = role()
    assert set(again.each("changed").values()) == {0}, again.output
    assert [sum(numbers.values()) for numbers in again.executed.values()] == [3], "the role's arguments, the package, the configuration"


@pytest.mark.parametrize("name", [*DOCUMENTS, *OF_1, *OF_2])
def test_a_document_of_any_form_is_edited_and_proven_by_the_daemon(role: Run, machine: Host, name: str) -> None:
    if (name in OF_1 and major(machine) > 1) or (name in OF_2 and major(machine) < 2):
        pytest.skip("this daemon does not take it")
    text = {**DOCUMENTS, **OF_1, **OF_2}[name]
    write(machine, FILE, text)
    run = role()
    assert run.rc == 0, run.output
    configured(machine)
    left = machine.file(FILE).content_string
    assert [comment for comment in re.findall(r"# .*", text) if comment not in left] == []
    if name == "another runtime of runc's":
        assert effective(machine)["containerd"]["runtimes"]["gpu"]["options"]["SystemdCgroup"] is True


def test_a_persons_settings_are_in_effect_beside_ours(role: Run, machine: Host) -> None:
    settings = {"restrict_oom_score_adj": True, "enable_selinux": False}
    write(machine, FILE, OWN)
    assert role(containerd_cri_settings=settings).rc == 0
    assert effective(machine)["max_concurrent_downloads"] == 7 and effective(machine)["restrict_oom_score_adj"] is True
    again = role(containerd_cri_settings=settings)
    assert again.rc == 0 and set(again.each("changed").values()) == {0}, again.output


REFUSED: dict[str, Case] = {
    "no TOML": ("version = \n", {}, "no valid TOML"),
    "mirrors in the document": (MIRRORS_INSIDE, {}, "Move them to kube_registry_mirrors"),
    "an import that says otherwise": (f'imports = ["/etc/containerd/other.toml"]\n{OWN}', {}, "A file that `imports` names has the last word"),
    "a misspelt setting": (OWN, {"containerd_cri_settings": {"restrict_oom_score": True}}, "restrict_oom_score = True is not in effect, it is not there"),
    "a version nobody knows": ("version = 5\n", {}, "known are 1 to 4"),
    "version 4": ("version = 4\n", {}, "knows up to"),
    "a mirror that is no address": (OWN, {"kube_registry_mirrors": {"docker.io": ["mirror"]}}, "is no address"),
}
BY_DAEMON: dict[int, dict[str, Case | None]] = {
    1: {"version 3": ("version = 3\n", {}, "knows up to 2"), "a Kubernetes without its CRI": None},
    2: {"version 1": (OF_1["version 1"], {}, "passes over what version 1 says of the CRI plugin"),
        "a Kubernetes without its CRI": (OWN, {"kube_version": "1.20.2"}, "speaks CRI v1, the kubelet of 1.20.2 v1alpha2")},
}


@pytest.mark.parametrize("name", [*REFUSED, "version 1", "version 3", "a Kubernetes without its CRI"])
def test_what_is_refused_is_one_error_and_nothing_is_touched(role: Run, machine: Host, name: str) -> None:
    case = REFUSED.get(name) or BY_DAEMON[major(machine)].get(name)
    if not case:
        pytest.skip("this daemon takes it")
    text, variables, words = case
    write(machine, "/etc/containerd/other.toml", IMPORTED)
    write(machine, FILE, text)
    machine.check_output(f"touch -d '1 day ago' {FILE}")
    found = look(machine)
    run = role(**variables)
    assert run.rc != 0 and words in " ".join(run.output.split()), run.output
    assert look(machine) == found
    assert machine.check_output("ls -A /etc/containerd | grep -c candidate || true") == "0"


def test_a_document_with_which_the_cri_plugin_does_not_load_gives_way_to_the_one_before(role: Run, machine: Host) -> None:
    write(machine, FILE, OWN)
    assert role().rc == 0
    found = machine.file(FILE).content_string
    run = role(containerd_cri_settings={"stream_idle_timeout": "never"})
    assert run.rc != 0 and "The configuration from before is back in place." in " ".join(run.output.split()), run.output
    assert machine.file(FILE).content_string == found
    configured(machine)


def test_a_containerd_that_is_older_than_its_document_is_restarted(role: Run, machine: Host) -> None:
    assert role().rc == 0
    found = look(machine)
    machine.check_output(f"touch {FILE}")
    run = role()
    assert run.rc == 0 and "containerd is restarted" in run.output and look(machine).pid != found.pid
    assert set(role().each("changed").values()) == {0}


def test_pods_have_systemds_cgroups_and_outlive_a_restart(role: Run, machine: Host) -> None:
    machine.check_output(f"ctr -n k8s.io images import {TESTS}/image.tar && ctr -n k8s.io images tag {IMAGE} {PAUSE}")
    oom = {"restrict_oom_score_adj": True}
    assert role(containerd_cri_settings=oom).rc == 0
    # On cgroup v1 systemd 257 takes the first pod of a slice out of its cgroup of devices, and containerd 1.7 then takes its shim for a leaked one.
    first = machine.check_output(f"python3 {TESTS}/cri.py pod zero kubewright-test.slice")
    pod = machine.check_output(f"python3 {TESTS}/cri.py pod one kubewright-test.slice")
    pid = machine.check_output(f"ctr -n k8s.io tasks ls | awk '$1 == \"{pod}\" {{print $2}}'")
    try:
        assert f"/kubewright-test.slice/cri-containerd-{pod}.scope" in machine.check_output(f"cat /proc/{pid}/cgroup")
        started, found = machine.check_output(f"stat -c %Y /proc/{pid}"), look(machine)
        run = role(containerd_cri_settings={**oom, "max_concurrent_downloads": 4})
        assert run.rc == 0 and "worker1: containerd is restarted; running containers go on" in run.output, run.output
        assert look(machine).pid != found.pid and effective(machine)["max_concurrent_downloads"] == 4
        assert machine.check_output(f"stat -c %Y /proc/{pid}") == started
        assert machine.check_output(f"ctr -n k8s.io tasks ls | awk '$1 == \"{pod}\" {{print $2, $3}}'") == f"{pid} RUNNING"
    finally:
        for identity in (pod, first):
            machine.run(f"python3 {TESTS}/cri.py remove {identity}")


# Mirrors. The oom setting stays, so that nothing else changes.
SAME = {"containerd_cri_settings": {"restrict_oom_score_adj": True, "max_concurrent_downloads": 4}}
HERE = {"registry.example.com": ["http://127.0.0.1:5000"]}


def test_an_image_of_another_registrys_name_comes_through_its_mirror_without_a_restart(role: Run, machine: Host, before: Daemon) -> None:
    machine.check_output("systemctl restart docker-registry && for i in $(seq 50); do ss -ltn | grep -q :5000 && break; sleep 0.2; done")
    machine.check_output(f"ctr -n k8s.io images tag {IMAGE} 127.0.0.1:5000/app/sleep:1 && ctr -n k8s.io images push --plain-http 127.0.0.1:5000/app/sleep:1")
    machine.check_output(f"ctr -n k8s.io images rm {IMAGE} 127.0.0.1:5000/app/sleep:1")
    assert machine.run(f"python3 {TESTS}/cri.py pull {IMAGE}").rc != 0, "nobody has that registry"
    run = role(kube_registry_mirrors=HERE, **SAME)
    assert run.rc == 0 and set(run.each("changed").values()) == {1} and "is restarted" not in run.output, run.output
    assert machine.check_output(f"python3 {TESTS}/cri.py pull {IMAGE}").startswith("sha256:")
    assert IMAGE in machine.check_output("ctr -n k8s.io images ls -q").split()
    assert look(machine) == before
    assert set(role(kube_registry_mirrors=HERE, **SAME).each("changed").values()) == {0}


def test_a_persons_file_stays_and_ours_goes_when_it_is_named_no_more(role: Run, machine: Host, before: Daemon) -> None:
    own = f"{CERTS}/own.example.com/hosts.toml"
    write(machine, own, 'server = "https://own.example.com"\n')
    assert role(kube_registry_mirrors={"_default": ["http://127.0.0.1:5000"]}, **SAME).rc == 0
    assert machine.check_output(f"ls {CERTS}").split() == ["_default", "own.example.com"]
    refused = role(kube_registry_mirrors={"own.example.com": ["http://127.0.0.1:5000"]}, **SAME)
    assert refused.rc != 0 and "was not written by Kubewright" in " ".join(refused.output.split())
    assert role(**SAME).rc == 0
    assert machine.check_output(f"ls {CERTS}").split() == ["own.example.com"] and machine.file(own).content_string == 'server = "https://own.example.com"\n'
    assert look(machine) == before


def test_crictls_own_settings_stay_beside_the_endpoints(role: Run, machine: Host, before: Daemon) -> None:
    write(machine, CRICTL, "# mine\ndebug: true\nruntime-endpoint: unix:///var/run/dockershim.sock\ntimeout: 7\n")
    assert role(**SAME).rc == 0
    socket = "unix:///run/containerd/containerd.sock"
    assert machine.file(CRICTL).content_string == f"# mine\ndebug: true\nruntime-endpoint: {socket}\ntimeout: 7\nimage-endpoint: {socket}\n"
    assert look(machine) == before


def test_the_machine_is_left_as_it_came(role: Run, machine: Host) -> None:
    machine.check_output(f"apt-get purge -qq -y containerd && systemctl stop docker-registry && rm -rf /etc/containerd {CRICTL}")
    assert not machine.file(FILE).exists

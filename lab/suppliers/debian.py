"""Kubernetes from Debian's own source package: needs nothing but a Debian mirror."""

from .. import assembly, cache, kubernetes_source
from ..assembly import Material
from ..errors import LabError
from ..filling import Filling
from ..images import BUILDER_SUITE


class Debian:
    name = "debian"

    def __init__(self, builder: str) -> None:
        self.builder = builder

    def default_versions(self) -> list[str]:
        return [kubernetes_source.UPSTREAM_VERSION]

    def inputs(self, versions: list[str]) -> dict[str, object]:
        for version in versions:
            require_stampable(version)
        source = kubernetes_source.source_version(self.builder)
        return {"source": source, "parts": cache.digest(kubernetes_source.PARTS)}

    def fill(self, filling: Filling, versions: list[str]) -> None:
        for version in versions:
            assembly.fill(filling, self.material(version))
        assembly.add_common(filling, assembly.lab_part(self.builder, "crictl"))

    def material(self, version: str) -> Material:
        folder = kubernetes_source.programs(self.builder, assembly.PROGRAMS, version)
        return Material(
            version,
            folder,
            origin(version, kubernetes_source.source_version(self.builder)),
            assembly.debian_etcd(self.builder, BUILDER_SUITE),
            assembly.lab_part(self.builder, "dns"),
        )


def origin(version: str, source: str) -> str:
    known = kubernetes_source.UPSTREAM_VERSION
    really = "" if version == known else f", which is {known},"
    return f"Debian {BUILDER_SUITE}, source package kubernetes {source}{really} compiled and stamped v{version}"


def require_stampable(version: str) -> None:
    """The source may be stamped with another patch version, for upgrades; another minor would be a lie."""
    wanted = kubernetes_source.UPSTREAM_VERSION.rpartition(".")[0]
    minor, _dot, patch = version.rpartition(".")
    if minor != wanted or not patch.isdigit():
        raise LabError(
            f"VERSION={version}: the debian supplier has the source of {kubernetes_source.UPSTREAM_VERSION} and can "
            f"stamp other patch versions of {wanted} on it; for another minor use SUPPLIER=upstream or directory."
        )

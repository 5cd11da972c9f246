from ipaddress import IPv4Network

import pytest

from lab import network
from lab.errors import LabError

SUBNET = IPv4Network("172.29.3.0/24")


def test_the_first_slice_that_nothing_uses_is_taken() -> None:
    taken = [IPv4Network("172.29.0.0/24"), IPv4Network("172.29.1.128/25"), IPv4Network("10.0.0.0/8")]
    assert network.free_slice(taken) == IPv4Network("172.29.2.0/24")


def test_a_pool_in_use_is_an_error_with_a_remedy() -> None:
    with pytest.raises(LabError, match="make clean"):
        network.free_slice([IPv4Network("172.16.0.0/12")])


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["10.1.2.3", "10.1.2.4"], "10.1.2.0/24"),
        (["10.1.2.3", "10.1.3.4"], None),
        (["10.1.2.3", None], None),
        (["node1.example.com"], None),
        ([], None),
    ],
)
def test_an_inventorys_addresses_count_when_they_lie_in_one_slice(
    addresses: list[str | None], expected: str | None
) -> None:
    assert network.slice_of(addresses) == (IPv4Network(expected) if expected else None)


def test_a_host_keeps_its_address_and_new_ones_get_the_next_free() -> None:
    known = {"cp1": "172.29.3.11", "worker1": "172.29.3.13"}
    assigned = network.assign(["cp1", "worker1", "worker2", "worker3"], known, {}, SUBNET)
    assert assigned == known | {"worker2": "172.29.3.12", "worker3": "172.29.3.14"}


def test_the_address_that_an_inventory_asks_for_is_given_when_it_can_be() -> None:
    asked = {"a": "172.29.3.50", "b": "172.29.3.1", "c": "10.0.0.1", "d": "172.29.3.50"}
    assigned = network.assign(["a", "b", "c", "d"], {}, asked, SUBNET)
    assert assigned == {"a": "172.29.3.50", "b": "172.29.3.11", "c": "172.29.3.12", "d": "172.29.3.13"}


def test_a_full_network_is_an_error() -> None:
    with pytest.raises(LabError, match="no address left"):
        network.next_free(SUBNET, {str(address) for address in SUBNET})

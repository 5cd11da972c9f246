"""A client of the container runtime interface, version 1, on a node: python3 cri.py pod NAME SLICE | pull IMAGE | remove ID. Needs python3-grpcio.

Messages are written by hand: a field is its number and kind, then a length or a number.
"""

import sys

import grpc  # type: ignore[import-untyped]

SOCKET = "unix:///run/containerd/containerd.sock"
ON_THE_NODE = 2  # network namespace


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def ask(service: str, method: str, request: bytes) -> str:
    """The first field of the answer, which is a text."""
    with grpc.insecure_channel(SOCKET) as channel:
        call = channel.unary_unary(f"/runtime.v1.{service}/{method}", lambda data: data, lambda data: data)
        answer = call(request, timeout=60)
    return str(answer[2 : 2 + answer[1]].decode()) if answer else ""


def pod(name: str, parent: str) -> str:
    metadata = field(1, name) + field(2, name) + field(3, "default")
    linux = field(1, parent) + field(2, field(1, field(1, ON_THE_NODE)))
    return ask("RuntimeService", "RunPodSandbox", field(1, field(1, metadata) + field(8, linux)))


def pull(image: str) -> str:
    return ask("ImageService", "PullImage", field(1, field(1, image)))


def remove(identity: str) -> str:
    ask("RuntimeService", "StopPodSandbox", field(1, identity))
    return ask("RuntimeService", "RemovePodSandbox", field(1, identity))


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    print(pod(*words) if verb == "pod" else {"pull": pull, "remove": remove}[verb](*words))

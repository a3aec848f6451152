"""echo, kernel: sends messages over a connection and receives them back; there is no concurrency in here."""

from __future__ import annotations

import socket
import time
from typing import Dict, List, NamedTuple, Tuple, Union
from urllib.parse import urlsplit

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line."""
    return {
        "url": options.url("url"),  # where the echo server is
        "connections": options.natural("connections", 1, 10_000),  # how many there are
        "messages": options.natural("messages", 1, 1_000_000),  # how many go over each
        "size": options.natural("size", 8, 65_536),  # bytes of each
        "timeout_ms": options.natural("timeout-ms", 1, 600_000),  # a connection that takes longer is an error
    }


class Talk(NamedTuple):
    """What goes over one connection: so many messages of so many bytes, each after the answer to the last."""

    address: Tuple[str, int]
    messages: int
    size: int
    timeout_s: float


def list_talks(url: str, connections: int, messages: int, size: int, timeout_ms: int) -> List[Talk]:
    """Plan a talk for each connection; a worker takes one after another."""
    place = urlsplit(url)
    return [Talk((place.hostname or "", place.port or 0), messages, size, timeout_ms / 1000)] * connections


def hold_talk(talk: Talk) -> List[int]:
    """Do the units of one connection: send each message, and receive it; return the numbers that came back.

    Raises OSError if the connection fails or takes too long, ValueError if a message does not come back.
    """
    until_s = time.monotonic() + talk.timeout_s
    numbers = []
    with socket.create_connection(talk.address, talk.timeout_s) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(1, talk.messages + 1):
            connection.settimeout(max(0.001, until_s - time.monotonic()))
            connection.sendall(write_message(number, talk.size))
            numbers.append(read_number(receive(connection, talk.size), number, talk.size))
    return numbers


def receive(connection: socket.socket, size: int) -> bytes:
    """Receive a message; what there is of it where the server sends no more."""
    message = connection.recv(size)
    while len(message) < size:
        more = connection.recv(size - len(message))
        if not more:
            break
        message += more
    return message


def write_message(number: int, size: int) -> bytes:
    """Write the number of a message, and fill it up."""
    return number.to_bytes(8, "little").ljust(size, b"\0")


def read_number(message: bytes, number: int, size: int) -> int:
    """Read the number of a message; raises ValueError if it is not the one that was sent, or not all of it."""
    if len(message) != size:
        raise ValueError(f"expected a message of {size} bytes, got {len(message)}: is it an echo server?")
    came = int.from_bytes(message[:8], "little")
    if came != number:
        raise ValueError(f"expected message {number}, got {came}: is it an echo server?")
    return came


def total(talks: List[List[int]]) -> Outcome:
    """Add up the numbers that came back."""
    return Outcome(sum(map(sum, talks)), sum(map(len, talks)))

"""serve, kernel: accepts connections and answers on one; there is no concurrency in here."""

from __future__ import annotations

import socket
import time
from typing import Dict, List

from contract import Outcome
from options import Options

MESSAGE_BYTES = 64
PATIENCE_S = 10  # for a client that connects


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "port": options.natural("port", 1, 65_535),  # where to listen, on the loopback interface
        "rate": options.natural("rate", 1, 1_000_000),  # requests per second that will come
        "duration_ms": options.natural("duration-ms", 1, 600_000),  # for so long
        "burners": options.natural("burners", 0, 1_000),  # how many compute beside
        "switch_interval_us": options.natural("switch-interval-us", 1, 1_000_000),  # of the interpreter
    }


def accept(port: int, workers: int) -> List[socket.socket]:
    """Accept a connection for every worker; raises TimeoutError if so many do not come."""
    connections: List[socket.socket] = []
    with socket.create_server(("127.0.0.1", port), backlog=workers) as listener:
        until_s = time.monotonic() + PATIENCE_S
        try:
            while len(connections) < workers:
                listener.settimeout(max(0.001, until_s - time.monotonic()))
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections.append(connection)
        except socket.timeout:
            raise TimeoutError(
                f"expected {workers} connections to port {port} within {PATIENCE_S} s, got {len(connections)}"
            ) from None
    return connections


def serve(connection: socket.socket) -> int:
    """Do the units of one worker: send every message back until the client has no more; return how many."""
    answered = 0
    with connection:
        while check(message := connection.recv(MESSAGE_BYTES, socket.MSG_WAITALL)):
            connection.sendall(message)
            answered += 1
    return answered


def check(message: bytes) -> bool:
    """Tell whether a message has come; raises ValueError if it was cut short."""
    if len(message) not in (0, MESSAGE_BYTES):
        raise ValueError(f"expected a message of {MESSAGE_BYTES} bytes, got {len(message)}")
    return len(message) > 0


def total(answered: List[int], burned_units: List[int]) -> Outcome:
    """Add up the messages that were answered, and what was burned beside them."""
    return Outcome(sum(answered), sum(answered), {"burned_units": sum(burned_units)})

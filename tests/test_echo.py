"""echo: what the server saw of each client, and what a client says of a server that is not an echo."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from harness.fixtures.echoes import FIGURES, Fixture
from harness.plan.check import declare
from tests.runners import TYPICAL, Program

DECLARED = declare()
CLIENTS = [(program, model) for program, workload, model in TYPICAL if workload == "echo"]
IDS = [f"{program.name}-{model}" for program, model in CLIENTS]
SIZE = 64

Serve = Callable[[socket.socket], None]
"""What a server does with a connection, which is closed after it."""


@pytest.fixture(scope="module")
def server() -> Iterator[Fixture]:
    """One echo server for all tests of this file."""
    with Fixture() as running:
        yield running


def count_workers(program: Program, model: str) -> int:
    return 1 if model == DECLARED.find_baseline(program.language) else 3


def echo(
    program: Program,
    model: str,
    url: str,
    connections: int = 3,
    messages: int = 10,
    timeout_ms: int = 30_000,
) -> subprocess.CompletedProcess[str]:
    """Send messages; the baseline has one worker."""
    return program.run(
        *("echo", model, "--workers", str(count_workers(program, model)), "--url", url),
        *("--connections", str(connections), "--messages", str(messages), "--size", str(SIZE)),
        *("--timeout-ms", str(timeout_ms)),
    )


def assert_failure(finished: subprocess.CompletedProcess[str], said: str) -> None:
    assert (finished.returncode, finished.stdout) == (1, "")
    assert said in finished.stderr.lower().replace("connectionrefused", "connection refused")
    assert finished.stderr.count("\n") == 1


@contextmanager
def serving(serve: Serve) -> Iterator[str]:
    """A server that does with each connection what it is told; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return  # it is closed
                with connection, suppress(ConnectionError):  # the client may end before we have
                    serve(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("messages", [10, 20])
@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_all_goes_over_as_many_connections_as_workers(
    program: Program, model: str, messages: int, server: Fixture
) -> None:
    server.before()
    finished = echo(program, model, server.value, connections=6, messages=messages)
    assert (finished.returncode, finished.stderr) == (0, "")
    seen = server.after()
    assert set(seen) == set(FIGURES)
    assert seen["bytes"] == 6 * messages * SIZE
    assert 1 <= seen["connections_peak"] <= count_workers(program, model)
    assert f'"result":{6 * sum(range(messages + 1))},"units":{6 * messages},' in finished.stdout


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_no_server_is_a_failure(program: Program, model: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        finished = echo(program, model, f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert_failure(finished, "connection refused")


def answer_part(connection: socket.socket) -> None:
    connection.sendall(connection.recv(SIZE, socket.MSG_WAITALL))
    connection.sendall(connection.recv(SIZE, socket.MSG_WAITALL)[:10])


def answer_nothing(connection: socket.socket) -> None:
    connection.recv(SIZE, socket.MSG_WAITALL)


def answer_the_first(connection: socket.socket) -> None:
    connection.sendall(first := connection.recv(SIZE, socket.MSG_WAITALL))
    connection.recv(SIZE, socket.MSG_WAITALL)
    connection.sendall(first)


def reset(connection: socket.socket) -> None:
    connection.recv(SIZE, socket.MSG_WAITALL)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a close is a reset


@pytest.mark.parametrize(
    ("serve", "said"),
    [
        (answer_part, "expected a message of 64 bytes, got 10: is it an echo server?"),
        (answer_nothing, "expected a message of 64 bytes, got 0: is it an echo server?"),
        (answer_the_first, "expected message 2, got 1: is it an echo server?"),
        (reset, "connection reset by peer"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_a_server_that_does_not_echo_is_a_failure(
    program: Program, model: str, serve: Serve, said: str
) -> None:
    with serving(serve) as url:
        assert_failure(echo(program, model, url), said)


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_a_server_that_says_nothing_is_not_waited_for_for_ever(program: Program, model: str) -> None:
    over = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        over.wait()

    with serving(say_nothing) as url:
        try:
            finished = echo(program, model, url, timeout_ms=300)
        finally:
            over.set()
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.strip()
    assert finished.stderr.count("\n") == 1

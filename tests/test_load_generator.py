"""The load generator: it sends when a request is due, whatever was answered, and nothing of it is ever left."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from harness.errors import HarnessError
from harness.fixtures import FixtureError, Fixtures, load, server
from harness.fixtures.load import Fixture, Generator, Outcome, command
from harness.paths import ROOT
from harness.plan.cases import Use
from tests.test_load_server import PATIENCE_S, is_alive, wait_until

pytestmark = pytest.mark.skipif(
    not (ROOT / server.PROGRAM).exists(), reason=f"{server.PROGRAM} is not built: run 'make build'"
)

SIZE = 64
USE = Use("load", "port", {"rate": 200, "duration_ms": 100, "connections": 2})

# A harness that has a generator, and says its pid.
DRIVER = """
import sys
from harness.fixtures import load
with load.Fixture(100, 100, 1) as fixture:
    fixture.before()
    print(fixture._running.process.pid, flush=True)
    sys.stdin.read()
"""

Serve = Callable[[socket.socket], None]
"""What a server does with a connection, which is closed after it."""


def receive(connection: socket.socket) -> bytes:
    return connection.recv(SIZE, socket.MSG_WAITALL)


def echo(connection: socket.socket) -> None:
    while message := connection.recv(1 << 16):
        connection.sendall(message)


@contextmanager
def listen(*serves: Serve, port: int = 0, greeted: bool = True) -> Iterator[int]:
    """Serve connections, each as it is told, to their end; gives the port."""

    def converse(serve: Serve, connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            if greeted:  # what comes first, on every connection
                connection.sendall(receive(connection))
            serve(connection)

    def accept() -> None:
        threads = []
        for serve in serves:
            with suppress(TimeoutError):  # what is missing tells itself
                threads.append(threading.Thread(target=converse, args=(serve, listener.accept()[0])))
                threads[-1].start()
        for thread in threads:
            thread.join()

    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(PATIENCE_S)
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


def generate(port: int, rate: int, duration_ms: int, connections: int) -> Outcome:
    with closing(Generator(command(port, rate, duration_ms, connections))) as generator:
        return generator.finish(PATIENCE_S)


# The program.


def test_every_request_is_sent_and_answered() -> None:
    with listen(echo, echo, echo) as port:
        seen = generate(port, 1_000, 200, 3)
    assert (seen.answered, seen.missed) == (200, 0)
    assert len(seen.latency_ns) == len(seen.sent_late_ns) == 200
    assert 0 < seen.sent_per_s <= 1_000
    pairs = list(zip(seen.sent_late_ns, seen.latency_ns, strict=True))
    assert all(0 <= late < latency for late, latency in pairs)


def test_requests_take_turns_over_the_connections_and_are_numbered() -> None:
    got: list[list[bytes]] = [[], [], []]

    def note(into: list[bytes]) -> Serve:
        def serve(connection: socket.socket) -> None:
            while message := receive(connection):
                into.append(message)
                connection.sendall(message)

        return serve

    with listen(*map(note, got)) as port:
        assert generate(port, 1_000, 8, 3).answered == 8
    numbers = [[int.from_bytes(message[:8], "little") for message in each] for each in got]
    assert numbers == [[0, 3, 6], [1, 4, 7], [2, 5]]
    assert {len(message) for each in got for message in each} == {SIZE}


def test_connections_that_get_no_request_are_ended_too() -> None:
    with listen(*[echo] * 5) as port:
        assert generate(port, 100, 20, 5).answered == 2


def test_it_sends_on_without_answers() -> None:
    """Who waits for an answer before the next request never gets one here."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"".join(receive(connection) for _ in range(50)))
        echo(connection)

    with listen(serve) as port:
        assert generate(port, 1_000, 50, 1).answered == 50


def test_a_server_that_stalls_is_seen_by_every_request_that_it_keeps_waiting() -> None:
    def serve(connection: socket.socket) -> None:
        first = receive(connection)
        time.sleep(0.3)
        connection.sendall(first)
        echo(connection)

    with listen(serve) as port:
        seen = generate(port, 200, 400, 1)
    assert seen.answered == 80
    due_ns = [5e6 * number for number in range(60)]
    assert all(seen.latency_ns[number] >= 300e6 - due for number, due in enumerate(due_ns))


def test_a_connection_that_takes_nothing_does_not_delay_the_others() -> None:
    """More than its buffers hold is sent to one, which reads only when the other has come to its end."""
    ended = threading.Event()

    def wait(connection: socket.socket) -> None:
        ended.wait(PATIENCE_S)
        echo(connection)

    def go_on(connection: socket.socket) -> None:
        echo(connection)
        ended.set()

    with listen(wait, go_on) as port:
        seen = generate(port, 1_000_000, 400, 2)
    assert (seen.answered, seen.missed) == (400_000, 0)


def test_answers_that_do_not_come_are_missed() -> None:
    """Takes 10 s, which is how long they are waited for."""

    def serve(connection: socket.socket) -> None:
        for _ in range(3):
            connection.sendall(receive(connection))
        while connection.recv(SIZE):
            pass

    with listen(serve) as port:
        seen = generate(port, 1_000, 10, 1)
    assert (seen.answered, seen.missed) == (3, 7)
    assert (len(seen.latency_ns), len(seen.sent_late_ns)) == (3, 10)


def flip(connection: socket.socket) -> None:
    connection.sendall(receive(connection)[:-1] + b"!")
    echo(connection)


def swap(connection: socket.socket) -> None:
    one, other = receive(connection), receive(connection)
    connection.sendall(other + one)
    echo(connection)


def repeat(connection: socket.socket) -> None:
    connection.sendall(receive(connection) * 2)
    echo(connection)


def leave(connection: socket.socket) -> None:
    for _ in range(2):
        connection.sendall(receive(connection))


def reset(connection: socket.socket) -> None:
    leave(connection)
    receive(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.parametrize(
    ("serve", "message"),
    [
        (flip, "expected the message of request 0 back, got other bytes"),
        (swap, "expected the message of request 0 back, got other bytes"),
        (repeat, "expected the message of request 1 back, got other bytes"),
        (leave, "expected the answer to request 2, got the end of its connection: "),
        (reset, "expected the answer to request 2, got the end of its connection: connection reset by peer"),
    ],
)
def test_what_is_no_echo_is_a_failure(serve: Serve, message: str) -> None:
    with listen(serve) as port, pytest.raises(HarnessError, match=f"^exit status 1: {message}"):
        generate(port, 100, 100, 1)


@pytest.mark.parametrize(
    ("serve", "message"),
    [
        (flip, "expected the greeting back on connection 1 of 1, got other bytes"),
        (receive, "expected the greeting back on connection 1 of 1: EOF"),
    ],
)
def test_a_connection_on_which_nobody_greets_back_is_a_failure(serve: Serve, message: str) -> None:
    with (
        listen(serve, greeted=False) as port,
        pytest.raises(HarnessError, match=f"^exit status 1: {message}"),
    ):
        generate(port, 100, 100, 1)


def test_the_clock_starts_when_every_connection_is_served() -> None:
    """However long that takes: it is no latency of any request."""

    def begin_late(connection: socket.socket) -> None:
        time.sleep(0.5)
        echo(connection)

    with listen(echo, begin_late, greeted=False) as port:
        seen = generate(port, 100, 100, 2)
    assert seen.answered == 10
    assert max(seen.sent_late_ns) < 400e6


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / server.PROGRAM, "load", *words],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=False,
    )


def start(port: int, patience_ms: int) -> subprocess.Popen[str]:
    words = [*command(port, 100, 100, 1), "--patience-ms", str(patience_ms)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_where_nobody_listens_it_gives_up() -> None:
    port = load.find_port()
    with start(port, 50) as process:
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr is not None
        message = rf"expected a server on 127\.0\.0\.1:{port} within 50 ms, got none: .*refused\n"
        assert re.fullmatch(message, process.stderr.read())


def test_it_ends_when_its_standard_input_does() -> None:
    came = threading.Event()

    def hold(connection: socket.socket) -> None:
        came.set()
        while connection.recv(SIZE):
            pass

    with listen(hold) as port, start(port, 20_000) as connected, start(load.find_port(), 20_000) as waiting:
        assert came.wait(PATIENCE_S)
        for process in (connected, waiting):
            out, complaint = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 1
            assert out == ""
            assert complaint.startswith("standard input was closed before the end: ")


VALID = {"address": "127.0.0.1:9", "rate": "100", "duration-ms": "100", "connections": "1"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"address": "10.0.0.1:80"},
            'expected a server\'s loopback address and port, got "10.0.0.1:80": use',
        ),
        (
            {"address": "127.0.0.1:0"},
            'expected a server\'s loopback address and port, got "127.0.0.1:0": use',
        ),
        (
            {"address": ""},
            'expected a server\'s loopback address and port, got "": use --address 127.0.0.1:PORT',
        ),
        ({"rate": "0"}, "expected from 1 to 1000000, got 0: change --rate"),
        ({"rate": "1000001"}, "expected from 1 to 1000000, got 1000001: change --rate"),
        ({"duration-ms": "600001"}, "expected from 1 to 600000, got 600001: change --duration-ms"),
        ({"connections": "10001"}, "expected from 1 to 10000, got 10001: change --connections"),
        ({"patience-ms": "0"}, "expected from 1 to 600000, got 0: change --patience-ms"),
        ({"rate": "1"}, "expected from 1 to 10000000 requests, got 0: change --rate or --duration-ms"),
        (
            {"rate": "1000000", "duration-ms": "10001"},
            "expected from 1 to 10000000 requests, got 10001000: change",
        ),
        ({"rate": "fast"}, 'invalid value "fast" for flag -rate'),
        ({"speed": "1"}, "flag provided but not defined: -speed"),
    ],
)
def test_a_command_line_that_is_wrong_is_refused(wrong: dict[str, str], message: str) -> None:
    ended = run(*(f"--{name}={value}" for name, value in (VALID | wrong).items()))
    assert ended.returncode == 2
    assert ended.stderr.startswith(message)
    assert ended.stdout == ""


def test_words_that_are_no_flags_are_refused() -> None:
    ended = run("now")
    assert (ended.returncode, ended.stderr) == (2, 'expected flags only, got "now": see load --help\n')


# The fixture.


def test_it_tells_what_the_generator_saw_of_each_run() -> None:
    with Fixtures() as fixtures:
        for _ in range(2):
            with fixtures.serve([USE]) as served, listen(echo, echo, port=int(served.given["port"])):
                pass
            assert served.seen.keys() == {f"load_{name}" for name in load.FIGURES}
            assert (served.seen["load_answered"], served.seen["load_missed"]) == (20, 0)
            for name in ("load_latency_ns", "load_sent_late_ns"):
                values = served.seen[name]
                assert isinstance(values, list)
                assert len(values) == 20


def test_many_figures_do_not_block() -> None:
    with Fixture(rate=100_000, duration_ms=1_000, connections=1) as fixture:
        fixture.before()
        with listen(echo, port=int(fixture.value)):
            pass
        assert fixture._running
        assert fixture._running.finish(PATIENCE_S).answered == 100_000


def find_generator(fixtures: Fixtures) -> int:
    fixture = fixtures._start(USE)
    assert isinstance(fixture, Fixture)
    assert fixture._running
    return fixture._running.process.pid


def test_a_program_that_never_listens_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "LEAVE_S", 0.2)
    pids = []
    message = "load: expected the program to serve all connections to their end, it ended while"
    with Fixtures() as fixtures:
        with pytest.raises(FixtureError, match=message), fixtures.serve([USE]):
            pids.append(find_generator(fixtures))
        assert not is_alive(*pids)
        monkeypatch.undo()
        with fixtures.serve([USE]) as served, listen(echo, echo, port=int(served.given["port"])):
            pass
        assert served.seen["load_answered"] == 20


def test_a_program_that_is_no_echo_server_is_an_error_with_its_cause() -> None:
    message = "load: exit status 1: expected the message of request 0 back"
    with (
        Fixtures() as fixtures,
        pytest.raises(FixtureError, match=message),
        fixtures.serve([USE]) as served,
        listen(flip, echo, port=int(served.given["port"])),
    ):
        pass


def break_off(fixtures: Fixtures) -> int:
    """Have a run that never comes to its end; returns the pid of its generator."""
    pid = 0
    with suppress(InterruptedError), fixtures.serve([USE]):
        pid = find_generator(fixtures)
        raise InterruptedError
    return pid


def test_a_run_that_breaks_off_leaves_no_generator() -> None:
    with Fixtures() as fixtures:
        first = break_off(fixtures)
        second = break_off(fixtures)
        assert first != second
        assert not is_alive(first)
    assert not is_alive(second)


def test_a_generator_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PROGRAM", "build/nowhere")
    message = "load: load generator missing: No such file or directory: run 'make build'"
    with Fixtures() as fixtures, pytest.raises(FixtureError, match=message), fixtures.serve([USE]):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="it needs prctl(2)")
@pytest.mark.parametrize("stopped", [False, True])
def test_kill_9_of_the_harness_ends_its_generator(stopped: bool) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", DRIVER]
    with subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as driver:
        assert driver.stdout is not None
        pid = int(driver.stdout.readline())
        wait_until(lambda: b"load" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:2])
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        driver.kill()
    wait_until(lambda: not is_alive(pid))


def make(sent_per_s: float, late_ms: float, count: int = 1_000) -> Outcome:
    return Outcome(count, 0, sent_per_s, [1e6] * count, [late_ms * 1e6] * count)


@pytest.mark.parametrize(
    ("seen", "held"),
    [
        (make(1_000, 0.1), True),
        (make(999, 49), True),
        (make(900, 0.1), False),
        (make(1_000, 51), False),
        (make(800, 10, 40), True),  # its last request, due after 39 ms, was 10 ms late
    ],
)
def test_a_rate_that_was_not_held_is_an_error(seen: Outcome, held: bool) -> None:
    if held:
        seen.check(1_000)
        return
    with pytest.raises(
        HarnessError, match=r"^expected 1000 requests per second, 99 % of them at most 50 ms late, got"
    ):
        seen.check(1_000)


def test_its_figures_are_those_that_it_says_it_has() -> None:
    assert set(load.FIGURES) == {field.name for field in msgspec.structs.fields(Outcome)}

"""What each client does when a page does not come: it says so, exits 1, and prints no result."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from harness.errors import HarnessError
from harness.fixtures.server import PROGRAM, Fixture
from harness.paths import ROOT
from harness.plan.check import declare
from harness.run.contract import Report, compute_statistic
from tests.runners import TYPICAL, Program

BASELINES = {name: language.baseline for name, language in declare().languages.items()}
CLIENTS = [(program, model) for program, workload, model in TYPICAL if workload == "fetch"]
IDS = [f"{program.name}-{model}" for program, model in CLIENTS]


@pytest.fixture(scope="module")
def server() -> Iterator[Fixture]:
    """One load server for all tests of this file."""
    with Fixture() as running:
        yield running


def fetch(
    program: Program,
    model: str,
    url: str,
    *,
    workers: int = 3,
    requests: int = 12,
    delay_ms: int = 20,
    timeout_ms: int = 60_000,
) -> subprocess.CompletedProcess[str]:
    """Get pages; the baseline has one worker."""
    return program.run(
        *("fetch", model, "--workers", str(count_workers(program, model, workers)), "--url", url),
        *("--requests", str(requests), "--delay-ms", str(delay_ms), "--timeout-ms", str(timeout_ms)),
    )


def count_workers(program: Program, model: str, workers: int) -> int:
    return 1 if model == BASELINES[program.language] else workers


@pytest.mark.parametrize("kind", ["error", "reset", "truncate", "hang"])
@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_a_fault_is_reported_and_never_a_result(
    program: Program, model: str, kind: str, server: Fixture
) -> None:
    timeout_ms = 400 if kind == "hang" else 60_000
    finished = fetch(program, model, f"{server.value}/fault/{kind}/7", timeout_ms=timeout_ms)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.strip()
    if kind == "error":
        assert "500" in finished.stderr


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_the_same_pages_without_the_fault_are_a_result(program: Program, model: str, server: Fixture) -> None:
    finished = fetch(program, model, f"{server.value}/fault/error/13")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert '"result":78,' in finished.stdout


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_no_server_is_reported(program: Program, model: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        finished = fetch(program, model, f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.strip()


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_in_flight_is_what_was_asked_for(program: Program, model: str, server: Fixture) -> None:
    server.before()
    workers = count_workers(program, model, 4)
    requests = 15 * workers  # enough that the last process is there before the others have done its share
    finished = fetch(program, model, server.value, workers=workers, requests=requests, delay_ms=60)
    assert finished.returncode == 0, finished.stderr
    seen = server.after()
    assert seen["in_flight_peak"] == workers
    assert seen["connections_peak"] <= workers + 1  # and the one of this test
    assert seen["requests"] == requests
    report = msgspec.json.decode(finished.stdout, type=Report)
    assert list(report.metrics) == ["latency_ns"]
    latencies = report.metrics["latency_ns"]
    assert isinstance(latencies, list)
    assert len(latencies) == requests
    assert min(latencies) >= 60e6
    assert compute_statistic("p99", latencies) <= report.elapsed_ns
    assert sum(latencies) / report.elapsed_ns <= workers  # Little's law


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_without_a_delay_no_more_is_in_flight_than_was_asked_for(
    program: Program, model: str, server: Fixture
) -> None:
    server.before()
    workers = count_workers(program, model, 4)
    finished = fetch(program, model, server.value, workers=workers, requests=200, delay_ms=0)
    assert finished.returncode == 0, finished.stderr
    assert 1 <= server.after()["in_flight_peak"] <= workers


KILLED_PARENT = """
import os, signal, subprocess, sys
server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_server_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", KILLED_PARENT, str(ROOT / PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdin
        assert parent.stdout
        assert parent.stdout.readline().startswith("http://127.0.0.1:")
        parent.stdin.write("now\n")
        parent.stdin.close()
        assert parent.stdout.read() == ""  # ends only when the last process that holds it has ended
    assert parent.returncode == -9


def test_a_missing_server_is_a_clear_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("harness.fixtures.server.ROOT", tmp_path)
    with pytest.raises(HarnessError, match=r"load server missing: .*: run 'make build'"), Fixture():
        pass


def test_a_taken_port_is_a_clear_message(server: Fixture) -> None:
    address = server.value.removeprefix("http://")
    finished = subprocess.run(
        [str(ROOT / PROGRAM), "--address", address],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "is taken" in finished.stderr
    assert "leave --address out" in finished.stderr

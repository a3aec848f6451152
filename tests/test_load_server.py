"""The load server as a fixture: whatever becomes of it, nobody waits for it for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.errors import HarnessError
from harness.fixtures import server
from harness.paths import ROOT

PATIENCE_S = 60.0

# A harness that has a server, and says its pid.
DRIVER = """
import sys
from harness.fixtures import server
with server.Fixture() as fixture:
    print(fixture._process.pid, flush=True)
    sys.stdin.read()
"""

built = pytest.mark.skipif(
    not (ROOT / server.PROGRAM).exists(), reason=f"{server.PROGRAM} is not built: run 'make build'"
)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@built
def test_a_server_that_is_stopped_is_an_error_and_is_killed_on_leaving(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "PATIENCE_S", 0.2)
    monkeypatch.setattr(server, "LEAVE_S", 0.2)
    with server.Fixture() as fixture:
        pid = fixture._process.pid
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(HarnessError, match=r"expected the load server to answer /stats.*timed out"):
            fixture.before()
    assert not is_alive(pid)


def test_a_server_that_says_nothing_is_an_error_and_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "silent"
    silent.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    silent.chmod(0o755)
    monkeypatch.setattr(server, "PROGRAM", str(silent))
    monkeypatch.setattr(server, "PATIENCE_S", 1.0)
    monkeypatch.setattr(server, "LEAVE_S", 0.2)
    with pytest.raises(HarnessError, match="expected the load server to print its address, it is stuck"):
        server.Fixture().__enter__()
    assert not is_alive(int((tmp_path / "pid").read_text()))


@built
@pytest.mark.skipif(sys.platform != "linux", reason="it needs prctl(2)")
@pytest.mark.parametrize("stopped", [False, True])
def test_kill_9_of_the_harness_ends_its_server(stopped: bool) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", DRIVER]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as driver:
        assert driver.stdout is not None
        pid = int(driver.stdout.readline())
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        driver.kill()
    wait_until(lambda: not is_alive(pid))

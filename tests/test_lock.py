"""lock: one harness at a time on one machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.machine import lock
from harness.machine.lock import HeldError, hold_file, hold_machine
from harness.paths import ROOT

HOLDER = """
import sys
from harness.machine.lock import hold_machine
with hold_machine():
    print("held", flush=True)
    sys.stdin.read()
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")


@pytest.fixture
def name(tmp_path: Path) -> str:
    """A name that no other test has."""
    return f"test-{os.getpid()}-{tmp_path.name}"


def test_the_second_is_told_who_holds_the_machine_and_what_to_do(name: str) -> None:
    with hold_machine(name=name), pytest.raises(HarnessError) as raised, hold_machine(name=name):
        pytest.fail("two harnesses hold one machine")
    assert "another harness is measuring on this machine" in str(raised.value)
    assert "wait for it to end, or say --anyway" in str(raised.value)


def test_anyway_goes_on_and_leaves_the_lock_with_the_first(name: str) -> None:
    with hold_machine(name=name):
        with hold_machine(anyway=True, name=name):
            pass
        with pytest.raises(HarnessError, match="another harness"), hold_machine(name=name):
            pytest.fail("two harnesses hold one machine")


def test_the_machine_is_free_again_afterwards(name: str) -> None:
    for _ in range(2):
        with hold_machine(name=name):
            pass


@linux
def test_no_harness_has_another_machine_by_its_tmpdir_and_a_killed_one_holds_none(
    name: str, tmp_path: Path
) -> None:
    environment = os.environ | {"SIDE_BY_SIDE_LOCK": name, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            holder.send_signal(signal.SIGSTOP)  # it need not answer
            for asked in range(2 * lock.WAITING):
                who = rf" \(process {holder.pid}\)" if asked < lock.WAITING else ""
                with pytest.raises(HarnessError, match=rf"machine{who}"), hold_machine(name=name):
                    pytest.fail("two harnesses hold one machine")
        finally:
            holder.kill()
    with hold_machine(name=name):
        pass
    assert not list(tmp_path.iterdir())


@linux
def test_a_holder_that_does_not_say_who_it_is_holds_all_the_same(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(f"\0{name}.lock")
        message = "another harness is measuring on this machine: two would"
        with pytest.raises(HarnessError, match=message), hold_machine(name=name):
            pytest.fail("two harnesses hold one machine")


def test_a_name_that_is_none_is_said() -> None:
    with pytest.raises(HarnessError, match="expected a lock"), hold_machine(name="x" * 300):
        pytest.fail("it holds nothing")


def test_a_file_is_held_by_one_and_free_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with hold_file("it", tmp_path), pytest.raises(HeldError), hold_file("it", tmp_path):
            pytest.fail("two hold one file")


def test_what_is_in_a_lock_file_does_not_matter_and_stays(tmp_path: Path) -> None:
    (tmp_path / "it.lock").write_bytes(b"\xff garbage")
    with hold_file("it", tmp_path):
        pass
    assert (tmp_path / "it.lock").read_bytes() == b"\xff garbage"


@pytest.mark.parametrize("target", ["victim", "it.lock", "nowhere"])
def test_a_link_in_the_place_of_a_lock_file_is_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "it.lock").symlink_to(tmp_path / target)
    with (
        pytest.raises(HarnessError, match=r"expected a lock file at .*: remove it"),
        hold_file("it", tmp_path),
    ):
        pytest.fail("it holds a link")
    assert (tmp_path / "victim").read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "fifo"])
def test_a_folder_or_a_pipe_in_its_place_does_not_stop_us(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "it.lock")
    with hold_file("it", tmp_path), pytest.raises(HeldError), hold_file("it", tmp_path):
        pytest.fail("two hold one file")

"""lock: one harness at a time on one machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.lock import hold_machine


def test_the_second_is_told_who_holds_the_machine_and_what_to_do(tmp_path: Path) -> None:
    with hold_machine(folder=tmp_path), pytest.raises(HarnessError) as raised, hold_machine(folder=tmp_path):
        pytest.fail("two harnesses hold one machine")
    assert f"another harness is measuring on this machine (process {os.getpid()})" in str(raised.value)
    assert "wait for it to end, or say --anyway" in str(raised.value)


def test_anyway_goes_on_and_leaves_the_lock_with_the_first(tmp_path: Path) -> None:
    with hold_machine(folder=tmp_path):
        with hold_machine(anyway=True, folder=tmp_path):
            pass
        with pytest.raises(HarnessError, match=str(os.getpid())), hold_machine(folder=tmp_path):
            pytest.fail("two harnesses hold one machine")


def test_the_machine_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with hold_machine(folder=tmp_path):
            pass


def test_a_lock_of_a_harness_that_was_killed_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "side-by-side.lock").write_text("123456 this text is longer than a process id")
    with hold_machine(folder=tmp_path):
        assert (tmp_path / "side-by-side.lock").read_text() == str(os.getpid())

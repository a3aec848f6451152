"""The harness's own trouble: no record is written, the remedy is said, and the run is made when resumed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from msgspec.structs import replace

from tests.tree import Ended, Tree, hold_gate

RUN = ("measure", "--quick", "--seed", "7", "--language", "fake", "--workload", "late")
STEADY = (*RUN, "--model", "steady")
RUNS = 5 * 3

# A hyperfine with which something happens at the fourth run.
BROKEN = """#!/bin/sh
[ "$1" = --version ] && exec hyperfine --version
echo >> count
[ $(wc -l < count) -ne 4 ] && exec hyperfine "$@"
{trouble}
"""
TROUBLES = {
    "killed": ("kill -KILL $$", "hyperfine was ended by SIGKILL: find out by whom, then resume"),
    "hung up": ("kill -HUP $$", "hyperfine was ended by SIGHUP: find out by whom, then resume"),
    "failing": ("echo no luck >&2; exit 3", "hyperfine could not time a run: no luck: mend it, then resume"),
    "no figures": ("exit 0", "expected figures from hyperfine, got none: "),
    "other figures": (
        'while [ "$1" != --export-json ]; do shift; done; echo "{\\"results\\": []}" > "$2"',
        "expected figures from hyperfine, got none: ",
    ),
    "no room": ("ulimit -f 0; exec hyperfine \"$@\"", "hyperfine "),
}  # fmt: skip


def assert_one_message(ended: Ended, message: str) -> None:
    assert ended.code == 1
    assert ended.stderr.startswith("harness: ")
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def assert_whole_when_resumed(tree: Tree) -> None:
    before = tree.read_records()
    ended = tree.run("measure", "--resume", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    after = tree.read_records()
    assert after[: len(before)] == before
    assert [each.status for each in after] == ["ok"] * RUNS


@pytest.mark.parametrize("name", TROUBLES)
def test_a_broken_hyperfine_is_blamed_on_no_program(tree: Tree, name: str) -> None:
    trouble, message = TROUBLES[name]
    program = tree.write_program("hyperbad", BROKEN.format(trouble=trouble))
    ended = tree.run(*STEADY, environment={"HYPERFINE": program})
    assert_one_message(ended, message)
    assert [each.status for each in tree.read_records()] == ["ok"] * 3
    assert not tree.leftovers()
    assert_whole_when_resumed(tree)


def test_hyperfine_may_be_called_by_more_than_a_word(tree: Tree) -> None:
    assert tree.run(*STEADY, environment={"HYPERFINE": "nice -n 1 hyperfine"}).code == 0
    assert len(tree.read_records()) == RUNS
    environment = tree.read_plan().sessions[0].environment
    assert str(environment["tools"]).count("hyperfine 1.") == 1


def test_without_hyperfine_the_remedy_is_said(tree: Tree) -> None:
    ended = tree.run(*STEADY, environment={"HYPERFINE": "hyperfoe"})
    assert_one_message(ended, "hyperfoe: No such file or directory: run 'make doctor'")
    assert tree.read_records() == []
    assert_whole_when_resumed(tree)


def test_a_full_disk_is_said_and_the_run_can_be_resumed(tree: Tree) -> None:
    """No file may become larger than the journal is after a few runs."""
    assert tree.run(*STEADY).code == 0
    study = tree.study()
    lines = study.journal.path.read_bytes().splitlines(keepends=True)
    study.journal.path.write_bytes(b"".join(lines[:13]))
    study.change_session(replace(study.plan.sessions[0], ended_at=""))
    before = tree.read_records()
    room = study.journal.path.stat().st_size + 100  # not enough for another record
    assert room > (study.path / "plan.json").stat().st_size
    ended = tree.run("measure", "--resume", str(tree.run_folder), largest_file=room)
    assert_one_message(
        ended, "/late/records.jsonl: File too large: make room, then go on with '--resume results/"
    )
    assert study.journal.path.stat().st_size == room  # the last line is torn
    assert study.journal.read() == before
    assert_whole_when_resumed(tree)
    assert tree.read_records()[:13] == before


# A TMPDIR that is full.


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with next to no room."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


ROOM = "expected room in TMPDIR, got: No space left on device: free some"


def fill(folder: Path) -> None:
    """Leave no room."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def test_a_tmpdir_that_becomes_full_is_blamed_on_no_program(tree: Tree, small: Path) -> None:
    with hold_gate(tree) as gate:
        harness = tree.start(*RUN, "--model", "waiting", environment={"TMPDIR": str(small)})
        gate.await_run(harness)
        gate.open()
        gate.await_run(harness)
        fill(small)
        gate.open()
        ended = harness.wait()
    assert_one_message(ended, ROOM)
    assert {each.status for each in tree.read_records()} == {"ok"}
    (small / "filler").unlink()
    assert_whole_when_resumed(tree)


def test_a_tmpdir_that_is_full_in_the_memory_pass_is_blamed_on_no_program(tree: Tree, small: Path) -> None:
    tree.edit("harness/studies/late.toml", "order = 2\n", "order = 2\ntimed = false\nmemory_rounds = 1\n")
    with hold_gate(tree) as gate:
        harness = tree.start(*RUN, "--model", "waiting", environment={"TMPDIR": str(small)})
        gate.await_run(harness)
        fill(small)
        gate.open()
        ended = harness.wait()
    assert {each.status for each in tree.read_records()} <= {"ok"}
    assert_one_message(ended, ROOM)


def test_another_place_is_found_for_a_tmpdir_that_is_full_from_the_start(tree: Tree, small: Path) -> None:
    fill(small)
    assert tree.run(*STEADY, environment={"TMPDIR": str(small)}).code == 0


def test_a_tmpdir_that_becomes_full_while_it_verifies_leaves_no_folder(tree: Tree, small: Path) -> None:
    words = ("measure", "--quick", "--language", "fake", "--workload", "early", "--model", "waiting")
    with hold_gate(tree) as gate:
        harness = tree.start(*words, environment={"TMPDIR": str(small)})
        gate.await_run(harness)
        fill(small)
        gate.open()
        ended = harness.wait()
    assert_one_message(ended, ROOM)
    assert not list(tree.results.glob("*"))


# A failure in the memory pass.


def fail_in_memory_pass(tree: Tree) -> Ended:
    """Measure a program that fails where it is not hyperfine that runs it, but for its vectors."""
    tree.edit("harness/studies/late.toml", "order = 2\n", "order = 2\nmemory_rounds = 1\n")
    head = "def run(workload: str, model: str, options: list[str]) -> None:\n"
    fault = """
    parent = Path(f"/proc/{os.getppid()}/comm").read_text()
    if model == "steady" and int(options[3]) > 4 and "hyperfine" not in parent:
        sys.exit("no memory")
"""
    tree.edit("fake/runner.py", head, head + fault)
    return tree.run("all", *STEADY[1:])


def test_a_failure_in_the_memory_pass_does_not_undo_good_times(tree: Tree) -> None:
    fail_in_memory_pass(tree)
    records = [each for each in tree.read_records() if "steady" in each.case]
    assert [each.status for each in records if each.phase == "time"] == ["ok"] * 5
    assert [each.status for each in records if each.phase == "memory"] == ["failed"]
    summary = pd.read_csv(tree.study().path / "summary.csv").set_index("model")
    assert summary["status"].to_dict() == {"sequential": "ok", "steady": "ok"}
    assert "Fake steady" in (tree.study().path / "charts" / "main-light.svg").read_text()


def test_a_failure_in_the_memory_pass_is_told(tree: Tree) -> None:
    ended = fail_in_memory_pass(tree)
    assert "no memory" in ended.stderr + (tree.run_folder / "report.md").read_text()

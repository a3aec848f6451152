"""hyperfine: the command line that is built, the export that is read, and what is not blamed on a program."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.run.hyperfine import Hyperfine
from harness.run.processes import Supervisor

RESULT = {"command": "x", "times": [0.25], "user": 0.125, "system": 0.0625, "exit_codes": [3]}
LONG_S = 60.0


@pytest.fixture
def supervisor(scratch: Path) -> Iterator[Supervisor]:
    with Supervisor(scratch) as supervisor:
        yield supervisor


@pytest.fixture
def hyperfine(supervisor: Supervisor, scratch: Path) -> Hyperfine:
    return Hyperfine(supervisor, cwd=scratch)


def pretend(supervisor: Supervisor, folder: Path, script: str) -> Hyperfine:
    """A hyperfine that is a shell script."""
    return Hyperfine(supervisor, ("sh", "-c", script), folder)


def export(supervisor: Supervisor, folder: Path, content: object) -> Hyperfine:
    """A hyperfine that exports this."""
    (folder / "made.json").write_text(json.dumps(content))
    target = shlex.quote(str(Hyperfine(supervisor).export))
    return pretend(supervisor, folder, f"cp made.json {target}")


def test_one_run_without_a_shell_whose_failure_is_ours_to_judge(hyperfine: Hyperfine) -> None:
    words = hyperfine._replace(program=("nice", "hyperfine-1.15")).build(["./runner", "a b", "--limit", "3"])
    assert words == [
        *("nice", "hyperfine-1.15"),
        *("--shell=none", "--runs", "1", "--ignore-failure", "--style", "none", "--output", "inherit"),
        *("--export-json", str(hyperfine.export), "./runner 'a b' --limit 3"),
    ]


@pytest.mark.parametrize("word", ["a b", "it's", '"', "$HOME", "", "*", "{x}", "-n"])
def test_every_word_reaches_the_command_as_it_is(hyperfine: Hyperfine, word: str) -> None:
    command = ["/bin/sh", "-c", 'printf "%s" "$0"', word]
    ran = hyperfine.run(command, LONG_S)
    assert ran.exit_code == 0, hyperfine.supervisor.read_stderr()
    assert hyperfine.supervisor.read_stdout() == word


def test_a_run_has_times_switches_and_the_program_s_own_exit_status(hyperfine: Hyperfine) -> None:
    ran = hyperfine.run(["/bin/sh", "-c", "echo out; echo err >&2; exit 7"], LONG_S)
    assert (ran.exit_code, hyperfine.supervisor.read_stdout()) == (7, "out\n")
    assert "err" in hyperfine.supervisor.read_stderr()
    assert set(ran.figures) == {
        *("wall_ns", "user_ns", "system_ns", "voluntary_switches", "involuntary_switches")
    }
    assert int(ran.figures["wall_ns"] or 0) > 0


def test_times_are_read_in_nanoseconds(supervisor: Supervisor, scratch: Path) -> None:
    ran = export(supervisor, scratch, {"results": [RESULT]}).run(["/bin/true"], LONG_S)
    assert ran.exit_code == 3
    assert [ran.figures[f"{name}_ns"] for name in ("wall", "user", "system")] == [
        *(250_000_000, 125_000_000, 62_500_000)
    ]


def test_an_exit_code_that_hyperfine_does_not_know_is_not_0(supervisor: Supervisor, scratch: Path) -> None:
    found = export(supervisor, scratch, {"results": [RESULT | {"exit_codes": [None]}]})
    assert found.run(["/bin/true"], LONG_S).exit_code != 0


def test_there_are_no_times_where_it_had_to_be_killed(hyperfine: Hyperfine) -> None:
    ran = hyperfine.run(["/bin/sleep", "600"], 0.2)
    assert ran.finished.timed_out
    assert "wall_ns" not in ran.figures


def test_a_program_that_is_not_there_is_the_program_s_trouble(hyperfine: Hyperfine) -> None:
    ran = hyperfine.run(["./nowhere"], LONG_S)
    assert ran.finished.error == "./nowhere: not there, or not a program"
    assert ran.figures == {}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("kill -KILL $$", r"hyperfine was ended by SIGKILL: find out by whom, then resume"),
        ("kill -HUP $$", r"hyperfine was ended by SIGHUP: find out by whom, then resume"),
        ("echo no room >&2; exit 1", r"hyperfine could not time a run: no room: mend it, then resume"),
        ("exit 2", r"hyperfine could not time a run: it does not say why: mend it, then resume"),
        ("exit 0", r"expected figures from hyperfine, got none: .*No such file.*: is the disk full\?"),
    ],
)
def test_its_own_trouble_is_said_and_not_the_program_s(
    supervisor: Supervisor, scratch: Path, script: str, message: str
) -> None:
    with pytest.raises(HarnessError, match=message):
        pretend(supervisor, scratch, script).run(["/bin/true"], LONG_S)


def test_one_that_is_not_there_is_said_with_the_remedy(hyperfine: Hyperfine) -> None:
    with pytest.raises(HarnessError, match="hyperfoe: No such file or directory: run 'make doctor'"):
        hyperfine._replace(program=("hyperfoe",)).run(["/bin/true"], LONG_S)


def test_the_figures_of_the_run_before_are_not_read(supervisor: Supervisor, scratch: Path) -> None:
    export(supervisor, scratch, {"results": [RESULT]}).run(["/bin/true"], LONG_S)
    with pytest.raises(HarnessError, match="expected figures from hyperfine, got none"):
        pretend(supervisor, scratch, "exit 0").run(["/bin/true"], LONG_S)


@pytest.mark.parametrize(
    "content",
    [
        *({}, [], "", {"results": []}, {"results": [{"times": []}]}, {"results": [RESULT | {"times": []}]}),
        {"results": [RESULT | {"exit_codes": []}]},
    ],
)
def test_an_export_without_figures_is_refused(supervisor: Supervisor, scratch: Path, content: object) -> None:
    with pytest.raises(HarnessError, match="expected figures from hyperfine, got none"):
        export(supervisor, scratch, content).run(["/bin/true"], LONG_S)


def test_a_schema_that_is_not_known_is_refused_with_the_remedy(supervisor: Supervisor, scratch: Path) -> None:
    found = export(supervisor, scratch, {"schema_version": 2, "runs": []})
    with pytest.raises(
        HarnessError, match=r"expected hyperfine 1\.15 .*, got .* schema 2: run 'make doctor'"
    ):
        found.run(["/bin/true"], LONG_S)

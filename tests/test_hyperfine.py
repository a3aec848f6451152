"""hyperfine: the command line that is built, and the export that is read."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.hyperfine import Hyperfine, Timing

RESULT = {"command": "x", "times": [0.25], "user": 0.125, "system": 0.0625, "exit_codes": [3]}


def export(folder: Path, content: object) -> Hyperfine:
    path = folder / "export.json"
    path.write_text(json.dumps(content))
    return Hyperfine(["x"], path)


def test_one_run_without_a_shell_whose_failure_is_ours_to_judge() -> None:
    words = Hyperfine(["./runner", "a b", "--limit", "3"], Path("export.json"), "hyperfine-1.15").build()
    assert words == [
        "hyperfine-1.15",
        *("--shell=none", "--runs", "1", "--ignore-failure", "--style", "none", "--output", "inherit"),
        *("--export-json", "export.json", "./runner 'a b' --limit 3"),
    ]


@pytest.mark.parametrize("word", ["a b", "it's", '"', "$HOME", "", "*"])
def test_every_word_reaches_the_command_as_it_is(word: str) -> None:
    command = ["runner", word]
    assert shlex.split(Hyperfine(command, Path("x")).build()[-1]) == command


def test_times_are_read_in_nanoseconds(tmp_path: Path) -> None:
    read = export(tmp_path, {"results": [RESULT]}).read()
    assert read == Timing(wall_ns=250_000_000, user_ns=125_000_000, system_ns=62_500_000, exit_code=3)


def test_an_exit_code_that_hyperfine_does_not_know_is_not_0(tmp_path: Path) -> None:
    assert export(tmp_path, {"results": [RESULT | {"exit_codes": [None]}]}).read().exit_code != 0


def test_a_schema_that_is_not_known_is_refused_with_the_remedy(tmp_path: Path) -> None:
    hyperfine = export(tmp_path, {"schema_version": 2, "runs": []})
    with pytest.raises(
        HarnessError, match=r"expected hyperfine 1\.15 .*, got .* schema 2: run 'make doctor'"
    ):
        hyperfine.read()


@pytest.mark.parametrize("content", [{}, [], {"results": []}, {"results": [{"times": []}]}])
def test_an_export_without_figures_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(HarnessError, match="expected figures from hyperfine, got none"):
        export(tmp_path, content).read()


def test_a_missing_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"expected figures from hyperfine, got none: .*No such file"):
        Hyperfine(["x"], tmp_path / "nowhere.json").read()

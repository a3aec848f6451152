"""declare: every mistake of the TOML is reported with its file, its key, what was expected and got."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.declare import Workers, declare, resolve_workers
from harness.errors import HarnessError
from tests.tree import FAKE

LATE = "workloads/late.toml"
STUDY = "studies/late.toml"

MISTAKES = {
    "broken TOML": (STUDY, "question =", "question", "late.toml: expected TOML: Expected '='"),
    "unknown key": (
        LATE,
        'unit = "a number"',
        'unit = "a"\ncolor = "red"',
        ": color: expected no such key, got 'red'",
    ),
    "unknown key in a table": (
        LATE,
        "default = 1\n",
        "standard = 1\n",
        ": arguments.pace.standard: expected no such key",
    ),
    "missing key": (LATE, 'unit = "a number"\n', "", ": unit: expected this key, got nothing"),
    "wrong type": (
        LATE,
        "result = 20",
        'result = "20"',
        ": sizes.default.result: expected a valid integer, got '20'",
    ),
    "whole number with a point": (
        LATE,
        "units = 20",
        "units = 20.0",
        ": sizes.default.units: expected a valid integer",
    ),
    "unknown kind": (LATE, '"cpu"', '"gpu"', ": kind: expected 'cpu', 'io'"),
    "skip of an unknown language": (
        LATE,
        '"fake"',
        '"fortran"',
        ": skips.0.language: expected one of fake, gone, got 'fortran'",
    ),
    "skip of an unknown model": (
        LATE,
        '"needless"',
        '"fibres"',
        ": skips.0.model: expected one of babbling, ",
    ),
    "size above its bounds": (
        LATE,
        "limit = 20 ",
        "limit = 2000 ",
        ": sizes.default.arguments.limit: expected 1 … 1000, got 2000",
    ),
    "vector below its bounds": (
        LATE,
        "limit = 3 ",
        "limit = 0 ",
        ": vectors.0.arguments.limit: expected 1 … 1000, got 0",
    ),
    "unknown argument": (
        LATE,
        "limit = 4 ",
        "limits = 4 ",
        ": vectors.1.arguments: expected one of limit, pace, got 'limits'",
    ),
    "incomplete arguments": (
        LATE,
        "{ limit = 10 }",
        "{}",
        ": sizes.quick.arguments: expected a value for 'limit', which changes the result",
    ),
    "result that JSON cannot carry": (
        LATE,
        "result = 20",
        f"result = {2**53}",
        f": sizes.default.result: expected below 2^53, got {2**53}",
    ),
    "workers in words": (
        LATE,
        "workers = 3",
        'workers = "many"',
        ": vectors.1.workers: expected a number, 'cores' or '1.5*cores', got 'many'",
    ),
    "no workers": (LATE, "workers = 3", "workers = 0", ": vectors.1.workers: expected at least 1, got 0"),
    "fixture for an unknown argument": (
        LATE,
        "# Faults",
        'fixtures = { url = "server" } #',
        ": fixtures: expected one of limit, pace, got 'url'",
    ),
    "study of an unknown workload": (
        STUDY,
        'workload = "late"',
        'workload = "soon"',
        ": sweeps.0.workload: expected one of *, early, late, got 'soon'",
    ),
    "unknown size": (
        STUDY,
        '"quick"',
        '"tiny"',
        ": quick.0.size: expected one of default, quick, got 'tiny'",
    ),
    "sweep of what changes the result": (
        STUDY,
        "pace = [1, 2]",
        "limit = [1, 2]",
        ": sweeps.0.arguments.limit: expected an argument that does not change the result",
    ),
    "sweep out of bounds": (
        STUDY,
        "pace = [1, 2]",
        "pace = [1, 20]",
        ": sweeps.0.arguments.pace: expected 1 … 9, got 20",
    ),
    "sweep of an unknown argument": (
        STUDY,
        "pace = [1, 2]",
        "speed = [1]",
        ": sweeps.0.arguments: expected one of limit, pace, got 'speed'",
    ),
    "sweep of workers in words": (
        STUDY,
        '"1.5*cores"',
        '"1.5cores"',
        ": sweeps.0.workers: expected a number, 'cores' or '1.5*cores'",
    ),
    "language without a runner": (
        "languages.toml",
        'runners = [["gone/runner"]]\n',
        "",
        ": gone.runners: expected this key, got nothing",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Declarations without a mistake."""
    return Path(shutil.copytree(FAKE / "harness", tmp_path / "harness"))


@pytest.mark.parametrize(("name", "before", "after", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_file_key_expected_and_got(
    folder: Path, name: str, before: str, after: str, message: str
) -> None:
    path = folder / name
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(HarnessError) as raised:
        declare(folder)
    assert str(raised.value).startswith(str(path))
    assert message in str(raised.value)


def test_all_mistakes_of_a_file_are_reported_at_once(folder: Path) -> None:
    path = folder / LATE
    path.write_text(path.read_text().replace("unit =", "units ="))
    with pytest.raises(HarnessError) as raised:
        declare(folder)
    assert len(str(raised.value).splitlines()) == 2


def test_declarations_without_a_mistake_load(folder: Path) -> None:
    declarations = declare(folder)
    assert list(declarations.languages) == ["fake", "gone"]
    assert list(declarations.workloads) == list(declarations.studies) == ["early", "late"]


def test_the_declarations_of_this_repository_load() -> None:
    declarations = declare()
    assert {"primes", "fetch"} <= set(declarations.workloads)
    assert {"overview", "speedup", "fanout"} <= set(declarations.studies)


@pytest.mark.parametrize(
    ("workers", "cores", "expected"),
    [(7, 2, 7), ("cores", 4, 4), ("1.5*cores", 4, 6), ("1.5*cores", 3, 4), ("0.5*cores", 1, 1)],
)
def test_workers_follow_the_cores(workers: Workers, cores: int, expected: int) -> None:
    assert resolve_workers(workers, cores) == expected

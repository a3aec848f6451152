"""query: the expected results are counted without a database, and a bad one is said alike in every language."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.fixtures.database import Fixture
from harness.plan.check import declare
from tests.runners import IDS, IMPLEMENTATIONS, PROGRAMS, Program

DECLARED = declare().workloads["query"]
ARGUMENTS = {"queries": 50, "rows": 10, "sum_rows": 3, "batch": 7}
MODELS = [
    pytest.param(program, model, id=name)
    for (program, workload, model), name in zip(IMPLEMENTATIONS, IDS, strict=True)
    if workload == "query" and "san" not in program.name and "race" not in program.name
]
"""Every model in every build that is timed; test_implementations has the others."""
PLAIN = [next(each for each in PROGRAMS if each.language == language) for language in ("python", "go", "cpp")]
MODEL = {"python": "threads", "go": "goroutines", "cpp": "threads"}
FOREIGN = "expected a database with a table item(id, value), got '{}': name one with --database"
NO_NUMBER = "expected a number in each row of table item, got none: prepare as many rows as --rows says"
LOCKED = "database is locked: close the program that writes to it, then run again"


def draw(seed: int) -> int:
    """The first number of SplitMix64, written another way: modulo 2^64 step by step."""
    z = (seed + 0x9E3779B97F4A7C15) % 2**64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        z = (z ^ z // 2**shift) * factor % 2**64
    return z


def count(queries: int, rows: int, sum_rows: int) -> int:
    """What all queries give, from a list instead of a database, and from sums of all that stands before."""
    before = [0]
    for number in range(1, rows + 1):
        before.append(before[-1] + draw(number) % 1_000)
    found = 0
    for query in range(queries):
        length = min(sum_rows, rows) if query % 10 == 9 else 1
        begin = draw(query) % (rows - length + 1)
        found += before[begin + length] - before[begin]
    return found


def test_the_generator_is_splitmix64() -> None:
    assert draw(0) == 0xE220A8397B1DCDAF  # the first number that is published for it


@pytest.mark.parametrize(
    "name",
    [*(f"vectors.{i}" for i in range(len(DECLARED.vectors))), *(f"sizes.{size}" for size in DECLARED.sizes)],
)
def test_results_are_those_of_a_list(name: str) -> None:
    kind, which = name.split(".")
    vector = DECLARED.vectors[int(which)] if kind == "vectors" else DECLARED.sizes[which]
    chosen = DECLARED.choose_arguments("go", vector.arguments)
    assert vector.result == count(*(int(chosen[each]) for each in ("queries", "rows", "sum_rows")))


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with Fixture(rows=1_000) as fixture:
        yield fixture.value


def ask(
    program: Program, model: str, database: str, workers: int = 3, **arguments: int
) -> tuple[int, str, str]:
    words = [word for name, value in (ARGUMENTS | arguments).items() for word in (f"--{name}", str(value))]
    words = [word.replace("_", "-") for word in words]
    workers = 1 if model == "sequential" else workers
    finished = program.run("query", model, "--database", database, "--workers", str(workers), *words)
    return finished.returncode, finished.stdout, finished.stderr


@pytest.mark.parametrize(("program", "model"), [each for each in MODELS if each.values[0] in PLAIN])
def test_twice_the_queries_are_twice_the_units_in_every_model(
    program: Program, model: str, database: str
) -> None:
    for queries in (211, 422):
        code, stdout, stderr = ask(program, model, database, queries=queries, rows=1_000, sum_rows=40)
        assert (code, stderr) == (0, "")
        line = json.loads(stdout)
        assert (line["units"], line["result"]) == (queries, count(queries, 1_000, 40))


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
def test_what_is_answered_comes_from_the_database(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "it's 100%?#&=.db"  # all that a name of a file could be taken for
    make(path, "id INTEGER PRIMARY KEY, value INTEGER", [(number, 5) for number in range(1, 11)])
    code, stdout, stderr = ask(program, MODEL[program.language], str(path))
    assert (code, stderr) == (0, "")
    assert json.loads(stdout)["result"] == 45 * 5 + 5 * 3 * 5  # look-ups, then sums of three rows


class Bad(NamedTuple):
    """A database that cannot be asked, and what is said of it."""

    columns: str
    rows: list[tuple[int, int | str]]
    said: str


BAD = {
    "no table": Bad("", [], FOREIGN.format("no such table: item")),
    "no column": Bad(
        "id INTEGER PRIMARY KEY, name TEXT", [(1, "a")], FOREIGN.format("no such column: value")
    ),
    "too few rows": Bad("id INTEGER PRIMARY KEY, value INTEGER", [(1, 5)], NO_NUMBER),
    "words": Bad("id INTEGER PRIMARY KEY, value", [(number, "many") for number in range(1, 11)], NO_NUMBER),
}


def make(path: Path, columns: str, rows: list[tuple[int, int | str]] | list[tuple[int, int]]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        if columns:
            connection.execute(f"CREATE TABLE item ({columns})")
            connection.executemany("INSERT INTO item VALUES (?, ?)", rows)


def check_refused(program: Program, model: str, path: Path | str, said: str) -> None:
    code, stdout, stderr = ask(program, model, str(path))
    assert (code, stdout) == (1, "")
    assert re.fullmatch(
        rf"runner: query {model}: ([\w.]+: )?{re.escape(said)}\n", stderr
    )  # Python names the kind of error


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_foreign_database_is_an_error(program: Program, bad: Bad, tmp_path: Path) -> None:
    make(tmp_path / "bad.db", bad.columns, bad.rows)
    check_refused(program, MODEL[program.language], tmp_path / "bad.db", bad.said)


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
def test_a_text_is_not_a_database(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("some words, more than nothing" * 100)
    check_refused(program, MODEL[program.language], path, FOREIGN.format("file is not a database"))


@pytest.mark.parametrize(("program", "model"), MODELS)
def test_a_missing_database_is_not_made(program: Program, model: str, tmp_path: Path) -> None:
    path = tmp_path / "missing.db"
    check_refused(program, model, path, FOREIGN.format("unable to open database file"))
    assert not path.exists()


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
def test_a_writer_that_shuts_out_all_readers_is_an_error(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    make(path, "id INTEGER PRIMARY KEY, value INTEGER", [(number, 5) for number in range(1, 11)])
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        check_refused(program, MODEL[program.language], path, LOCKED)


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
def test_a_writer_that_only_writes_is_none(program: Program) -> None:
    with Fixture(rows=10) as fixture, closing(sqlite3.connect(fixture.value, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE item SET value = 0")
        code, stdout, stderr = ask(program, MODEL[program.language], fixture.value)
        assert (code, stderr) == (0, "")
        assert json.loads(stdout)["result"] == count(50, 10, 3)


def test_the_fixture_prepares_what_is_asked_for_and_leaves_nothing() -> None:
    with Fixture(rows=20) as fixture:
        fixture.before()
        with closing(sqlite3.connect(fixture.value)) as connection:
            found = connection.execute("SELECT id, value FROM item ORDER BY id").fetchall()
        assert found == [(number, draw(number) % 1_000) for number in range(1, 21)]
        assert fixture.after() == {}
        folder = Path(fixture.value).parent
        assert folder.is_dir()
    assert not folder.exists()

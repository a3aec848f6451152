"""Formats: every column is as results/README.md says; other versions are migrated or refused."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pandas as pd
import pytest

from harness.errors import HarnessError
from harness.plan import Case
from harness.records import MIGRATED, SCHEMA_VERSION, STATUSES, Record
from harness.runs import RESULTS, Plan, Question, Run
from harness.schedule import QUICK
from harness.stages import read_table, write_summary, write_tables
from tests.samples import case, record
from tests.tree import Tree

README = (RESULTS / "README.md").read_text(encoding="utf-8")
TABLES = ("runs.csv", "summary.csv", "marks.csv", "fits.csv")
SCHEMA_1 = Path(__file__).with_name("data") / "schema-1"
FOLDERS = [SCHEMA_1, *sorted(path.parent for path in (RESULTS / "reference").glob("*/plan.json"))]

KINDS = {
    "number": lambda column: pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column),
    "boolean": pd.api.types.is_bool_dtype,
    "text": pd.api.types.is_string_dtype,
}
UNITS = (
    "–",
    "in the name",
    "in `parameter`",
    "ns",
    "bytes",
    "1/s",
    "ns/unit",
    "count",
    "share",
    "ratio",
    "cores",
)
SUFFIXES = {"_ns": "ns", "_bytes": "bytes", "_per_s": "1/s", "_ns_per_unit": "ns/unit"}


class Column(NamedTuple):
    """One line of a dictionary."""

    name: str
    """May hold `<name>`, which stands for any name."""
    kind: str
    unit: str

    @property
    def pattern(self) -> str:
        return re.escape(self.name).replace("<name>", ".+")

    def find(self, table: pd.DataFrame) -> list[str]:
        """List the columns of a table that it describes."""
        return [name for name in table.columns if re.fullmatch(self.pattern, name)]


def read_dictionary() -> dict[str, list[Column]]:
    """Read what results/README.md says of each table."""
    found: dict[str, list[Column]] = {name: [] for name in TABLES}
    for section in re.split(r"^#+ ", README, flags=re.MULTILINE):
        title, _, text = section.partition("\n")
        _, header, lines = text.partition("| column | type | unit | meaning |\n")
        for table in re.findall(r"`(\w+\.csv)`", title) if header else []:
            found[table] += [column for line in lines.splitlines() for column in read_line(line)]
    return found


def read_line(line: str) -> Iterator[Column]:
    """Read one line, which may describe several columns of the same kind and unit."""
    if line.startswith("| `"):
        names, kind, unit, meaning = line.strip("| ").split(" | ", 3)
        assert meaning
        for name in re.findall(r"`([^`]+)`", names):
            ends = ("_median", "_low", "_high") if name.endswith("_*") else ("",)
            yield from (Column(name.removesuffix("_*") + end, kind, unit) for end in ends)


DICTIONARY = read_dictionary()


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Load the tables of a run folder as anybody would."""
    return {name: pd.read_csv(folder / name) for name in TABLES}


def copy_records(folder: Path, target: Path) -> Run:
    """Copy what the tables of a run are made of."""
    target.mkdir(exist_ok=True)
    for path in (folder / "plan.json", *folder.glob("records.jsonl*"), folder / "environment.json"):
        shutil.copy(path, target)
    return Run(target)


def make_plan(cases: list[Case]) -> Plan:
    studies = {"late": Question("Which of them fail?", "dots", ["scaling"])}
    return Plan(run="a-run", seed=1, quick=True, effort=QUICK, sources="", studies=studies, cases=cases)


def make_full(folder: Path) -> Run:
    """A run with a value in every column."""
    alone = case("sequential", workers=1)
    counts = [case("steady", id=f"steady {count}", workers=count) for count in (1, 2, 3, 4)]
    again = case("steady", id="steady 4 copy=2", workers=4, copy=2, baseline="steady 4")
    run = Run(folder)
    run.write_json("plan.json", make_plan([alone, *counts, again, case("waiting"), case("crashing")]))
    run.write_json("environment.json", {"usable_cores": 4})
    for number in range(1, 7):
        run.journal.append(rich("sequential", number, 100 + number))
        run.journal.append(rich("waiting", number, 90 + number))
        run.journal.append(rich("steady 4 copy=2", number, 30 + number))
        for count in (1, 2, 3, 4):
            run.journal.append(rich(f"steady {count}", number, 100 / count + number))
        run.journal.append(watched("sequential", number))
    run.journal.append(record("crashing", status="crashed", reason="ended by SIGSEGV", elapsed_ns=None))
    return run


def rich(name: str, number: int, elapsed_ms: float) -> Record:
    """A record in which nothing is missing that a timed run can have."""
    own: dict[str, object] = {"metrics": {"lag_ns": 7.5}, "fixture": {"server_requests": 3.0}}
    now = "2026-01-01T00:00:00.000+00:00"
    return record(name, number, elapsed_ms, **own, started_at=now, swapped_bytes=4096)


def watched(name: str, number: int) -> Record:
    """A record of the memory pass."""
    memory = {"peak_bytes": 9_000_000, "idle_bytes": 8_000_000 + number, "memory_source": "cgroup"}
    return record(name, number, 10, **memory, phase="memory", wall_ns=None, user_ns=None, system_ns=None)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, pd.DataFrame]]:
    """The tables of a run with a value in every column."""
    tree = Tree(tmp_path_factory.mktemp("full") / "tree", tmp_path_factory.mktemp("scratch"))
    run = make_full(tree.results / "2026-01-01T00-00-00Z-cafe")
    for verb in ("collate", "summarise"):
        ended = tree.run(verb, str(run.folder))
        assert (ended.code, ended.stderr) == (0, "")
    yield read_tables(run.folder)
    tree.stop()


# The dictionary.


@pytest.mark.parametrize("name", TABLES)
def test_the_dictionary_says_each_column_once_with_a_kind_and_a_unit(name: str) -> None:
    columns = DICTIONARY[name]
    assert len(columns) >= 3
    assert {column.kind for column in columns} <= set(KINDS)
    assert {column.unit for column in columns} <= set(UNITS)
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert all(column.unit == "–" for column in columns if column.kind != "number")


@pytest.mark.parametrize("name", TABLES)
def test_units_are_those_in_the_names(name: str) -> None:
    for column in DICTIONARY[name]:
        quantity = re.sub(r"_(median|low|high)$", "", column.name)
        named = [unit for suffix, unit in SUFFIXES.items() if quantity.endswith(suffix)]
        said = [column.unit] if column.unit in SUFFIXES.values() else []
        assert said == named, column.name


def test_the_dictionary_is_of_this_version_and_says_what_becomes_of_the_others() -> None:
    assert f"## The columns (schema version {SCHEMA_VERSION})" in README
    _, _, versions = README.partition("## Versions\n")
    listed = re.findall(r"^\| (\d+) \| (.*) \|$", versions, flags=re.MULTILINE)
    assert [int(number) for number, _ in listed] == [SCHEMA_VERSION, *MIGRATED]
    assert all("migrated" in what for number, what in listed if int(number) in MIGRATED)


def test_the_dictionary_lists_every_status() -> None:
    (line,) = re.findall(r"^\| `status` .*$", README, flags=re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", line)) == {"status", "unmeasured", *STATUSES}


def test_every_file_of_the_dictionary_says_which_verb_makes_it() -> None:
    made = dict(re.findall(r"^\| `([\w.]+)` \| .* \| `(\w+)` \|$", README, flags=re.MULTILINE))
    assert {name: made.get(name) for name in (*TABLES, "hyperfine.json")} == {
        "runs.csv": "collate",
        "summary.csv": "summarise",
        "marks.csv": "summarise",
        "fits.csv": "summarise",
        "hyperfine.json": "export",
    }


# The tables, as pandas reads them.


def test_every_documented_column_is_there_with_a_value_of_its_kind(full: dict[str, pd.DataFrame]) -> None:
    for name, table in full.items():
        for column in DICTIONARY[name]:
            found = column.find(table)
            assert found, f"{name}: {column.name}"
            for each in found:
                values = table[each].dropna()
                assert not values.empty, f"{name}: {each}"
                assert KINDS[column.kind](values), f"{name}: {each}: {values.dtype}"


def test_every_column_that_is_there_is_documented(full: dict[str, pd.DataFrame]) -> None:
    for name, table in full.items():
        check_documented(name, table)


def check_documented(name: str, table: pd.DataFrame) -> None:
    for column in table.columns:
        assert any(re.fullmatch(each.pattern, column) for each in DICTIONARY[name]), f"{name}: {column}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_tables_of_a_real_run_are_as_documented(folder: Path, tmp_path: Path) -> None:
    """Made anew from its records: the committed ones may be of an older schema."""
    run = copy_records(folder, tmp_path / "run")
    write_tables(run)
    for name, table in read_tables(run.folder).items():
        check_documented(name, table)
        for column in DICTIONARY[name]:
            found = column.find(table)
            assert found or "<name>" in column.name, f"{name}: {column.name}"
            for each in found:
                values = table[each].dropna()
                assert values.empty or KINDS[column.kind](values), f"{name}: {each}: {values.dtype}"


@pytest.mark.parametrize("name", ["runs.csv", "summary.csv"])
def test_every_row_says_its_version(full: dict[str, pd.DataFrame], name: str) -> None:
    assert set(full[name]["schema_version"]) == {SCHEMA_VERSION}


# Other versions.


@pytest.fixture
def old(tmp_path: Path) -> Run:
    """A run folder that a harness of schema 1 has written, its tables aside."""
    return copy_records(SCHEMA_1, tmp_path / "old")


def test_the_old_folder_is_of_schema_1() -> None:
    assert json.loads((SCHEMA_1 / "plan.json").read_text())["schema_version"] == 1
    lines = (SCHEMA_1 / "records.jsonl").read_text().splitlines()
    assert {json.loads(line)["schema_version"] for line in lines} == {1}
    assert "baseline" not in (SCHEMA_1 / "plan.json").read_text()


def test_a_run_of_schema_1_has_the_tables_of_today(old: Run) -> None:
    """The expected speed-ups are the medians of what stands in the records, by hand."""
    before = {path.name: path.read_bytes() for path in old.folder.iterdir()}
    table = write_tables(old).set_index("case")
    threads = table.loc["primes/cpp/threads g++-12 workers=2"]
    assert threads["baseline"] == "primes/cpp/sequential g++-12 workers=1"
    assert threads["speedup_median"] == pytest.approx(67_720_102 / 34_045_916)
    assert (threads["verdict"], threads["rounds"]) == ("faster", 5)
    locked = table.loc["primes/python/threads cpython-3.11 workers=2"]
    assert locked["speedup_median"] == pytest.approx(2_389_982_932 / 2_417_406_576)
    assert locked["verdict"] == "no measurable difference"
    assert (table["schema_version"] == SCHEMA_VERSION).all()
    assert {name: (old.folder / name).read_bytes() for name in before} == before


def test_in_a_run_of_schema_1_what_has_no_baseline_has_no_verdict(old: Run) -> None:
    table = write_tables(old).set_index("case")
    fetch = table.loc["fetch/cpp/threads g++-12 workers=10"]
    assert fetch["elapsed_ns_median"] == 210_889_145
    assert fetch[["baseline", "speedup_median", "speedup_p", "verdict"]].isna().all()
    alone = table.loc["primes/cpp/sequential g++-12 workers=1"]
    assert (alone["baseline"], alone["speedup_median"]) == (alone.name, 1)
    skipped = table.loc["primes/cpp/coroutines g++-12 workers=2"]
    assert (skipped["status"], skipped["rounds"]) == ("skipped", 0)
    assert skipped["reason"]


def test_in_a_run_of_schema_1_what_is_new_is_empty(old: Run) -> None:
    table = write_tables(old)
    assert table["peak_bytes_median"].isna().all()
    assert (table["memory_rounds"] == 0).all()
    runs = read_table(old, "runs.csv")
    assert set(runs["phase"]) == {"time"}
    assert (
        runs[["swapped_bytes", "peak_bytes", "idle_bytes", "work_bytes", "memory_source"]]
        .isna()
        .all(axis=None)
    )
    assert set(runs["copy"]) == {1}


def test_a_language_that_is_gone_is_named(old: Run) -> None:
    path = old.folder / "plan.json"
    path.write_text(path.read_text().replace('"language": "cpp"', '"language": "cobol"'))
    message = r"expected a language of harness/languages\.toml, got 'cobol': read it with the version"
    with pytest.raises(HarnessError, match=message):
        _ = old.plan


REFUSAL = (
    "expected schema version 2, or 1, which it can turn into that, got {}: read it with the version of this"
)


@pytest.mark.parametrize("version", [0, 3])
@pytest.mark.parametrize("changed", [False, True], ids=["alike", "of another form"])
def test_a_plan_of_another_schema_is_refused(old: Run, version: int, changed: bool) -> None:
    """Whatever else is in it: its version is what the message is about."""
    path = old.folder / "plan.json"
    plan = {"cases": "elsewhere"} if changed else json.loads(path.read_text())
    path.write_text(json.dumps(plan | {"schema_version": version}))
    with pytest.raises(HarnessError, match=f"^{path}: {REFUSAL.format(version)}"):
        _ = old.plan


@pytest.mark.parametrize("version", [0, 3])
@pytest.mark.parametrize("changed", [False, True], ids=["alike", "of another form"])
def test_a_record_of_another_schema_is_refused(old: Run, version: int, changed: bool) -> None:
    path = old.journal.path
    first, *rest = path.read_bytes().splitlines(keepends=True)
    fields = {"times": [1, 2]} if changed else msgspec.json.decode(rest[0], type=dict[str, object])
    line = msgspec.json.encode(fields | {"schema_version": version}) + b"\n"
    path.write_bytes(b"".join([first, line, *rest[1:]]))
    with pytest.raises(HarnessError, match=f"^{path}:2: {REFUSAL.format(version)}"):
        old.journal.read()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("", "Input data was truncated"),
        ("garbage", "JSON is malformed"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "Object missing required field `run`"),
        ('{"schema_version": "new"}', "Expected `int`, got `str` - at `$.schema_version`"),
        ('{"schema_version": 1}', "Object missing required field `run`"),
    ],
)
def test_a_plan_that_is_none_says_what_was_expected(old: Run, content: str, cause: str) -> None:
    path = old.folder / "plan.json"
    path.write_text(content)
    with pytest.raises(HarnessError) as raised:
        _ = old.plan
    assert str(raised.value).startswith(f"{path}: expected a plan of schema version 2: {cause}")


@pytest.mark.parametrize("name", ["runs.csv", "summary.csv"])
@pytest.mark.parametrize("version", [None, 1, 3])
def test_a_table_of_another_schema_is_refused_with_the_remedy(
    old: Run, name: str, version: int | None
) -> None:
    """Those of version 1 had no version in summary.csv."""
    write_tables(old)
    table = pd.read_csv(old.folder / name).drop(columns="schema_version")
    old.write_table(name, table if version is None else table.assign(schema_version=version))
    with pytest.raises(HarnessError) as raised:
        read_table(old, name)
    assert str(raised.value) == (
        f"{old.folder / name}: expected a table of schema version 2, got {version or 1}: "
        "run 'python -m harness collate' and 'python -m harness summarise' again"
    )


def test_a_table_without_rows_has_no_version_to_refuse(old: Run) -> None:
    old.journal.path.write_bytes(b"")
    write_tables(old)
    assert read_table(old, "runs.csv").empty


def test_a_stage_says_so_of_tables_that_a_harness_of_schema_1_left(old: Run) -> None:
    write_tables(old)
    table = pd.read_csv(old.folder / "runs.csv").drop(columns=["phase", "copy"]).assign(schema_version=1)
    old.write_table("runs.csv", table)
    with pytest.raises(HarnessError, match=r"runs\.csv: expected a table of schema version 2, got 1"):
        write_summary(old)


def test_an_ok_run_is_as_long_as_it_was(old: Run) -> None:
    """Nanoseconds are whole in the table, not rounded on the way."""
    write_tables(old)
    table = read_table(old, "runs.csv")
    times = table.loc[table["case"] == "primes/cpp/threads g++-12 workers=2"].set_index("round")["elapsed_ns"]
    assert times[1] == 34_045_916

"""records: a line a run, readable after a kill at any point, as records and as columns."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import records
from harness.columns import OWN, read_columns
from harness.errors import HarnessError
from harness.records import FINE, STATUSES, Journal, Record
from tests.samples import record

Reader = Callable[[Journal], Sequence[Record] | pd.DataFrame]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "records.jsonl")


@pytest.fixture(params=[Journal.read, read_columns], ids=["records", "columns"])
def read(request: pytest.FixtureRequest) -> Reader:
    reader: Reader = request.param
    return reader


def test_what_is_appended_is_read_again(journal: Journal) -> None:
    records = [record(number=1), record(number=2, metrics={"lag_ns": 0.5}, fixture={"requests": 3.0})]
    for each in records:
        journal.append(each)
    assert journal.read() == records


def test_a_journal_that_is_not_there_is_empty(journal: Journal, read: Reader) -> None:
    assert len(read(journal)) == 0
    assert not journal.path.exists()


def test_every_record_is_in_the_file_as_soon_as_it_is_appended(journal: Journal) -> None:
    for count in (1, 2, 3):
        journal.append(record(number=count))
        assert journal.path.read_bytes().count(b"\n") == count


@pytest.mark.parametrize("torn", [b"{", b'{"case":"steady"', b"\xff"])
def test_a_torn_last_line_is_dropped_and_cut_off(journal: Journal, torn: bytes, read: Reader) -> None:
    journal.append(record())
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + torn)
    assert len(read(journal)) == 1
    assert journal.path.read_bytes() == whole
    journal.append(record(number=2))
    assert journal.read() == [record(), record(number=2)]


@pytest.mark.parametrize("tail_bytes", [1, 7, 2**16])
@pytest.mark.parametrize("torn", [b"", b"{", b"x" * 1000])
def test_a_torn_line_of_any_length_is_found(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, tail_bytes: int, torn: bytes
) -> None:
    monkeypatch.setattr(records, "TAIL_BYTES", tail_bytes)
    journal.append(record())
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + torn)
    journal.mend()
    assert journal.path.read_bytes() == whole


def test_a_first_line_that_is_torn_leaves_nothing(journal: Journal, read: Reader) -> None:
    journal.path.write_bytes(b'{"case":')
    assert len(read(journal)) == 0
    assert journal.path.read_bytes() == b""


GOOD = '{"case":"steady","round":1,"order":1,"status":"ok"'


@pytest.mark.parametrize(
    "line",
    [
        *("{}", "[]", "not json", '{"case":1}', GOOD),
        GOOD.replace("1,", "1.5,") + "}",
        GOOD.replace('"status":"ok"', '"status":null') + "}",
        GOOD + ',"elapsed_ns":"1"}',
        GOOD + ',"metrics":{"lag_ns":"late"}}',
        GOOD + ',"fixture":{"began":"2026-11-22T20:00:00Z"}}',
        GOOD + ',"metrics":5}',
    ],
)
def test_a_broken_line_is_named_with_its_file_and_number(journal: Journal, line: str, read: Reader) -> None:
    journal.append(record())
    with journal.path.open("ab") as file:
        file.write(line.encode() + b"\n")
    with pytest.raises(HarnessError, match=f"^{journal.path}:2: expected a record, got "):
        read(journal)


def test_a_record_of_an_older_schema_is_read_as_one_of_today(journal: Journal) -> None:
    """What a record of version 1 did not have is as if it had been left out."""
    journal.append(record(schema_version=1))
    assert journal.read() == [record()]
    assert read_columns(journal)["schema_version"].tolist() == [2]


def test_what_was_left_out_of_a_line_has_its_default(journal: Journal) -> None:
    journal.path.write_text(f"{GOOD}}}\n")
    (row,) = read_columns(journal).to_dict("records")
    (read,) = journal.read()
    assert {name: row[name] for name in ("phase", "reason", "took_ns", "schema_version")} == {
        name: getattr(read, name) for name in ("phase", "reason", "took_ns", "schema_version")
    }
    assert pd.isna(row["elapsed_ns"])


def test_another_schema_version_is_refused_with_the_remedy(journal: Journal, read: Reader) -> None:
    journal.append(record(schema_version=3))
    message = (
        ":1: expected schema version 2, or 1, which it can turn into that, got 3: "
        "read it with the version of this repository that wrote it"
    )
    with pytest.raises(HarnessError, match=message):
        read(journal)


def pack(journal: Journal) -> None:
    journal.packed.write_bytes(gzip.compress(journal.path.read_bytes()))
    journal.path.unlink()


def test_a_packed_journal_is_read_like_any_other(journal: Journal, read: Reader) -> None:
    for number in (1, 2):
        journal.append(record(number=number))
    pack(journal)
    assert len(read(journal)) == 2
    assert [each.round for each in journal.read()] == [1, 2]


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: b"no" + data, lambda data: data[:30]])
def test_a_packed_journal_that_cannot_be_unpacked_is_said(
    journal: Journal, read: Reader, spoil: Callable[[bytes], bytes]
) -> None:
    for number in range(100):
        journal.append(record(number=number))
    pack(journal)
    journal.packed.write_bytes(spoil(journal.packed.read_bytes()))
    with pytest.raises(HarnessError, match=f"^cannot read {journal.packed}: .*: restore it$"):
        read(journal)


INTEGERS = st.none() | st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.dictionaries(
    st.text("abc_", min_size=1),
    st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
)
RECORDS = st.lists(
    st.builds(
        record,
        name=TEXTS,
        number=st.integers(0, 2**31),
        reason=TEXTS,
        result=INTEGERS,
        wall_ns=INTEGERS,
        metrics=NUMBERS,
        fixture=NUMBERS,
    )
)


@given(RECORDS)
def test_columns_say_what_the_records_say(made: list[Record]) -> None:
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "records.jsonl")
        journal.path.write_bytes(msgspec.json.Encoder().encode_lines(made))
        table = pa.Table.from_pandas(read_columns(journal), preserve_index=False).to_pylist()
        kept = journal.read()
    rows = [
        {
            **{name: value for name, value in msgspec.structs.asdict(each).items() if name not in OWN},
            **{f"{OWN[own]}{name}": value for own in OWN for name, value in getattr(each, own).items()},
        }
        for each in kept
    ]
    assert len(table) == len(rows)
    assert [{name: row[name] for name in mine} for row, mine in zip(table, rows, strict=True)] == rows
    for row, mine in zip(table, rows, strict=True):
        assert not any(row[name] is not None for name in set(row) - set(mine))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_with_the_remedy(journal: Journal) -> None:
    journal.path.symlink_to("/dev/full")
    with pytest.raises(HarnessError) as raised:
        journal.append(record())
    assert "cannot write records.jsonl: No space left on device: make room, then" in str(raised.value)
    assert f"'--resume {journal.path.parent}'" in str(raised.value)


def test_a_folder_that_has_gone_is_said(journal: Journal) -> None:
    journal.path.parent.rmdir()
    with pytest.raises(HarnessError, match=r"cannot write records\.jsonl: No such file or directory"):
        journal.append(record())


def test_only_good_runs_and_declared_skips_are_fine() -> None:
    assert FINE == ("ok", "skipped")
    assert set(FINE) < set(STATUSES)

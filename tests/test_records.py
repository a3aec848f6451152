"""records: a line a run, readable after a kill at any point."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.records import FINE, STATUSES, Journal
from tests.samples import record


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "records.jsonl")


def test_what_is_appended_is_read_again(journal: Journal) -> None:
    records = [record(number=1), record(number=2, metrics={"lag_ns": 0.5}, fixture={"requests": 3.0})]
    for each in records:
        journal.append(each)
    assert journal.read() == records


def test_a_journal_that_is_not_there_is_empty(journal: Journal) -> None:
    assert journal.read() == []
    assert not journal.path.exists()


def test_every_record_is_in_the_file_as_soon_as_it_is_appended(journal: Journal) -> None:
    for count in (1, 2, 3):
        journal.append(record(number=count))
        assert journal.path.read_bytes().count(b"\n") == count


@pytest.mark.parametrize("torn", [b"{", b'{"case":"steady"', b"\xff"])
def test_a_torn_last_line_is_dropped_and_cut_off(journal: Journal, torn: bytes) -> None:
    journal.append(record())
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + torn)
    assert journal.read() == [record()]
    assert journal.path.read_bytes() == whole
    journal.append(record(number=2))
    assert journal.read() == [record(), record(number=2)]


def test_a_first_line_that_is_torn_leaves_nothing(journal: Journal) -> None:
    journal.path.write_bytes(b'{"case":')
    assert journal.read() == []
    assert journal.path.read_bytes() == b""


@pytest.mark.parametrize("line", [b"{}", b"not json", b'{"case":1}'])
def test_a_broken_line_is_named_with_its_file_and_number(journal: Journal, line: bytes) -> None:
    journal.append(record())
    with journal.path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(HarnessError, match=f"^{journal.path}:2: expected a record, got "):
        journal.read()


def test_a_record_of_an_older_schema_is_read_as_one_of_today(journal: Journal) -> None:
    """What a record of version 1 did not have is as if it had been left out."""
    journal.append(record(schema_version=1))
    assert journal.read() == [record()]


def test_another_schema_version_is_refused_with_the_remedy(journal: Journal) -> None:
    journal.append(record(schema_version=3))
    message = (
        ":1: expected schema version 2, or 1, which it can turn into that, got 3: "
        "read it with the version of this repository that wrote it"
    )
    with pytest.raises(HarnessError, match=message):
        journal.read()


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

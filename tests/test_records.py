"""records: a line a run, readable after a kill at any point; what cannot all be true is refused with its line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.store import records
from harness.store.folder import StudyFolder
from harness.store.records import FINE, LONGEST_TEXT, STATUSES, Journal, Look, Record, clean
from tests.samples import case, look, plan, record, session, write_study


@pytest.fixture
def journal(tmp_path: Path) -> Journal[Record]:
    return Journal(tmp_path / "records.jsonl", Record)


def test_what_is_appended_is_read_again(journal: Journal[Record]) -> None:
    made = [
        record(number=1),
        record(
            number=2, metrics={"lag_ns": 0.5}, fixture={"server_requests": 3.0}, series={"gap_ns": [1.0, 2.0]}
        ),
        record(number=2, repeat=2, phase="memory", peak_bytes=7, idle_bytes=3, memory_source="pss"),
    ]
    for each in made:
        journal.append(each)
    assert journal.read() == made


def test_what_the_probe_found_is_a_journal_too(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "probes.jsonl", Look)
    journal.append(look(3, 2, steal_ns=5, took_ns=9))
    assert journal.read() == [look(3, 2, steal_ns=5, took_ns=9)]


def test_a_journal_that_is_not_there_is_empty(journal: Journal[Record]) -> None:
    assert journal.read() == []
    assert not journal.path.exists()


def test_every_record_is_in_the_file_as_soon_as_it_is_appended(journal: Journal[Record]) -> None:
    for count in (1, 2, 3):
        journal.append(record(number=count))
        assert journal.path.read_bytes().count(b"\n") == count


@pytest.mark.parametrize("torn", [b"{", b'{"case":"steady"', b"\xff"])
def test_a_torn_last_line_is_dropped_and_cut_off(journal: Journal[Record], torn: bytes) -> None:
    journal.append(record())
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + torn)
    assert len(journal.read()) == 1
    assert journal.path.read_bytes() == whole
    journal.append(record(number=2))
    assert journal.read() == [record(), record(number=2)]


@pytest.mark.parametrize("tail_bytes", [1, 7, 2**16])
@pytest.mark.parametrize("torn", [b"", b"{", b"x" * 1000])
def test_a_torn_line_of_any_length_is_found(
    journal: Journal[Record], monkeypatch: pytest.MonkeyPatch, tail_bytes: int, torn: bytes
) -> None:
    monkeypatch.setattr(records, "TAIL_BYTES", tail_bytes)
    journal.append(record())
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + torn)
    assert journal.read() == [record()]
    assert journal.path.read_bytes() == whole


def test_a_first_line_that_is_torn_leaves_nothing(journal: Journal[Record]) -> None:
    journal.path.write_bytes(b'{"case":')
    assert journal.read() == []
    assert journal.path.read_bytes() == b""


# One line that is none.

GOOD = {"schema_version": 3, "session": 1, "round": 1, "order": 1, "case": "steady", "status": "ok"}
BROKEN = {
    "empty": {},
    "no case": {key: value for key, value in GOOD.items() if key != "case"},
    "half a round": GOOD | {"round": 1.5},
    "negative round": GOOD | {"round": -1},
    "session 0": GOOD | {"session": 0},
    "negative session": GOOD | {"session": -1},
    "repeat 0": GOOD | {"repeat": 0},
    "negative order": GOOD | {"order": -1},
    "no status": GOOD | {"status": None},
    "unknown phase": GOOD | {"phase": "warm-up"},
    "unknown key": GOOD | {"surprise": 1},
    "time as text": GOOD | {"elapsed_ns": "1"},
    "negative time": GOOD | {"elapsed_ns": -1},
    "endless time": GOOD | {"elapsed_ns": 2**63 - 1},
    "time beyond all": GOOD | {"wall_ns": 10**30},
    "negative memory": GOOD | {"peak_bytes": -1},
    "unknown watcher": GOOD | {"memory_source": "guess"},
    "metric as text": GOOD | {"metrics": {"lag_ns": "late"}},
    "metric with a comma": GOOD | {"metrics": {"lag,ns": 1}},
    "metric with a line end": GOOD | {"metrics": {"lag\nns": 1}},
    "metric of that length": GOOD | {"metrics": {"a" * 81: 1}},
    "figure as text": GOOD | {"fixture": {"began": "2026-11-22T20:00:00Z"}},
    "array of texts": GOOD | {"series": {"gap_ns": ["1"]}},
    "metrics that are none": GOOD | {"metrics": 5},
}


def add_line(journal: Journal[Record], line: bytes) -> None:
    with journal.path.open("ab") as file:
        file.write(line + b"\n")


@pytest.mark.parametrize(
    "line",
    [
        *(json.dumps(each).encode() for each in BROKEN.values()),
        b"[]",
        b"not json",
        b"\xff\xfe",
        b"",
        b"NaN",
        b"{" * 5000,
    ],
    ids=[*BROKEN, "list", "text", "bytes", "nothing", "NaN", "deep"],
)
def test_a_broken_line_is_named_with_its_file_and_number(journal: Journal[Record], line: bytes) -> None:
    journal.append(record())
    add_line(journal, line)
    with pytest.raises(HarnessError, match=f"^{journal.path}:2: expected a record, got "):
        journal.read()


@pytest.mark.parametrize("version", [1, 2, 4])
def test_another_schema_version_is_refused_with_the_remedy(journal: Journal[Record], version: int) -> None:
    journal.append(record(schema_version=version))
    message = f":1: expected schema version 3, got {version}: read it with the version of this repository that wrote it"
    with pytest.raises(HarnessError, match=message):
        journal.read()


# Packed.


def test_a_packed_journal_is_read_and_unpacked_before_anything_is_added(journal: Journal[Record]) -> None:
    for number in (1, 2):
        journal.append(record(number=number))
    journal.pack()
    assert not journal.path.exists()
    first = journal.packed.read_bytes()
    assert [each.round for each in journal.read()] == [1, 2]
    journal.unpack()
    assert not journal.packed.exists()
    journal.pack()
    assert journal.packed.read_bytes() == first
    journal.unpack()
    journal.append(record(number=3))
    assert [each.round for each in journal.read()] == [1, 2, 3]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-9],
        lambda data: b"no" + data,
        lambda data: data[:30],
        lambda data: data[:40] + b"x" + data[41:],
    ],
    ids=["torn", "no gzip", "head only", "flipped"],
)
def test_a_packed_journal_that_cannot_be_unpacked_is_said(
    journal: Journal[Record], spoil: Callable[[bytes], bytes]
) -> None:
    for number in range(100):
        journal.append(record(number=number))
    journal.pack()
    journal.packed.write_bytes(spoil(journal.packed.read_bytes()))
    with pytest.raises(HarnessError, match=f"^cannot read {journal.packed}: .*: restore it$"):
        journal.read()


@pytest.mark.parametrize("name", ["records.jsonl", "records.jsonl.gz"])
def test_a_folder_in_the_place_of_a_journal_is_said(journal: Journal[Record], name: str) -> None:
    (journal.path.parent / name).mkdir()
    with pytest.raises(HarnessError, match=f"^cannot read .*{name}: .*Is a directory.*: restore it"):
        journal.read()


def test_a_loop_in_the_place_of_a_journal_is_said(journal: Journal[Record]) -> None:
    journal.path.symlink_to(journal.path)
    with pytest.raises(HarnessError, match=r"^cannot (read|write) .*records\.jsonl"):
        journal.append(record())


# Against the plan.

PLAN = plan(
    [case("sequential", workers=1), case("steady"), case("free", result=None)],
    sessions=[session(1), session(2)],
)
LIES = {
    "twice the same run": (record(number=1), "expected each run once, got that of line 1 again"),
    "unknown case": (record("fibres", 2), "expected a case of plan.json, got 'fibres'"),
    "endless case": (record("x" * 10_000, 2), "expected a case of plan.json, got 'xxx"),
    "unknown session": (record(number=2, session=3), "expected a session up to 2, got 3"),
    "unknown status": (record(number=2, status="fine"), "expected a status of ok, skipped, .*, got 'fine'"),
    "another result": (record(number=2, result=11), "expected result 10, got 11"),
    "no result": (record(number=2, result=None), "expected result 10, got None"),
    "fewer units": (record(number=2, completed=9), "expected 10 units, got 9"),
    "no units": (record(number=2, completed=None), "expected 10 units, got None"),
    "no time": (
        record(number=2, elapsed_ns=None),
        "expected elapsed_ns and wall_ns of a timed run, got none",
    ),
    "time 0": (record(number=2, elapsed_ns=0), "expected elapsed_ns and wall_ns of a timed run, got none"),
    "no wall time": (
        record(number=2, wall_ns=None),
        "expected elapsed_ns and wall_ns of a timed run, got none",
    ),
    "more than all": (
        record(number=2, elapsed_ns=10**9),
        "expected elapsed_ns within wall_ns, got 1000000000 of 15000000",
    ),
}


@pytest.mark.parametrize(("wrong", "message"), LIES.values(), ids=list(LIES))
def test_a_record_that_cannot_be_true_is_refused_with_its_line(
    tmp_path: Path, wrong: Record, message: str
) -> None:
    folder = write_study(tmp_path, PLAN, [record(), wrong, record(number=9)])
    path = folder.journal.path
    with pytest.raises(
        HarnessError, match=f"^{path}:2: {message}.*: remove the line, or measure the study anew$"
    ):
        folder.read_records(PLAN)


def test_one_line_fifty_times_is_no_fifty_rounds(tmp_path: Path) -> None:
    folder = write_study(tmp_path, PLAN, [record()] * 50)
    with pytest.raises(HarnessError, match=r":2: expected each run once, got that of line 1 again"):
        folder.read_records(PLAN)


def test_runs_that_differ_in_session_phase_round_repeat_or_case_are_different(tmp_path: Path) -> None:
    made = [
        record(),
        record(session=2),
        record(phase="memory", elapsed_ns=None, wall_ns=None),
        record(number=2),
        record(repeat=2),
        record("sequential"),
        record("free", result=-7),
    ]
    assert write_study(tmp_path, PLAN, made).read_records(PLAN) == made


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"ok"}))
def test_what_failed_needs_no_numbers(tmp_path: Path, status: str) -> None:
    made = Record(
        schema_version=3, session=1, round=0, order=0, case="steady", status=status, reason="because"
    )
    assert write_study(tmp_path, PLAN, [made]).read_records(PLAN) == [made]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_with_the_remedy(tmp_path: Path) -> None:
    journal = StudyFolder(tmp_path / "run" / "late").journal
    journal.path.parent.mkdir(parents=True)
    journal.path.symlink_to("/dev/full")
    with pytest.raises(HarnessError) as raised:
        journal.append(record())
    assert str(raised.value).endswith(
        f": No space left on device: make room, then go on with '--resume {tmp_path}/run'"
    )


def test_a_folder_that_has_gone_is_said(journal: Journal[Record]) -> None:
    journal.path.parent.rmdir()
    with pytest.raises(HarnessError, match=r"cannot write .*records\.jsonl: No such file or directory"):
        journal.append(record())


# Texts from programs.


@given(st.text(st.characters()))
def test_a_text_from_outside_becomes_one_bounded_plain_line(text: str) -> None:
    found = clean(text)
    assert len(found) <= LONGEST_TEXT
    assert found.isprintable() or not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in found)
    assert len(found.splitlines()) <= 1
    found.encode()


def test_what_is_plain_stays_as_it_is() -> None:
    assert clean("café × 3 [bold]$x$</b>") == "café × 3 [bold]$x$</b>"
    assert clean("\x1b[31mred\x00\n  next\x85") == "[31mred   next"
    assert clean("x" * 10**6) == "x" * (LONGEST_TEXT - 1) + "…"


def test_only_good_runs_and_declared_skips_are_fine() -> None:
    assert FINE == ("ok", "skipped")
    assert set(FINE) < set(STATUSES)


def test_a_journal_is_packed_as_gzip_without_a_date(journal: Journal[Record]) -> None:
    journal.append(record())
    data = journal.path.read_bytes()
    journal.pack()
    assert gzip.decompress(journal.packed.read_bytes()) == data
    assert journal.packed.read_bytes()[4:8] == b"\0\0\0\0"

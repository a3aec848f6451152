"""Records: what one run of one case gave, a line of JSON each, flushed as soon as it is there."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

import msgspec

from harness.errors import HarnessError
from harness.paths import show
from harness.plan.cases import Case

SCHEMA_VERSION = 3

# What can become of a case. Only `ok` is a number; only `ok` and `skipped` leave the exit status at 0.
STATUSES = {
    "ok": "it did the declared work",
    "skipped": "declared to make no sense, with the reason",
    "missing": "its runner, or the implementation in it, is not there",
    "failed": "it ended with an exit status other than 0",
    "crashed": "a signal ended it",
    "timeout": "it was still running at its time limit",
    "silent": "it printed nothing",
    "chatty": "it printed more than one line",
    "malformed": "what it printed is not what the contract says",
    "wrong_result": "its result is not the declared one, or breaks the workload's invariant",
    "wrong_units": "it completed another number of units than declared",
    "overcommitted": "it had more units under way at once than workers",
    "left_behind": "processes that it started were still running after it ended",
    "unserved": "a fixture that it needs did not do its part",
}
FINE = ("ok", "skipped")

Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
Phase = Literal["time", "memory"]
LONGEST_TEXT = 500
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def clean(text: str) -> str:
    """Make a text from outside one bounded line without control characters: it is data, wherever it is shown."""
    line = CONTROL.sub(" ", text).strip()
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


class Line(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, omit_defaults=True
):
    """A line of a journal."""

    schema_version: int
    session: Positive
    """Which uninterrupted measurement of the study it is of."""
    round: Count
    """From 1; 0 for what was decided before anything was timed."""
    order: Count
    """The place in the round, from 1."""


class Record(Line, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """One run, or the reason why there was none. Times in nanoseconds."""

    case: str
    """The case's id; what it stands for is in `plan.json`."""
    repeat: Positive = 1
    """Which of the round's runs of this case it is: what others are compared with is run several times."""
    phase: Phase = "time"
    """`time`: a run under the clock; `memory`: a run of the pass that watches memory."""
    status: str
    reason: str = ""
    started_at: str = ""
    """UTC, ISO 8601."""
    took_ns: Count = 0
    """All of the harness's time for this run, its own included."""
    result: int | None = None
    completed: Count | None = None
    """The units that were really completed."""
    elapsed_ns: Count | None = None
    """Around the model call, by the runner's monotonic clock."""
    wall_ns: Count | None = None
    """The whole process from outside, by hyperfine."""
    user_ns: Count | None = None
    system_ns: Count | None = None
    voluntary_switches: Count | None = None
    involuntary_switches: Count | None = None
    swapped_bytes: Count | None = None
    """What the whole machine moved to and from swap meanwhile."""
    peak_bytes: Count | None = None
    """The most memory that the process and its children had at once; only in the memory pass."""
    idle_bytes: Count | None = None
    """The same of the same model on one worker with next to no work."""
    memory_source: Literal["", "cgroup", "pss", "uss", "rss"] = ""
    """Who watched the memory: the kernel's control group, or psutil by what it could tell."""
    metrics: dict[Name, float] = {}
    """Numbers that only this workload has, with their unit in the name; statistics of arrays included."""
    fixture: dict[Name, float] = {}
    """What the fixtures saw of this run."""
    series: dict[Name, list[float]] = {}
    """The arrays that are kept."""


class Look(Line, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """What the probe of the machine found, just before the run with this place in the round."""

    elapsed_ns: Count
    """What its fixed work took."""
    steal_ns: Count = 0
    """What the hypervisor took from all processors since the look before, by /proc/stat."""
    took_ns: Count = 0
    """What it cost, all in all."""


Kind = TypeVar("Kind", Record, Look)
TAIL_BYTES = 2**16


class Journal(Generic[Kind]):
    """A file of lines: appended to, flushed a line a run, readable after a kill at any point.

    In a run folder that is kept it may be packed by gzip: `records.jsonl.gz` is read; it is unpacked before
    anything is added.
    """

    def __init__(self, path: Path, kind: type[Kind]) -> None:
        self.path = path
        self.packed = path.with_name(f"{path.name}.gz")
        self._decoder: msgspec.json.Decoder[Kind] = msgspec.json.Decoder(kind)

    def append(self, line: Kind) -> None:
        """Add a line and flush it; raises HarnessError where it cannot be written."""
        try:
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise HarnessError(
                f"cannot write {show(self.path)}: {error.strerror}: make room, "
                f"then go on with '--resume {show(self.path.parent.parent)}'"
            ) from None

    def pack(self) -> None:
        """Pack the file, for a folder that is kept; the same lines give the same bytes."""
        if self.path.exists():
            self.packed.write_bytes(gzip.compress(self.path.read_bytes(), mtime=0))
            self.path.unlink()

    def unpack(self) -> None:
        """Make a packed file one that can be added to."""
        if self.packed.exists() and not self.path.exists():
            self.path.write_bytes(self._load(self.packed))
            self.packed.unlink()

    def read(self) -> list[Kind]:
        """Read all lines; the torn last line of a killed run is removed from the file.

        Raises HarnessError naming the line that is not one, or is of another schema.
        """
        self._mend()
        path = self.path if self.path.exists() else self.packed
        if not path.exists():
            return []
        data = self._load(path)
        try:
            lines: list[Kind] = self._decoder.decode_lines(data)
            if len(lines) < data.count(b"\n"):
                raise msgspec.DecodeError("a line is empty")
        except (msgspec.DecodeError, UnicodeDecodeError):
            for number, line in enumerate(data.splitlines(), 1):
                self._explain(line, f"{show(path)}:{number}")
            raise
        for number, found in enumerate(lines, 1):
            check_version(f"{show(path)}:{number}", found.schema_version)
        return lines

    def _load(self, path: Path) -> bytes:
        """Read a file whole; raises HarnessError where it cannot be."""
        try:
            data = path.read_bytes()
            return gzip.decompress(data) if path == self.packed else data
        except (OSError, EOFError, zlib.error) as error:
            raise HarnessError(f"cannot read {show(path)}: {error}: restore it") from None

    def _explain(self, line: bytes, place: str) -> None:
        """Raise HarnessError if a line is not one of this journal's."""
        try:
            self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            text = clean(line[:80].decode(errors="replace"))
            raise HarnessError(f"{place}: expected a record, got {text!r}: {error}") from None

    def _mend(self) -> None:
        """Remove what comes after the last whole line, the rest of a run that was killed as it wrote."""
        if not self.path.is_file():
            return
        whole = end = self.path.stat().st_size
        with self.path.open("rb") as file:
            torn = b""
            while whole and b"\n" not in torn:
                whole = max(0, whole - TAIL_BYTES)
                file.seek(whole)
                torn = file.read(TAIL_BYTES)
            whole += torn.rfind(b"\n") + 1
        if whole < end:
            os.truncate(self.path, whole)


def check_version(place: str, version: int) -> None:
    """Raise HarnessError for files of a schema that this harness does not write."""
    if version != SCHEMA_VERSION:
        raise HarnessError(
            f"{place}: expected schema version {SCHEMA_VERSION}, got {version}: "
            "read it with the version of this repository that wrote it"
        )


def check_records(path: Path, records: Sequence[Record], cases: Mapping[str, Case], sessions: int) -> None:
    """Raise HarnessError for records that cannot be true: of no case or session, twice the same run."""
    for number, mistake in find_mistakes(records, cases, sessions):
        raise HarnessError(f"{show(path)}:{number}: {mistake}: remove the line, or measure the study anew")


def find_mistakes(
    records: Sequence[Record], cases: Mapping[str, Case], sessions: int
) -> Iterator[tuple[int, str]]:
    """List what is wrong with records, each with the number of its line."""
    seen: dict[tuple[object, ...], int] = {}
    for number, record in enumerate(records, 1):
        if record.case not in cases:
            yield number, f"expected a case of plan.json, got {record.case[:80]!r}"
        if record.session > sessions:
            yield number, f"expected a session up to {sessions}, got {record.session}"
        if record.status not in STATUSES:
            yield number, f"expected a status of {', '.join(STATUSES)}, got {record.status[:40]!r}"
        elif record.status == "ok" and record.case in cases:
            yield from ((number, mistake) for mistake in find_lies(record, cases[record.case]))
        run = (record.session, record.phase, record.round, record.case, record.repeat)
        if run in seen:
            yield number, f"expected each run once, got that of line {seen[run]} again"
        seen[run] = number


def find_lies(record: Record, case: Case) -> Iterator[str]:
    """List what a good run says that cannot be: another result or other units than planned, no time at all."""
    if case.result is not None and record.result != case.result:
        yield f"expected result {case.result}, got {record.result}"
    if record.completed != case.units:
        yield f"expected {case.units} units, got {record.completed}"
    if record.phase == "time" and not (record.elapsed_ns and record.wall_ns):
        yield "expected elapsed_ns and wall_ns of a timed run, got none"
    elif record.elapsed_ns and record.wall_ns and record.elapsed_ns > record.wall_ns:
        yield f"expected elapsed_ns within wall_ns, got {record.elapsed_ns} of {record.wall_ns}"

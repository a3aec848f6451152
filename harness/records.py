"""Records: what one run of one case gave, a line of JSON each, flushed as soon as it is there."""

from __future__ import annotations

import gzip
import os
import zlib
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from harness.errors import HarnessError

SCHEMA_VERSION = 2
MIGRATED = (1,)  # older versions that are read as if they were of this one

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
    "wrong_result": "its result is not the declared one",
    "wrong_units": "it completed another number of units than declared",
    "left_behind": "processes that it started were still running after it ended",
}
FINE = ("ok", "skipped")


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One run, or the reason why there was none. Times in nanoseconds."""

    schema_version: int = SCHEMA_VERSION
    case: str
    """The case's id; what it stands for is in `plan.json`."""
    round: int
    """From 1; 0 for what was decided before anything was timed."""
    order: int
    """The place in the round, from 1."""
    phase: str = "time"
    """`time`: a run under the clock; `memory`: a run of the pass that watches memory."""
    status: str
    reason: str = ""
    started_at: str = ""
    """UTC, ISO 8601."""
    took_ns: int = 0
    """All of the harness's time for this run, its own included."""
    result: int | None = None
    units: int | None = None
    elapsed_ns: int | None = None
    """Around the model call, by the runner's monotonic clock."""
    wall_ns: int | None = None
    """The whole process from outside, by hyperfine."""
    user_ns: int | None = None
    system_ns: int | None = None
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None
    swapped_bytes: int | None = None
    """What the whole machine moved to and from swap meanwhile."""
    peak_bytes: int | None = None
    """The most memory that the process and its children had at once; only in the memory pass."""
    idle_bytes: int | None = None
    """The same of the language's baseline on the smallest vector: the runtime with next to no work."""
    memory_source: str = ""
    """Who watched the memory: `cgroup`, or psutil by `pss` or, where there is none, by `uss` or `rss`."""
    metrics: dict[str, float] = {}
    """Numbers that only this workload has, with their unit in the name."""
    fixture: dict[str, float] = {}
    """What the fixtures saw of this run."""


DECODER = msgspec.json.Decoder(Record)
TAIL_BYTES = 2**16


class Journal:
    """The file `records.jsonl`: appended to, flushed a line a run, readable after a kill at any point.

    In a run folder that is kept it may be packed by gzip: `records.jsonl.gz` is read; it has to be unpacked
    before anything is added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.packed = path.with_name(f"{path.name}.gz")

    def append(self, record: Record) -> None:
        """Add a line and flush it; raises HarnessError where it cannot be written."""
        try:
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(record) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise HarnessError(
                f"cannot write {self.path.name}: {error.strerror}: make room, "
                f"then go on with '--resume {self.path.parent}'"
            ) from None

    def find(self) -> Path | None:
        """Return the file that there is to read; None where there is none, or nothing in it."""
        files = (path for path in (self.path, self.packed) if path.exists() and path.stat().st_size)
        return next(files, None)

    def read(self) -> list[Record]:
        """Read all records; the torn last line of a killed run is removed from the file.

        Raises HarnessError naming the line that is not a record, or is of another schema.
        """
        self.mend()
        path = self.find()
        if path is None:
            return []
        try:
            data = gzip.decompress(path.read_bytes()) if path == self.packed else path.read_bytes()
        except (OSError, EOFError, zlib.error) as error:
            raise HarnessError(f"cannot read {path}: {error}: restore it") from None
        return decode_lines(data, path)

    def mend(self) -> None:
        """Remove what comes after the last whole line, the rest of a run that was killed as it wrote."""
        if not self.path.exists():
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


def decode_lines(data: bytes, path: Path) -> list[Record]:
    """Decode whole lines; raises HarnessError naming the first bad one."""
    try:
        records = DECODER.decode_lines(data)
    except msgspec.DecodeError:
        for number, line in enumerate(data.splitlines(), 1):
            decode_line(line, f"{path}:{number}")
        raise
    if all(record.schema_version == SCHEMA_VERSION for record in records):
        return records
    return [migrate(record, f"{path}:{number}") for number, record in enumerate(records, 1)]


def decode_line(line: bytes, place: str) -> None:
    """Raise HarnessError if a line is not a record."""
    try:
        DECODER.decode(line)
    except msgspec.DecodeError as error:
        check_readable(place, line)
        raise HarnessError(f"{place}: expected a record, got {line[:80]!r}: {error}") from None


def migrate(record: Record, place: str) -> Record:
    """Turn a record of an older schema into one of today: what is new since has its default."""
    if record.schema_version in MIGRATED:
        return replace(record, schema_version=SCHEMA_VERSION)
    check_version(place, record.schema_version)
    return record


class Versioned(msgspec.Struct):
    """What plans and records of every schema have."""

    schema_version: int


def check_readable(place: str, data: bytes) -> None:
    """Raise HarnessError for JSON that says it is of a schema that is not read here, whatever else it is."""
    with suppress(msgspec.DecodeError):
        version = msgspec.json.decode(data, type=Versioned).schema_version
        if version not in MIGRATED:
            check_version(place, version)


def check_version(place: str, version: int) -> None:
    """Raise HarnessError for files of a schema that this harness does not write."""
    if version != SCHEMA_VERSION:
        older = " and ".join(map(str, MIGRATED))
        raise HarnessError(
            f"{place}: expected schema version {SCHEMA_VERSION}, or {older}, which it can turn into that, "
            f"got {version}: read it with the version of this repository that wrote it"
        )

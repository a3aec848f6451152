"""Records: what one run of one case gave, a line of JSON each, flushed as soon as it is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.errors import HarnessError

SCHEMA_VERSION = 1

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


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One run, or the reason why there was none. Times in nanoseconds."""

    schema_version: int = SCHEMA_VERSION
    case: str
    """The case's id; what it stands for is in `plan.json`."""
    round: int
    """From 1; 0 for what was decided before anything was timed."""
    order: int
    """The place in the round, from 1."""
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
    metrics: dict[str, float] = {}
    """Numbers that only this workload has, with their unit in the name."""
    fixture: dict[str, float] = {}
    """What the fixtures saw of this run."""


class Journal:
    """The file `records.jsonl`: appended to, flushed a line a run, readable after a kill at any point."""

    def __init__(self, path: Path) -> None:
        self.path = path

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

    def read(self) -> list[Record]:
        """Read all records; the torn last line of a killed run is removed from the file."""
        if not self.path.exists():
            return []
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            with self.path.open("r+b") as file:
                file.truncate(len(whole))
        return list(decode(whole, self.path))


def decode(data: bytes, path: Path) -> Iterator[Record]:
    """Decode records; raises HarnessError naming the line that is not one, or is of another schema."""
    decoder = msgspec.json.Decoder(Record)
    for number, line in enumerate(data.splitlines(), 1):
        try:
            record = decoder.decode(line)
        except msgspec.DecodeError as error:
            raise HarnessError(f"{path}:{number}: expected a record, got {line[:80]!r}: {error}") from None
        if record.schema_version != SCHEMA_VERSION:
            raise HarnessError(
                f"{path}:{number}: expected schema version {SCHEMA_VERSION}, got {record.schema_version}: "
                "read it with the version of this repository that wrote it"
            )
        yield record

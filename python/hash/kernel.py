"""hash, kernel: hashes buffers with SHA-256; there is no concurrency in here."""

from __future__ import annotations

import hashlib
from functools import reduce
from operator import xor
from typing import Dict, List, NamedTuple

from contract import Outcome
from options import Options

KEPT = 6  # bytes of each digest that are used: a result has to stay below 2**53


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "count": options.natural("count", 0, 100_000_000),  # how many buffers
        "size": options.natural("size", 1, 100_000_000),  # bytes of each
        "units": options.natural("units", 1, 1_000_000),  # cut into so many units
    }


class Span(NamedTuple):
    """A unit: the buffers from `first` up to, not including, `end`, of `size` bytes each."""

    first: int
    end: int
    size: int


def split(count: int, size: int, units: int) -> List[Span]:
    """Cut `count` buffers into `units` spans of equal length; one span is a unit."""
    return [Span(count * i // units, count * (i + 1) // units, size) for i in range(units)]


def fill(number: int, size: int) -> bytes:
    """Write `number` over and over, as 8 bytes."""
    return (number.to_bytes(8, "little") * (size // 8 + 1))[:size]


def hash_buffers(span: Span) -> int:
    """Do one unit: fill a buffer with its number, hash it, and go on with the next.

    `hashlib` lets go of the GIL while it hashes more than 2,047 bytes; filling does not.
    """
    found = 0
    for number in range(span.first, span.end):
        buffer = fill(number, span.size)
        digest = hashlib.sha256(buffer).digest()
        found ^= int.from_bytes(digest[:KEPT], "little")
    return found


def total(found: List[int]) -> Outcome:
    """Join what the units gave."""
    return Outcome(result=reduce(xor, found, 0), units=len(found))

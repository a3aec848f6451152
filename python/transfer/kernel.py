"""transfer, kernel: a payload, and what a worker changes in it; there is no concurrency in here."""

from __future__ import annotations

import hashlib
import struct
from typing import Dict, List, Sequence, Union

from contract import Outcome
from options import Options

START = "spawn"  # where a model makes no process, it takes no other
DRAWN = 8_192  # numbers, which a larger payload repeats: to draw them is not what is measured
COPIES = {
    "bytes": 6,
    "list": 16,
    "dict": 40,
}  # how much a process needs at most, in sizes: objects, pickled and not
KEPT = 6  # bytes of the digest that are used: a result has to stay below 2**53
MASK = 2**64 - 1

Payload = Union[bytearray, memoryview, List[int], Dict[int, int]]
Answer = Union[Payload, Exception]
READY = bytearray()  # the first answer of a worker, before it is given anything


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line."""
    return {
        "size": options.natural("size", 1, 134_217_728),  # bytes of the payload
        "shape": options.choice("shape", "bytes", "list", "dict"),  # what it is made of
        "rounds": options.natural("rounds", 1, 1_000_000),  # how often it goes there and back
        "start": options.choice("start", "fork", "forkserver", "spawn"),  # how a worker process is made
    }


def require(workers: int, start: str = START) -> None:
    """Raise ValueError for more than one worker, or, in a model that makes no process, for a way to make one."""
    if workers != 1:
        raise ValueError(f"argument --workers: expected 1, got {workers}")
    if start != START:
        raise ValueError(f"argument --start: expected {START}, for this model makes no process, got {start}")


def draw(count: int) -> List[int]:
    """Draw numbers below 2**53 from SplitMix64."""
    numbers, state = [], 42
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & MASK
        numbers.append((mixed ^ (mixed >> 31)) >> 11)
    return numbers


def fill(size: int) -> bytearray:
    """Make a payload of bytes: the numbers, 8 bytes each."""
    reserve(COPIES["bytes"] * size)
    block = struct.pack(f"<{DRAWN}q", *draw(DRAWN))
    return bytearray((block * (size // len(block) + 1))[:size])


def make(size: int, shape: str) -> Payload:
    """Make a payload; in a list or a dict a number counts as 8 bytes, and there is at least one."""
    if shape == "bytes":
        return fill(size)
    reserve(COPIES[shape] * size)
    count = max(size // 8, 1)
    numbers = struct.unpack(f"<{count}q", fill(8 * count))  # each is an object of its own
    return list(numbers) if shape == "list" else dict(enumerate(numbers))


def reserve(needed: int) -> None:
    """Ask for so much memory and give it back untouched; raises MemoryError that says what to do if there is none."""
    try:
        bytes(needed)
    except MemoryError:
        raise MemoryError(f"expected {needed} bytes of memory, got fewer: lower --size") from None


def change(payload: Payload, number: int) -> Payload:
    """Do what a worker does in a round: add one to an element, each in its turn, and give the payload back."""
    at = number % len(payload)
    changed = payload[at] + 1
    payload[at] = changed % 256 if isinstance(payload, (bytearray, memoryview)) else changed
    return payload


def answer() -> Payload:
    """Give a worker's first answer."""
    return READY


def accept(given: Answer) -> Payload:
    """Return what a worker answered; raise what it failed with."""
    if isinstance(given, Exception):
        raise given
    return given


def write(payload: Payload) -> Union[bytearray, memoryview, bytes]:
    """Write a payload as bytes, a dict in the order of its keys."""
    if isinstance(payload, (bytearray, memoryview)):
        return payload
    return struct.pack(f"<{len(payload)}q", *(payload[at] for at in range(len(payload))))


def total(payload: Payload, first_ns: int, trips_ns: List[int]) -> Outcome:
    """Hash what came back at last; a round is a unit."""
    digest = hashlib.sha256(write(payload)).digest()
    metrics: Dict[str, Union[float, Sequence[float]]] = {"first_ns": first_ns, "round_trip_ns": trips_ns}
    return Outcome(int.from_bytes(digest[:KEPT], "little"), len(trips_ns), metrics)

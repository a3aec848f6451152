"""channel, kernel: numbers go into a queue, and who takes them adds them up; there is no concurrency in here."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Protocol

from contract import Outcome
from options import Options

END: None = None  # what says that nothing more comes


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "items": options.natural("items", 0, 100_000_000),  # how many numbers, from 0
        "producers": options.natural("producers", 1, 1_000),  # how many put them
        "consumers": options.natural("consumers", 1, 1_000),  # how many take them
        "capacity": options.natural("capacity", 1, 1_000_000),  # how many the queue holds
    }


def check_workers(producers: int, consumers: int, workers: int) -> None:
    """Raise ValueError unless there is a worker for every producer and every consumer."""
    expected = producers + consumers
    if workers != expected:
        raise ValueError(
            f"argument --workers: expected {expected}, one for each producer and consumer, got {workers}"
        )


class Queue(Protocol):
    """What numbers can be put into and taken out of; what ends with END."""

    def put(self, item: Optional[int], /) -> None: ...

    def get(self) -> Optional[int]: ...


class Tally(NamedTuple):
    """What one consumer took."""

    sum: int
    items: int


def split(items: int, producers: int) -> List[range]:
    """Share the numbers out to the producers; a number is a unit."""
    return [range(items * i // producers, items * (i + 1) // producers) for i in range(producers)]


def put_all(queue: Queue, numbers: range) -> None:
    """Put every number into the queue."""
    for number in numbers:
        queue.put(number)


def take_all(queue: Queue) -> Tally:
    """Add up the numbers that are taken until the end, and leave that for the next consumer."""
    taken = items = 0
    while True:
        number = queue.get()
        if number is END:
            queue.put(END)
            return Tally(taken, items)
        taken += number
        items += 1


def total(tallies: List[Tally]) -> Outcome:
    """Add up what the consumers took."""
    return Outcome(sum(tally.sum for tally in tallies), sum(tally.items for tally in tallies))

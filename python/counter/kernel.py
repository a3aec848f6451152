"""counter, kernel: adds one to a counter, over and over, in one of four ways; there is no concurrency in here."""

from __future__ import annotations

from typing import ContextManager, Dict, List, Protocol, Sequence, TypeVar, Union

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line."""
    return {
        "increments": options.natural("increments", 1, 1_000_000_000),  # of each worker
        "mode": options.choice("mode", "racy", "racy-call", "locked", "sharded"),  # how they count
    }


class Countable(Protocol):
    """What can be counted on; `multiprocessing.Value` can, too."""

    value: int


class Counter:
    """The plain counter of a program that shares its memory."""

    def __init__(self) -> None:
        self.value = 0


def count_racy(counter: Countable, increments: int) -> int:
    """Read, add, write: a switch between reading and writing undoes what the others counted meanwhile.

    Since Python 3.10 the interpreter does not look whether to switch in these three steps: with a GIL no
    update is lost here. That is how it happens to be made, and no promise.
    """
    for _ in range(increments):
        counter.value += 1
    return increments


def count_racy_call(counter: Countable, increments: int) -> int:
    """The same with a call between reading and writing, where every Python may switch."""
    for _ in range(increments):
        counter.value += int(1)  # noqa: RUF046 - the call is the point
    return increments


def count_locked(counter: Countable, increments: int, lock: ContextManager[object]) -> int:
    """Read, add, write, and hold `lock` from before the reading until after the writing."""
    for _ in range(increments):
        with lock:
            counter.value += 1
    return increments


def count(counter: Countable, increments: int, mode: str, lock: ContextManager[object]) -> int:
    """Do the units of one worker in the way that is asked for; an increment is a unit."""
    if mode == "locked":
        return count_locked(counter, increments, lock)
    if mode == "racy-call":
        return count_racy_call(counter, increments)
    return count_racy(counter, increments)  # sharded: the counter is the worker's own


Kind = TypeVar("Kind")


def split(counters: List[Kind], mode: str, workers: int) -> List[Kind]:
    """Give every worker a counter: to count `sharded` one of its own, else all of them the first."""
    return counters if mode == "sharded" else counters[:1] * workers


def total(counters: Sequence[Countable], done: List[int]) -> Outcome:
    """Add up the counters, and how many updates are not in them."""
    result, units = sum(counter.value for counter in counters), sum(done)
    return Outcome(result, units, {"lost_updates": units - result})

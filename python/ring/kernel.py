"""ring, kernel: a ring of inboxes through which a token is passed; there is no concurrency in here."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Protocol

from contract import Outcome
from options import Options

WORKERS = 503  # a prime, as elsewhere
END = -1  # what is passed instead of the token to say that it is over


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "passes": options.natural("passes", 1, 1_000_000_000),  # how often the token is passed on
    }


def check_workers(workers: int) -> None:
    """Raise ValueError unless there are as many workers as the ring has."""
    if workers != WORKERS:
        raise ValueError(f"argument --workers: expected {WORKERS}, which the ring has, got {workers}")


class Inbox(Protocol):
    """What a token can be put into and taken out of."""

    def put(self, token: int, /) -> None: ...

    def get(self) -> int: ...


class Tally(NamedTuple):
    """What one worker saw."""

    holder: int
    """Its number, from 1, if it holds the token in the end; else 0."""

    passed: int
    """How often it passed the token on."""


def pass_on(number: int, inbox: Inbox, outbox: Inbox) -> Tally:
    """Be one worker of the ring: pass the token on until it is over; a pass is a unit.

    The token says how many passes are left. Who gets it with none left holds it, and tells the others: what is
    below 0 goes round once.
    """
    passed = 0
    while True:
        left = inbox.get()
        outbox.put(left - 1)
        if left <= 0:
            return Tally(number if left == 0 else 0, passed)
        passed += 1


def total(tallies: List[Tally]) -> Outcome:
    """Say who holds the token, and count the passes."""
    return Outcome(sum(tally.holder for tally in tallies), sum(tally.passed for tally in tallies))

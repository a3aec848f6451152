"""fetch, uvloop: the same tasks on another event loop, written in C on libuv; notice that nothing else changes."""

import uvloop
from contract import Outcome
from fetch.coroutines import do_units
from fetch.kernel import list_paths, total


def run(url: str, requests: int, delay_ms: int, timeout_ms: int, workers: int) -> Outcome:
    """Get `requests` pages from `url`, at most `workers` in flight, in tasks of one event loop of uvloop's."""
    # Cut the work into units.
    paths = list_paths(requests, delay_ms)

    # Do every unit.
    answers = uvloop.run(do_units(url, paths, timeout_ms, workers))

    # Add up.
    return total(answers)

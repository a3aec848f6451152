"""ring, sequential: one loop moves the token from inbox to inbox; notice that nobody waits, and nobody is woken."""

from typing import List, Optional

from contract import Outcome
from ring.kernel import WORKERS, Tally, total


def run(passes: int, workers: int) -> Outcome:
    """Pass the token on `passes` times, on the one thread there is."""
    # Cut the work into units.
    inboxes: List[Optional[int]] = [None] * WORKERS

    # Do every unit.
    holder, left = 0, passes
    while left > 0:
        inboxes[holder] = None
        holder = (holder + 1) % WORKERS
        left -= 1
        inboxes[holder] = left

    # Add up.
    return total([Tally(holder + 1, passes - left)])

"""echo, sequential: one connection after another; notice that each message waits for the one before it."""

from contract import Outcome
from echo.kernel import hold_talk, list_talks, total


def run(url: str, connections: int, messages: int, size: int, timeout_ms: int, workers: int) -> Outcome:
    """Send `messages` messages over each of `connections` connections, one at a time."""
    # Cut the work into units.
    talks = list_talks(url, connections, messages, size, timeout_ms)

    # Do every unit.
    came = list(map(hold_talk, talks))

    # Add up.
    return total(came)

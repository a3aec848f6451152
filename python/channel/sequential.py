"""channel, sequential: fills a queue, then empties it, in turns; notice that nobody ever waits."""

from collections import deque
from itertools import chain
from typing import Deque

from channel.kernel import Tally, split, total
from contract import Outcome


def empty(queue: Deque[int], before: Tally) -> Tally:
    """Take all numbers that are in the queue, and add them to what was taken before."""
    taken, items = before
    while queue:
        taken += queue.popleft()
        items += 1
    return Tally(taken, items)


def run(items: int, producers: int, consumers: int, capacity: int, workers: int) -> Outcome:
    """Put `items` numbers into a queue and take them out again, on the one thread there is."""
    # Cut the work into units.
    shares = split(items, producers)
    queue: Deque[int] = deque()

    # Do every unit.
    taken = Tally(0, 0)
    for number in chain.from_iterable(shares):
        if len(queue) == capacity:
            taken = empty(queue, taken)
        queue.append(number)
    taken = empty(queue, taken)

    # Add up.
    return total([taken])

"""channel, threads: producers and consumers share a queue.Queue; notice that a full or empty one makes them wait."""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from queue import Queue
from typing import Optional

from channel.kernel import END, check_workers, put_all, split, take_all, total
from contract import Outcome


def run(items: int, producers: int, consumers: int, capacity: int, workers: int) -> Outcome:
    """Pass `items` numbers from `producers` threads to `consumers` threads."""
    # Cut the work into units.
    check_workers(producers, consumers, workers)
    shares = split(items, producers)
    queue: "Queue[Optional[int]]" = Queue(capacity)

    # Do every unit.
    with ThreadPoolExecutor(consumers) as takers:
        try:
            takes = [takers.submit(take_all, queue) for _ in range(consumers)]
            with ThreadPoolExecutor(producers) as putters:
                puts = putters.map(put_all, repeat(queue), shares)
        finally:
            queue.put(END)  # once all is put, or a thread cannot be made
    list(puts)
    tallies = [take.result() for take in takes]

    # Add up.
    return total(tallies)

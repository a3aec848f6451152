"""channel, processes: they share a multiprocessing.Queue; notice that each number is pickled and sent in a pipe."""

import multiprocessing
from multiprocessing import Process
from multiprocessing.connection import Connection, wait
from multiprocessing.queues import Queue
from typing import List, Optional

from channel.kernel import END, check_workers, put_all, split, take_all, total
from contract import Outcome


def send_all(queue: "Queue[Optional[int]]", sender: Connection) -> None:
    """Take all numbers in the child, and send what they add up to."""
    sender.send(take_all(queue))


def join(ending: List[Process], begun: List[Process]) -> None:
    """Wait until those that are `ending` have ended; raises ChildProcessError if one that was `begun` has failed."""
    while True:
        running = [process for process in begun if process.exitcode is None]
        for process in begun:
            if process.exitcode:
                raise ChildProcessError(f"a worker process ended with status {process.exitcode}")
        if not any(process in running for process in ending):
            return
        wait([process.sentinel for process in running])


def do_units(queue: "Queue[Optional[int]]", takers: List[Process], putters: List[Process]) -> None:
    """Pass all numbers from `putters` to `takers`; ends all of them if one fails, or cannot be made."""
    begun: List[Process] = []
    try:
        for process in [*takers, *putters]:
            process.start()
            begun.append(process)
        join(putters, begun)
        queue.put(END)  # once all is put
        join(takers, begun)
    finally:
        for process in begun:
            process.terminate()  # if it has not ended yet
            process.join()


def run(items: int, producers: int, consumers: int, capacity: int, workers: int) -> Outcome:
    """Pass `items` numbers from `producers` processes to `consumers` processes."""
    # Cut the work into units.
    check_workers(producers, consumers, workers)
    queue: "Queue[Optional[int]]" = multiprocessing.Queue(capacity)
    pipes = [multiprocessing.Pipe(duplex=False) for _ in range(consumers)]

    # Do every unit.
    takers = [Process(target=send_all, args=(queue, sender)) for _, sender in pipes]
    putters = [Process(target=put_all, args=(queue, share)) for share in split(items, producers)]
    do_units(queue, takers, putters)
    tallies = [receiver.recv() for receiver, _ in pipes]

    # Add up.
    return total(tallies)

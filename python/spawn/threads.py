"""spawn, threads: a thread for each node; notice that most of them do nothing but wait for their children."""

from threading import Thread
from typing import List, Optional

from contract import Outcome
from spawn.kernel import Node, Tally, add, branch, check_workers, count_leaf, split, total


class Visit(Thread):
    """A thread that does one unit, and keeps what came of it for whoever joins it."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node
        self.tally: Optional[Tally] = None
        self.failure: Optional[Exception] = None

    def run(self) -> None:
        try:
            self.tally = visit(self.node)
        except Exception as error:
            self.failure = error


def visit(node: Node) -> Tally:
    """Do one unit: do those below `node`, and add up."""
    if node.leaves == 1:
        return count_leaf(node)
    return add(do_units(branch(node)))


def do_units(nodes: List[Node]) -> List[Tally]:
    """Visit each of `nodes` on a thread of its own."""
    begun: List[Visit] = []
    try:
        for node in nodes:
            thread = Visit(node)
            thread.start()
            begun.append(thread)
    finally:  # also if there cannot be one more thread
        for thread in begun:
            thread.join()
    for failure in [thread.failure for thread in begun if thread.failure]:
        raise failure
    return [thread.tally for thread in begun if thread.tally]


def run(depth: int, workers: int) -> Outcome:
    """Visit a tree of `depth`, on as many threads as it has nodes."""
    # Cut the work into units.
    check_workers(workers)
    nodes = split(depth)

    # Do every unit.
    tallies = do_units(nodes)

    # Add up.
    return total(tallies)

"""spawn, processes: a process for each node; notice that what it gives comes back through a pipe."""

import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import List, Tuple

from contract import Outcome
from spawn.kernel import Node, Tally, add, branch, check_workers, count_leaf, split, total

# No thread is there that a fork could harm; the default from Python 3.14 on would start a server for every parent.
forking = multiprocessing.get_context("fork")


def send_tally(node: Node, sender: Connection) -> None:
    """Do one unit in the child, and send its tally or its failure."""
    try:
        sender.send(visit(node))
    except Exception as error:
        sender.send(error)


def visit(node: Node) -> Tally:
    """Do one unit: do those below `node`, and add up."""
    if node.leaves == 1:
        return count_leaf(node)
    return add(do_units(branch(node)))


def do_units(nodes: List[Node]) -> List[Tally]:
    """Visit each of `nodes` in a process of its own."""
    begun: List[Tuple[BaseProcess, Connection]] = []
    try:
        for node in nodes:
            receiver, sender = forking.Pipe(duplex=False)
            process = forking.Process(target=send_tally, args=(node, sender))
            process.start()
            sender.close()  # the child has it: once that has ended, nobody is left to send
            begun.append((process, receiver))
        answers = [receiver.recv() for _, receiver in begun]
    finally:  # also if there cannot be one more process
        for child, _ in begun:
            child.join()
    for failure in [answer for answer in answers if isinstance(answer, Exception)]:
        raise failure
    return answers


def run(depth: int, workers: int) -> Outcome:
    """Visit a tree of `depth`, in as many processes as it has nodes."""
    # Cut the work into units.
    check_workers(workers)
    nodes = split(depth)

    # Do every unit.
    tallies = do_units(nodes)

    # Add up.
    return total(tallies)

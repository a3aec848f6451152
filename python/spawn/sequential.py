"""spawn, sequential: a call for each node; the time every other model is held against."""

from typing import List

from contract import Outcome
from spawn.kernel import Node, Tally, add, branch, count_leaf, split, total


def visit(node: Node) -> Tally:
    """Do one unit: do those below `node`, and add up."""
    if node.leaves == 1:
        return count_leaf(node)
    return add(do_units(branch(node)))


def do_units(nodes: List[Node]) -> List[Tally]:
    """Visit one of `nodes` after another."""
    return list(map(visit, nodes))


def run(depth: int, workers: int) -> Outcome:
    """Visit a tree of `depth`, on the one thread there is."""
    # Cut the work into units.
    nodes = split(depth)

    # Do every unit.
    tallies = do_units(nodes)

    # Add up.
    return total(tallies)

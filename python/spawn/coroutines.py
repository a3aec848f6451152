"""spawn, coroutines: a task for each node, all on one loop; notice that it is the plain recursion with `await`."""

import asyncio
from typing import List

from contract import Outcome
from spawn.kernel import Node, Tally, add, branch, check_workers, count_leaf, split, total


async def visit(node: Node) -> Tally:
    """Do one unit: do those below `node`, and add up."""
    if node.leaves == 1:
        return count_leaf(node)
    return add(await do_units(branch(node)))


async def do_units(nodes: List[Node]) -> List[Tally]:
    """Visit each of `nodes` in a task of its own."""
    return await asyncio.gather(*map(visit, nodes))


def run(depth: int, workers: int) -> Outcome:
    """Visit a tree of `depth`, in as many tasks of one loop as it has nodes."""
    # Cut the work into units.
    check_workers(workers)
    nodes = split(depth)

    # Do every unit.
    tallies = asyncio.run(do_units(nodes))

    # Add up.
    return total(tallies)

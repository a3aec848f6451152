"""spawn, kernel: a tree of nodes that add up what their children give; there is no concurrency in here."""

from __future__ import annotations

from typing import Dict, List, NamedTuple

from contract import Outcome
from options import Options

CHILDREN = 10


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "depth": options.natural("depth", 0, 6),  # how many levels of children the root has
    }


def check_workers(workers: int) -> None:
    """Raise ValueError for more than one worker: each node makes its own, so the tree says how many there are."""
    if workers != 1:
        raise ValueError(f"argument --workers: expected 1, as --depth says how many there are, got {workers}")


class Node(NamedTuple):
    """A unit: a node of the tree, named by the leaves below it; a leaf is its own only one."""

    first: int
    leaves: int


class Tally(NamedTuple):
    """What a unit gave."""

    ordinals: int
    """The sum of the ordinals of the leaves below it."""

    nodes: int
    """How many nodes were visited: itself, and all below it."""


def split(depth: int) -> List[Node]:
    """List the one unit that stands at the beginning, the root; it begins all others."""
    return [Node(0, CHILDREN**depth)]


def branch(node: Node) -> List[Node]:
    """List the children of a node that is not a leaf."""
    leaves = node.leaves // CHILDREN
    return [Node(node.first + i * leaves, leaves) for i in range(CHILDREN)]


def count_leaf(node: Node) -> Tally:
    """Give the ordinal of a leaf."""
    return Tally(node.first, 1)


def add(tallies: List[Tally]) -> Tally:
    """Add up what the children of a node gave, and count the node itself."""
    ordinals = nodes = 0
    for tally in tallies:
        ordinals += tally.ordinals
        nodes += tally.nodes
    return Tally(ordinals, nodes + 1)


def total(tallies: List[Tally]) -> Outcome:
    """Say what the root gave."""
    return Outcome(result=tallies[0].ordinals, units=tallies[0].nodes)

"""What one run of a workload gives: the part of the runner contract that kernels and models share."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Sequence, Union


class Outcome(NamedTuple):
    """The work of one run, added up over its units."""

    result: int
    """The answer: below 2**53, the same in every language and model, whatever finished first."""

    units: int
    """Units that were really completed."""

    metrics: Mapping[str, Union[float, Sequence[float]]] = {}
    """Numbers and arrays of numbers that only this workload has, with their unit in the name."""

"""timeline, coroutines: each worker is a task of one loop; notice that none runs until the one before it ends."""

import asyncio
from typing import List

from contract import Outcome
from timeline.kernel import Lane, Unit, compute, split, total


async def do_units(units: List[Unit]) -> List[Lane]:
    """Do all `units`, each in a task."""

    async def do_unit(unit: Unit) -> Lane:
        return compute(unit)  # never waits: nothing else of this loop runs meanwhile

    return await asyncio.gather(*map(do_unit, units))


def run(duration_ms: int, gap_us: int, workers: int) -> Outcome:
    """Compute for `duration_ms` in each of `workers` tasks of one event loop, and note when each ran."""
    # Cut the work into units.
    units = split(duration_ms, gap_us, workers)

    # Do every unit.
    lanes = asyncio.run(do_units(units))

    # Add up.
    return total(lanes)

"""matmul, coroutines: one task a unit on one loop; notice that nothing is awaited, so they take turns."""

import asyncio
from typing import List

from contract import Outcome
from matmul.kernel import Band, Matrix, join, multiply, split, transpose


async def do_units(bands: List[Band], workers: int) -> List[Matrix]:
    """Multiply all `bands`, at most `workers` of them begun at once."""
    slots = asyncio.Semaphore(workers)

    async def do_unit(band: Band) -> Matrix:
        async with slots:
            return multiply(band)  # computes, never waits: the loop stands still meanwhile

    return await asyncio.gather(*map(do_unit, bands))


def run(a: Matrix, b: Matrix, units: int, workers: int) -> Outcome:
    """Multiply `a` by `b`, in `units` units, in tasks of one event loop."""
    # Cut the work into units.
    columns = transpose(b)
    bands = split(a, columns, units)

    # Do every unit.
    products = asyncio.run(do_units(bands, workers))

    # Put the product together.
    return join(products)

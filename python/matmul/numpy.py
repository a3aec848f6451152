"""matmul, numpy: one call of a library in C and Fortran; notice that it cuts the work, and makes threads, itself."""

import numpy as np
from contract import Outcome
from matmul.kernel import Matrix, cut, join


def run(a: Matrix, b: Matrix, units: int, workers: int) -> Outcome:
    """Multiply `a` by `b`, in one call; its threads are as many as the cores, which was settled at its import."""
    # Cut the work into units.
    left, right = np.array(a), np.array(b)  # the library cuts them

    # Do every unit.
    product = (left @ right).tolist()

    # Put the product together.
    return join(cut(product, units))

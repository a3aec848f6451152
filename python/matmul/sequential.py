"""matmul, sequential: one unit after another; the time every other model is held against."""

from contract import Outcome
from matmul.kernel import Matrix, join, multiply, split, transpose


def run(a: Matrix, b: Matrix, units: int, workers: int) -> Outcome:
    """Multiply `a` by `b`, in `units` units, on the one thread there is."""
    # Cut the work into units.
    columns = transpose(b)
    bands = split(a, columns, units)

    # Do every unit.
    products = list(map(multiply, bands))

    # Put the product together.
    return join(products)

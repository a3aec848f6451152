"""matmul, processes: each worker is a process; notice that all columns are pickled with each unit, and rows back."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from matmul.kernel import Matrix, join, multiply, split, transpose


def run(a: Matrix, b: Matrix, units: int, workers: int) -> Outcome:
    """Multiply `a` by `b`, in `units` units, on `workers` processes."""
    # Cut the work into units.
    columns = transpose(b)
    bands = split(a, columns, units)

    # Do every unit.
    with ProcessPoolExecutor(workers) as pool:
        products = list(pool.map(multiply, bands))

    # Put the product together.
    return join(products)

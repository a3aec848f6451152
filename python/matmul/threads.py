"""matmul, threads: each worker is a thread; notice that the GIL lets only one of them compute at a time."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from matmul.kernel import Matrix, join, multiply, split, transpose


def run(a: Matrix, b: Matrix, units: int, workers: int) -> Outcome:
    """Multiply `a` by `b`, in `units` units, on `workers` threads."""
    # Cut the work into units.
    columns = transpose(b)
    bands = split(a, columns, units)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        products = list(pool.map(multiply, bands))

    # Put the product together.
    return join(products)

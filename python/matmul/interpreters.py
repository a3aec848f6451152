"""matmul, interpreters: each worker is a thread with an interpreter of its own; notice that data are pickled too."""

from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from matmul.kernel import Matrix, join, multiply, split, transpose


def run(a: Matrix, b: Matrix, units: int, workers: int) -> Outcome:
    """Multiply `a` by `b`, in `units` units, on `workers` interpreters."""
    # Cut the work into units.
    columns = transpose(b)
    bands = split(a, columns, units)

    # Do every unit.
    with InterpreterPoolExecutor(workers) as pool:
        products = list(pool.map(multiply, bands))

    # Put the product together.
    return join(products)

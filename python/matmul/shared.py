"""matmul, shared: processes whose matrices lie in memory they share; notice that a unit is a name and three numbers."""

from __future__ import annotations

from array import array
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain
from multiprocessing.shared_memory import SharedMemory
from typing import Iterator, Tuple

from contract import Outcome
from matmul.kernel import Band, Matrix, join, multiply, transpose

Span = Tuple[str, int, int, int]
"""A unit: the name of the memory, the rows that its matrices have, and those from which up to which it multiplies."""


@contextmanager
def view(memory: SharedMemory, *, own: bool) -> Iterator[memoryview[float]]:
    """View shared memory as numbers: the rows of a, the columns of b, the rows of the product; its owner removes it."""
    try:
        with memory.buf.cast("d") as numbers:  # type: ignore[union-attr]  # it is None only when closed
            yield numbers
    finally:
        if own:
            memory.unlink()
        memory.close()


def read(numbers: memoryview[float], n: int, first: int, end: int) -> Matrix:
    """Copy the rows from `first` up to, not including, `end` out of shared memory."""
    return [numbers[i * n : (i + 1) * n].tolist() for i in range(first, end)]  # type: ignore[misc]  # they are float


def multiply_shared(span: Span) -> Span:
    """Do one unit: what it needs, and what it gives, is in shared memory."""
    name, n, first, end = span
    with view(SharedMemory(name), own=False) as numbers:
        product = multiply(Band(read(numbers, n, first, end), read(numbers, n, n, 2 * n)))
        numbers[(2 * n + first) * n : (2 * n + end) * n] = array("d", chain(*product))
    return span


def run(a: Matrix, b: Matrix, units: int, workers: int) -> Outcome:
    """Multiply `a` by `b`, in `units` units, on `workers` processes that share memory."""
    n = len(a)
    memory = SharedMemory(create=True, size=3 * n * n * array("d").itemsize)
    with view(memory, own=True) as numbers:
        # Cut the work into units.
        numbers[: 2 * n * n] = array("d", chain(*a, *transpose(b)))
        spans = [(memory.name, n, n * i // units, n * (i + 1) // units) for i in range(units)]

        # Do every unit.
        with ProcessPoolExecutor(workers) as pool:
            done = list(pool.map(multiply_shared, spans))

        # Put the product together.
        return join([read(numbers, n, 2 * n + first, 2 * n + end) for _, _, first, end in done])

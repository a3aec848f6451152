"""query, interpreters: each worker is a thread with a connection, and a GIL, of its own (Python 3.14)."""

import atexit
from concurrent.futures import InterpreterPoolExecutor
from types import SimpleNamespace

from contract import Outcome
from query import kernel
from query.kernel import QueryError, do_batch, split, total


def connect(database: str) -> None:
    """Name the calling interpreter's database; each call is a new thread to it, so a thread's own would be lost."""
    kernel.own = SimpleNamespace()  # type: ignore[assignment]
    kernel.connect(database)
    atexit.register(vars(kernel.own).clear)  # closes the connection before the interpreter ends


def run(database: str, queries: int, rows: int, sum_rows: int, batch: int, workers: int) -> Outcome:
    """Ask `queries` queries of `database`, on `workers` interpreters."""
    if kernel.is_url(database):
        raise QueryError(
            "expected the path of a file: psycopg's C code runs in a program's first interpreter only"
        )

    # Cut the work into batches.
    batches = split(queries, rows, sum_rows, batch)

    # Do every batch.
    with InterpreterPoolExecutor(workers, initializer=connect, initargs=(database,)) as pool:
        answers = list(pool.map(do_batch, batches))

    # Add up.
    return total(answers)

"""query, threads: each worker is a thread with a connection; notice that each query runs without the GIL."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from query.kernel import connect, do_batch, split, total


def run(database: str, queries: int, rows: int, sum_rows: int, batch: int, workers: int) -> Outcome:
    """Ask `queries` queries of `database`, on `workers` threads."""
    # Cut the work into batches.
    batches = split(queries, rows, sum_rows, batch)

    # Do every batch.
    with ThreadPoolExecutor(workers, initializer=connect, initargs=(database,)) as pool:
        answers = list(pool.map(do_batch, batches))

    # Add up.
    return total(answers)

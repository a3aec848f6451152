"""query, sequential: one query after another on one connection; the time every other model is held against."""

from contract import Outcome
from query.kernel import connect, do_batch, split, total


def run(database: str, queries: int, rows: int, sum_rows: int, batch: int, workers: int) -> Outcome:
    """Ask `queries` queries of `database`, one at a time."""
    # Cut the work into batches.
    batches = split(queries, rows, sum_rows, batch)

    # Do every batch.
    connect(database)
    answers = list(map(do_batch, batches))

    # Add up.
    return total(answers)

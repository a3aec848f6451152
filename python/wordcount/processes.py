"""wordcount, processes: each worker is a process; notice that the chunks are pickled, and the tables back."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from wordcount.kernel import count_words, merge, split


def run(text: str, units: int, workers: int) -> Outcome:
    """Count the words of `text`, in `units` units, on `workers` processes."""
    # Cut the work into units.
    chunks = split(text, units)

    # Do every unit.
    with ProcessPoolExecutor(workers) as pool:
        tables = list(pool.map(count_words, chunks))

    # Merge the tables.
    return merge(tables)

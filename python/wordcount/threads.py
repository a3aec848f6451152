"""wordcount, threads: each worker is a thread; notice that the GIL lets only one of them count at a time."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from wordcount.kernel import count_words, merge, split


def run(text: str, units: int, workers: int) -> Outcome:
    """Count the words of `text`, in `units` units, on `workers` threads."""
    # Cut the work into units.
    chunks = split(text, units)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        tables = list(pool.map(count_words, chunks))

    # Merge the tables.
    return merge(tables)

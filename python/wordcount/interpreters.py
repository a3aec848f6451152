"""wordcount, interpreters: each worker is a thread with its own interpreter; notice that data are pickled here too."""

from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from wordcount.kernel import count_words, merge, split


def run(text: str, units: int, workers: int) -> Outcome:
    """Count the words of `text`, in `units` units, on `workers` interpreters."""
    # Cut the work into units.
    chunks = split(text, units)

    # Do every unit.
    with InterpreterPoolExecutor(workers) as pool:
        tables = list(pool.map(count_words, chunks))

    # Merge the tables.
    return merge(tables)

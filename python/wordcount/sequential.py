"""wordcount, sequential: one unit after another; the time every other model is held against."""

from contract import Outcome
from wordcount.kernel import count_words, merge, split


def run(text: str, units: int, workers: int) -> Outcome:
    """Count the words of `text`, in `units` units, on the one thread there is."""
    # Cut the work into units.
    chunks = split(text, units)

    # Do every unit.
    tables = list(map(count_words, chunks))

    # Merge the tables.
    return merge(tables)

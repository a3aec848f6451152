"""wordcount, kernel: counts how often each word stands in a text; there is no concurrency in here."""

from __future__ import annotations

from collections import Counter
from typing import Dict, List, Sequence, Union

from contract import Outcome
from options import Options

PAGE = 100_000  # words after which a text begins anew: to draw a word takes Python longer than to count it
PRIME = 2**31 - 1

Table = Dict[str, int]


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line, and write the text: no model is timed for that."""
    words = options.natural("words", 0, 10_000_000)  # of the whole text
    vocabulary = options.natural("vocabulary", 1, 100_000)  # different words to draw from
    units = options.natural("units", 1, 10_000)  # the text is cut into so many units
    options.finish()  # nothing is written for a command line that is wrong
    return {"text": write_text(words, vocabulary), "units": units}


def draw(index: int) -> int:
    """Return number `index` of SplitMix64, from 0."""
    number = (index + 1) * 0x9E3779B97F4A7C15 % 2**64
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    number = (number ^ number >> 27) * 0x94D049BB133111EB % 2**64
    return number ^ number >> 31


def spell(number: int) -> str:
    """Spell a word of 3 to 10 letters that stands for a random number."""
    word = ""
    number, longer = divmod(number, 8)
    for _ in range(3 + longer):
        number, letter = divmod(number, 26)
        word += chr(ord("a") + letter)
    return word


def choose(number: int, vocabulary: int) -> int:
    """Choose a word of the vocabulary by a random number; the product of its halves makes the first ones frequent."""
    return ((number >> 32) * (number % 2**32) >> 32) * vocabulary >> 32


def write_text(words: int, vocabulary: int) -> str:
    """Write a text of `words` words with a space between them: a page of random ones, over and over."""
    known = [spell(draw(i)) for i in range(vocabulary)]
    page = [known[choose(draw(vocabulary + i), vocabulary)] for i in range(PAGE)]
    return " ".join(page * (words // PAGE) + page[: words % PAGE])


def split(text: str, units: int) -> List[str]:
    """Cut the text into `units` chunks of equal length, each up to the next space; one chunk is a unit."""
    chunks = []
    begin = 0
    for i in range(units):
        end = text.find(" ", len(text) * (i + 1) // units)
        if end == -1:
            end = len(text)
        chunks.append(text[begin:end])
        begin = end
    return chunks


def count_words(chunk: str) -> Table:
    """Do one unit: count how often each word stands in a chunk."""
    return Counter(chunk.split())


def hash_word(word: str) -> int:
    """Take the letters of a word for the digits of a number; PRIME keeps it below 2**31."""
    return int.from_bytes(word.encode(), "big") % PRIME


def merge(tables: Sequence[Table]) -> Outcome:
    """Merge what the units gave; squares of the counts tell one merged table from many that were not."""
    merged: Counter[str] = Counter()
    for table in tables:
        merged.update(table)
    result = sum(hash_word(word) * count * count for word, count in merged.items()) % 2**53
    return Outcome(result, len(tables), {"counted_words": sum(merged.values())})

"""wordcount: its results against a count by sorting, of a text that is written here once more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import groupby, islice

import pytest

from harness.plan.check import declare
from tests.runners import TYPICAL, Program

DECLARED = declare().workloads["wordcount"]
OWN = [
    (program, model)
    for program, workload, model in TYPICAL
    if workload == "wordcount"
    and program.command[0] in {".venv/bin/python", "build/go/runner", "build/cpp/runner"}
]
PAGE = 100_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def generate() -> Iterator[int]:
    """SplitMix64 as its authors write it: a state that is stepped."""
    mask = 0xFFFFFFFFFFFFFFFF
    state = 0
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        yield mixed ^ (mixed >> 31)


def test_the_generator_gives_the_numbers_that_are_published() -> None:
    assert [*islice(generate(), 3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def spell(number: int) -> str:
    """The lowest three bits are the letters beyond three, the rest the letters, the lowest first."""
    digits = [number // 8 // 26**i % 26 for i in range(3 + (number & 7))]
    return "".join(LETTERS[digit] for digit in digits)


@cache
def list_words(words: int, vocabulary: int) -> list[str]:
    numbers = generate()
    known = [spell(number) for number in islice(numbers, vocabulary)]
    page = []
    for number in islice(numbers, PAGE):
        high, low = divmod(number, 2**32)
        page.append(known[high * low // 2**32 * vocabulary // 2**32])
    return [page[i % PAGE] for i in range(words)]


def expect(words: int, vocabulary: int) -> int:
    """Sort, count what is alike, and add the words up as numbers of which the letters are the digits."""
    total = 0
    for word, alike in groupby(sorted(list_words(words, vocabulary))):
        number = sum(ord(letter) * 256**i for i, letter in enumerate(reversed(word)))
        total += number % (2**31 - 1) * len([*alike]) ** 2
    return total % 2**53


def test_what_is_declared_is_what_sorting_counts() -> None:
    for vector in DECLARED.vectors:
        words, vocabulary = (vector.arguments[name] for name in ("words", "vocabulary"))
        assert isinstance(words, int)
        assert isinstance(vocabulary, int)
        assert vector.result == expect(words, vocabulary)


@pytest.mark.parametrize(("program", "model"), OWN, ids=lambda each: getattr(each, "language", each))
def test_every_word_is_counted_wherever_the_text_is_cut(program: Program, model: str) -> None:
    for words, vocabulary, units in ((1, 1, 4), (29, 5, 29), (29, 5, 250), (2_000, 300, 3)):
        arguments = {"words": words, "vocabulary": vocabulary, "units": units}
        given = [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
        workers = "1" if model == "sequential" else "3"
        finished = program.run("wordcount", model, *given, "--workers", workers)
        assert (finished.returncode, finished.stderr) == (0, "")
        report = json.loads(finished.stdout)
        assert report["metrics"] == {"counted_words": words}
        assert (report["result"], report["units"]) == (expect(words, vocabulary), units)


def test_no_text_is_written_for_a_command_line_that_is_wrong() -> None:
    for program in {program for program, _ in OWN}:
        finished = program.run(
            "wordcount", "sequential", "--words", "9" * 30, "--vocabulary", "9" * 30, "--units", "0"
        )
        assert (finished.returncode, finished.stdout) == (2, "")
        said = "runner: wordcount sequential: argument --words: expected at most 10000000, got 9"
        assert finished.stderr.startswith(said)

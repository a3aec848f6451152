"""The results that the computing workloads declare, found again in ways that share nothing with the kernels."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterator
from math import isqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from harness.plan.check import declare
from tests.runners import PROGRAMS

DECLARATIONS = declare()
QUEENS = (
    1,
    0,
    0,
    2,
    10,
    4,
    40,
    92,
    352,
    724,
    2_680,
    14_200,
    73_712,
    365_596,
    2_279_184,
)  # OEIS A000170, from 1 on


class Held(NamedTuple):
    """Arguments, and the result that is declared for them."""

    name: str
    arguments: dict[str, int]
    result: int


def list_held(workload: str) -> list[Held]:
    """List the vectors and the sizes of a workload, with all their arguments."""
    declared = DECLARATIONS.workloads[workload]
    defaults = {name: each.default for name, each in declared.arguments.items()}
    vectors = {f"vector {i}": vector for i, vector in enumerate(declared.vectors)}
    return [
        Held(
            name,
            {key: int(str(value)) for key, value in {**defaults, **each.arguments}.items()},
            int(each.result),
        )
        for name, each in {**vectors, **declared.sizes}.items()
    ]


@pytest.mark.parametrize("language", ["cpp", "go"])
@pytest.mark.parametrize("workload", ["hash", "mandelbrot", "nqueens", "primes"])
def test_what_is_timed_gives_what_is_declared(workload: str, language: str) -> None:
    """Python gives the same on the vectors: see test_implementations.py.

    SHA-256 is Go's own in Go, and OpenSSL's in C++, as in Python.
    """
    program = next(each for each in PROGRAMS if each.language == language)
    model = {"cpp": "threads", "go": "pool"}[language]
    for held in list_held(workload):
        words = [word for name, value in held.arguments.items() for word in (f"--{name}", str(value))]
        finished = program.run(workload, model, *words, "--workers", "2")
        assert json.loads(finished.stdout)["result"] == held.result, held.name


def list_primes(limit: int) -> list[int]:
    """Sieve the primes below a limit."""
    is_prime = np.arange(limit) > 1
    for number in range(2, int(limit**0.5) + 1):
        is_prime[number * number :: number] = False
    return [int(prime) for prime in np.flatnonzero(is_prime)]


def test_primes_are_those_that_a_sieve_leaves() -> None:
    for held in list_held("primes"):
        assert len(list_primes(held.arguments["limit"])) == held.result, held.name


def count_divisions(limit: int) -> int:
    """Count the odd divisors that are tried: up to the least one that divides, or to the root."""
    least = list(range(limit))
    for number in reversed(list_primes(isqrt(limit) + 1)):
        least[number * number :: number] = [number] * len(range(number * number, limit, number))
    tried = {
        number: isqrt(number) if least[number] == number else least[number] for number in range(3, limit)
    }
    return sum((last - 1) // 2 for number, last in tried.items() if number % 2)


def test_the_twin_of_the_short_primes_is_5_percent_more_work() -> None:
    sizes = {held.name: held.arguments["limit"] for held in list_held("primes")}
    assert count_divisions(sizes["short"]) == 1_345_442
    assert count_divisions(sizes["short_twin"]) == 1_412_799


def test_nqueens_is_as_published() -> None:
    for held in list_held("nqueens"):
        assert QUEENS[held.arguments["n"] - 1] == held.result, held.name


@pytest.mark.parametrize("n", range(3, 9))
def test_queens_are_permutations_without_a_diagonal_twice(n: int) -> None:
    rows = range(n)
    found = [
        columns
        for columns in itertools.permutations(rows)
        if len({columns[row] + row for row in rows}) == len({columns[row] - row for row in rows}) == n
    ]
    assert len(found) == QUEENS[n - 1]


@pytest.mark.parametrize("n", [3, 4, 13, 20])
def test_queens_units_are_the_pairs_of_two_rows(n: int) -> None:
    """Of n² pairs, n share the column, and n - 1 each of the two diagonals."""
    attacked = sum(abs(first - second) <= 1 for first in range(n) for second in range(n))
    assert n * n - attacked == (n - 1) * (n - 2)


def count_bounded(size: int, iterations: int) -> int:
    """Follow all points of the grid at once, in doubles and in the order that the kernels have."""
    steps = np.arange(size, dtype=np.float64)
    cr, ci = np.meshgrid(2.0 * steps / size - 1.5, 2.0 * steps / size - 1.0)
    zr, zi = np.zeros_like(cr), np.zeros_like(ci)
    bounded = np.ones_like(cr, dtype=bool)
    with np.errstate(over="ignore", invalid="ignore"):  # points that left go on, out of sight
        for _ in range(iterations):
            zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
            bounded &= zr * zr + zi * zi <= 4.0
    return int(bounded.sum())


def test_mandelbrot_is_what_numpy_counts() -> None:
    for held in list_held("mandelbrot"):
        assert count_bounded(**held.arguments) == held.result, held.name


def fill_files(folder: Path, count: int, size: int) -> Iterator[str]:
    """Write the buffers as files; return their names."""
    for number in range(count):
        word = bytes(number >> 8 * i & 255 for i in range(8))
        (folder / str(number)).write_bytes(bytes(itertools.islice(itertools.cycle(word), size)))
        yield str(number)


SMALL = [held for held in list_held("hash") if held.name.startswith("vector") and held.arguments["count"]]


@pytest.mark.parametrize("held", SMALL, ids=lambda held: held.name)
def test_hash_is_what_sha256sum_says(held: Held, tmp_path: Path) -> None:
    files = list(fill_files(tmp_path, held.arguments["count"], held.arguments["size"]))
    said = subprocess.check_output(["sha256sum", *files], cwd=tmp_path, text=True)
    words = [int.from_bytes(bytes.fromhex(line[:12]), "little") for line in said.splitlines()]
    found = 0
    for word in words:
        found ^= word
    assert found == held.result

    # No two words are equal and none is 0, so a buffer that is left out, done twice or taken for another changes the
    # XOR: who gives the result has hashed them all.
    assert len({0, *words}) == held.arguments["count"] + 1

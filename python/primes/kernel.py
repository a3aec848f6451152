"""primes, kernel: counts primes by trial division; there is no concurrency in here."""

from __future__ import annotations

from typing import Dict, List

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "limit": options.natural("limit", 0, 100_000_000),  # count the primes below it
        "units": options.natural("units", 1, 1_000_000),  # cut into so many units
    }


def split(limit: int, units: int) -> List[range]:
    """Cut the numbers below `limit` into `units` ranges of equal length; one range is a unit."""
    return [range(limit * i // units, limit * (i + 1) // units) for i in range(units)]


def is_prime(number: int) -> bool:
    """Tell whether `number` is prime, by dividing it by 2 and then by every odd number up to its root."""
    if number < 2:
        return False
    if number % 2 == 0:
        return number == 2
    divisor = 3
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 2
    return True


def count_primes(span: range) -> int:
    """Do one unit: count the primes in `span`."""
    count = 0
    for number in span:
        if is_prime(number):
            count += 1
    return count


def total(counts: List[int]) -> Outcome:
    """Add up what the units gave."""
    return Outcome(result=sum(counts), units=len(counts))

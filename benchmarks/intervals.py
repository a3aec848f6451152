"""How often an interval holds the truth, by its method and the number of rounds, on simulated noise.

python -m benchmarks.intervals RUN [--samples 2000]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from harness.estimates import CONFIDENCE, Estimate, Floats, decide, estimate
from harness.store.folder import Run

COUNTS = (5, 10, 20, 50)
FLOOR, CEILING, PRECISION = 10, 50, 0.02
"""How measuring goes on where it is told to go on until an interval is narrow enough."""
FAMILY = 10
MANY = 2_000_000


def jitter(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """2 % of jitter."""
    return np.exp(random.normal(0, 0.02, shape))


def disturb(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """1 % of jitter, and every seventh run up to twice as long."""
    slow = np.where(random.random(shape) < 1 / 7, 1 + random.random(shape), 1.0)
    return np.asarray(np.exp(random.normal(0, 0.01, shape)) * slow)


Noise = Callable[[np.random.Generator, tuple[int, ...]], Floats]
NOISES: Mapping[str, Noise] = {"2 % jitter": jitter, "every seventh run disturbed": disturb}


Judge = Callable[[Floats], Estimate]
Rule = Callable[[Floats, Judge], Estimate]


def judge_all(values: Floats, judge: Judge) -> Estimate:
    """Judge a number of rounds that was fixed before."""
    return judge(values)


def judge_until_narrow(values: Floats, judge: Judge) -> Estimate:
    """Judge the first rounds, and one more as long as the interval is too wide: as a schedule does."""
    counts = iter(range(FLOOR, len(values) + 1))
    found = judge(values[: next(counts)])
    while found.relative_width > PRECISION and (count := next(counts, 0)):
        found = judge(values[:count])
    return found


def hold_median(noise: Noise, count: int, samples: int, rule: Rule) -> float:
    """Return how often the interval of a median holds the true one."""
    truth = float(np.median(noise(np.random.default_rng(0), (MANY,))))
    found = [rule(sample, estimate) for sample in noise(np.random.default_rng(count), (samples, count))]
    return float(np.mean([each.low <= truth <= each.high for each in found]))


def hold_ratio(noise: Noise, count: int, samples: int, rule: Rule, family: int) -> float:
    """Return how often the interval of a ratio of two programs that are the same holds 1."""
    random = np.random.default_rng(count)
    pairs = np.log(noise(random, (samples, count))) - np.log(noise(random, (samples, count)))
    found = [rule(each, lambda values: decide(values, family)) for each in pairs]
    return float(np.mean([each.low <= 1 <= each.high for each in found]))


def hold_family(noise: Noise, count: int, samples: int, rule: Rule) -> float:
    """Return how often none of a family's intervals excludes 1, where all are compared with the same runs."""
    random = np.random.default_rng(count)
    against = np.log(noise(random, (samples, count)))
    whole = np.ones(samples, dtype=bool)
    for _ in range(FAMILY):
        pairs = against - np.log(noise(random, (samples, count)))
        found = [rule(each, lambda values: decide(values, FAMILY)) for each in pairs]
        whole &= [each.low <= 1 <= each.high for each in found]
    return float(np.mean(whole))


def main() -> None:
    """Draw samples, count how many intervals hold the truth, write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the run folder that gets benchmarks/intervals.csv")
    parser.add_argument("--samples", type=int, default=2000)
    arguments = parser.parse_args()
    samples = arguments.samples
    methods: dict[str, Callable[[Noise, int, Rule], float]] = {
        f"median, {CONFIDENCE:.0%}": lambda noise, count, rule: hold_median(noise, count, samples, rule),
        "ratio, one comparison": lambda noise, count, rule: hold_ratio(noise, count, samples, rule, 1),
        f"ratio, one of {FAMILY}": lambda noise, count, rule: hold_ratio(noise, count, samples, rule, FAMILY),
        f"all {FAMILY} ratios": lambda noise, count, rule: hold_family(noise, count, samples, rule),
    }
    rules: dict[str, tuple[int, Rule]] = {f"{count} rounds": (count, judge_all) for count in COUNTS}
    rules[f"{FLOOR} to {CEILING}, until ±{PRECISION:.0%}"] = (CEILING, judge_until_narrow)
    rows = []
    for noise, draw in NOISES.items():
        for name, method in methods.items():
            row: dict[str, object] = {"noise": noise, "interval of": name}
            row |= {title: f"{method(draw, count, rule):.2%}" for title, (count, rule) in rules.items()}
            rows.append(row)
    table = pd.DataFrame(rows)
    Run(arguments.folder).write_table("benchmarks/intervals.csv", table)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()

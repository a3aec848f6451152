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


def hold_median(noise: Noise, count: int, samples: int) -> float:
    """Return how often the interval of a median holds the true one."""
    truth = float(np.median(noise(np.random.default_rng(0), (MANY,))))
    found = [estimate(sample) for sample in noise(np.random.default_rng(count), (samples, count))]
    return float(np.mean([each.low <= truth <= each.high for each in found]))


def hold_ratio(noise: Noise, count: int, samples: int, family: int) -> float:
    """Return how often the interval of a ratio of two programs that are the same holds 1."""
    random = np.random.default_rng(count)
    pairs = np.log(noise(random, (samples, count))) - np.log(noise(random, (samples, count)))
    found: list[Estimate] = [decide(each, family) for each in pairs]
    return float(np.mean([each.low <= 1 <= each.high for each in found]))


def hold_family(noise: Noise, count: int, samples: int) -> float:
    """Return how often none of a family's intervals excludes 1, where all are compared with the same runs."""
    random = np.random.default_rng(count)
    against = np.log(noise(random, (samples, count)))
    whole = np.ones(samples, dtype=bool)
    for _ in range(FAMILY):
        found = [decide(each, FAMILY) for each in against - np.log(noise(random, (samples, count)))]
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
    methods: dict[str, Callable[[Noise, int], float]] = {
        f"median, {CONFIDENCE:.0%}": lambda noise, count: hold_median(noise, count, arguments.samples),
        "ratio, one comparison": lambda noise, count: hold_ratio(noise, count, arguments.samples, 1),
        f"ratio, one of {FAMILY}": lambda noise, count: hold_ratio(noise, count, arguments.samples, FAMILY),
        f"all {FAMILY} ratios": lambda noise, count: hold_family(noise, count, arguments.samples),
    }
    rows = []
    for noise, draw in NOISES.items():
        for name, method in methods.items():
            row: dict[str, object] = {"noise": noise, "interval of": name}
            row |= {f"{count} rounds": f"{method(draw, count):.2%}" for count in COUNTS}
            rows.append(row)
    table = pd.DataFrame(rows)
    Run(arguments.folder).write_table("benchmarks/intervals.csv", table)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()

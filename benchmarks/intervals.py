"""How often a 95 % interval holds the true median, by its method and the number of rounds.

python -m benchmarks.intervals RUN [--samples 2000]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from harness.estimates import CONFIDENCE, Floats, estimate, estimate_ratio
from harness.runs import Run

COUNTS = (5, 6, 7, 10, 20, 50)
MANY = 2_000_000


def jitter(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """2 % of jitter, the same to both sides."""
    return np.exp(random.normal(0, 0.02, shape))


def disturb(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """1 % of jitter, and every seventh run up to twice as long."""
    slow = np.where(random.random(shape) < 1 / 7, 1 + random.random(shape), 1.0)
    return np.exp(random.normal(0, 0.01, shape)) * slow


NOISES: Mapping[str, Callable[[np.random.Generator, tuple[int, ...]], Floats]] = {
    "2 % jitter": jitter,
    "every seventh run disturbed": disturb,
}


def by_order(values: Floats) -> tuple[float, float]:
    """The interval of the harness for a median."""
    return estimate(values.tolist())[1:]


def by_rounds(values: Floats) -> tuple[float, float]:
    """The interval of the harness for a ratio of pairs."""
    return estimate_ratio(values.tolist(), [1.0] * len(values))[1:]


def by_percentiles(values: Floats) -> tuple[float, float]:
    """The plain percentile bootstrap of the median."""
    interval = stats.bootstrap(
        (values,), np.median, n_resamples=2000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return float(interval.low), float(interval.high)


METHODS: Mapping[str, Callable[[Floats], tuple[float, float]]] = {
    "order statistics (medians here)": by_order,
    "expanded bootstrap (ratios here)": by_rounds,
    "percentile bootstrap": by_percentiles,
}


def main() -> None:
    """Draw samples, count how many intervals hold the truth, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run folder that gets benchmarks/intervals.csv")
    parser.add_argument("--samples", type=int, default=2000)
    arguments = parser.parse_args()
    rows = []
    for noise, draw in NOISES.items():
        truth = float(np.median(draw(np.random.default_rng(0), (MANY,))))
        for name, method in METHODS.items():
            row: dict[str, object] = {"noise": noise, f"share of {CONFIDENCE:.0%} intervals that hold": name}
            for count in COUNTS:
                samples = draw(np.random.default_rng(count), (arguments.samples, count))
                found = [method(sample) for sample in samples]
                row[f"{count} rounds"] = f"{np.mean([low <= truth <= high for low, high in found]):.1%}"
            rows.append(row)
    table = pd.DataFrame(rows)
    Run(arguments.folder).write_table("benchmarks/intervals.csv", table)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()

"""What the contract costs: each computing kernel as the runners have it, beside a plain program that does the same.

    python -m benchmarks.plain results/reference/<machine> [--rounds 9]

Both are sequential. In each round both run, one after the other, in random order; the ratio is of the time that each
took for the work, start-up left out. The results must be equal. Nothing else may run.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from harness.estimates import decide
from harness.paths import ROOT
from harness.plan.check import declare
from harness.store.folder import Run

PLAIN = {
    "python": [sys.executable, "benchmarks/plain/plain.py"],
    "go": ["build/plain/go"],
    "cpp": ["build/plain/cpp"],
}
RUNNERS = {
    "python": [sys.executable, "python/runner.py"],
    "go": ["build/go/runner"],
    "cpp": ["build/cpp/runner"],
}


class Size(NamedTuple):
    """How much there is to do: the argument that says it, its value for Python and for compiled languages."""

    argument: str
    python: int
    compiled: int

    def choose(self, language: str) -> int:
        """Return the value for a language."""
        return self.python if language == "python" else self.compiled


SIZES = {
    "primes": Size("limit", 100_000, 2_000_000),
    "nqueens": Size("n", 8, 11),
    "mandelbrot": Size("size", 200, 800),
    "matmul": Size("n", 120, 500),
    "hash": Size("count", 9_000, 9_000),
    "wordcount": Size("words", 1_000_000, 3_000_000),
}


def run(command: list[str]) -> str:
    """Run a program in the top folder; raises CalledProcessError if it fails."""
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def time_kernel(language: str, workload: str) -> tuple[int, int]:
    """Run the runner's sequential model; returns what it took, in nanoseconds, and its result."""
    size = SIZES[workload]
    declared = declare().workloads[workload]
    given = declared.choose_arguments(language, {size.argument: size.choose(language)})
    words = [word for key, value in given.items() for word in (f"--{key}", str(value))]
    report = json.loads(run([*RUNNERS[language], workload, "sequential", "--workers", "1", *words]))
    return report["elapsed_ns"], report["result"]


def time_plain(language: str, workload: str, text: Path) -> tuple[int, int]:
    """Run the plain program; returns what it took, in nanoseconds, and its result."""
    words = [workload, str(SIZES[workload].choose(language)), str(text)]
    took, result = run([*PLAIN[language], *words]).split()
    return int(took), int(result)


def write_text(path: Path, words: int) -> None:
    """Write what `wordcount` counts."""
    script = "import sys; from wordcount.kernel import write_text; print(write_text(int(sys.argv[1]), 10_000), end='')"
    said = subprocess.run(
        [sys.executable, "-c", script, str(words)], cwd=ROOT / "python", stdout=subprocess.PIPE, check=True
    )
    path.write_bytes(said.stdout)


def compare(language: str, workload: str, rounds: int, text: Path) -> str:
    """Tell how many times as long as the plain program the runner takes; raises SystemExit if results differ."""
    if workload == "wordcount":
        write_text(text, SIZES[workload].choose(language))
    ratios = []
    for _ in range(rounds):
        found = {}
        for one in random.sample(("runner", "plain"), 2):
            found[one] = (
                time_kernel(language, workload) if one == "runner" else time_plain(language, workload, text)
            )
        if found["runner"][1] != found["plain"][1]:
            raise SystemExit(f"{workload}, {language}: expected equal results, got {found}")
        ratios.append(math.log(found["runner"][0] / found["plain"][0]))
    ratio = decide(ratios)
    return f"{ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"


def main() -> None:
    """Compare every kernel in every language, print the table and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the run folder that the table is written into")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        text = Path(scratch) / "text"
        rows = [
            {"kernel": workload}
            | {each: compare(each, workload, arguments.rounds, text) for each in ("python", "go", "cpp")}
            for workload in SIZES
        ]
    table = pd.DataFrame(rows).rename(columns={"python": "Python", "go": "Go", "cpp": "C++"})
    print(table.to_string(index=False))
    Run(arguments.folder).write_table("benchmarks/plain.csv", table)


if __name__ == "__main__":
    main()

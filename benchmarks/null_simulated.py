"""The null run on simulated noise: many runs of the real schedule, on a made-up machine.

    python -m benchmarks.null_simulated RUN [--runs 200]

The machine has a clock of its own: what disturbs it goes on while the runs follow one another, so that a
burst falls on several of them, and a drift on all.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.verdicts import Verdict, judge_run, tabulate
from harness.plan import Case
from harness.records import Record
from harness.runs import Run
from harness.schedule import FULL, History, choose, shuffle

WORK_S = {"slow": 0.43, "middle": 0.07, "fast": 0.013}
OVERHEAD_S = 0.02
TWIN = 1.05


class Noise(NamedTuple):
    """What disturbs the machine."""

    name: str
    jitter: float
    """The standard deviation of the logarithm of each time by itself."""
    drift: float = 0.0
    """How much slower the machine becomes in 100 s."""
    burst_s: float = 0.0
    """How long another program runs at a time, on average; it rests for twice as long."""
    slowdown: float = 0.0
    """By how much it slows the runs down that it meets, at most; each time it comes by another share."""


NOISES = (
    Noise("1 % jitter", 0.01),
    Noise("3 % jitter", 0.03),
    Noise("1 % jitter, 10 % drift in 100 s", 0.01, drift=0.10),
    Noise("1 % jitter, another program now and then", 0.01, burst_s=2.0, slowdown=0.5),
    Noise("all of these", 0.02, drift=0.10, burst_s=2.0, slowdown=0.5),
)


class Machine:
    """A machine with a clock, on which everything takes its time, and some noise."""

    def __init__(self, noise: Noise, seed: str) -> None:
        self.noise = noise
        self.random = random.Random(seed)
        self.now_s = 0.0
        self.busy_until_s = 0.0
        self.slowdown = 0.0
        self.next_burst_s = self.wait() if noise.burst_s else math.inf

    def wait(self) -> float:
        """Draw how long the other program rests."""
        return self.random.expovariate(1 / (2 * self.noise.burst_s))

    def run(self, work_s: float) -> float:
        """Return how long a run takes, and let that time pass."""
        while self.now_s >= self.next_burst_s:
            self.busy_until_s = self.next_burst_s + self.random.expovariate(1 / self.noise.burst_s)
            self.next_burst_s = self.busy_until_s + self.wait()
            self.slowdown = self.noise.slowdown * self.random.random()
        factor = math.exp(self.random.gauss(0, self.noise.jitter))
        factor *= 1 + self.noise.drift * self.now_s / 100
        if self.now_s < self.busy_until_s:
            factor *= 1 + self.slowdown
        self.now_s += work_s * factor + OVERHEAD_S
        return work_s * factor


def list_cases() -> Iterator[Case]:
    """List each implementation, its copy, and its twin with more work."""
    for name in WORK_S:
        for kind, work in (("first", 1.0), ("copy", 1.0), ("twin", TWIN)):
            yield Case(
                id=f"{name} {kind}",
                baseline=f"{name} first",
                work=work,
                language="",
                workload="",
                model="",
                runtime="",
                workers=1,
                arguments={},
                fixtures={},
                result=0,
                units=1,
                command=[],
                time_limit_s=60,
                kind="cpu",
            )


def simulate(noise: Noise, seed: str) -> dict[str, dict[int, float]]:
    """Do one run over the default budget; returns the times by case and round."""
    cases, machine, records = list(list_cases()), Machine(noise, seed), list[Record]()
    history = History()
    for number in range(1, FULL.ceiling + 1):
        for case in shuffle(choose(cases, number, history, FULL), machine.random.getrandbits(32), number):
            time_s = machine.run(WORK_S[case.id.split()[0]] * case.work)
            took_ns = round((time_s + OVERHEAD_S) * 1e9)
            records.append(
                Record(
                    case=case.id,
                    round=number,
                    order=1,
                    status="ok",
                    elapsed_ns=round(time_s * 1e9),
                    took_ns=took_ns,
                )
            )
        history = History(records)
    times: dict[str, dict[int, float]] = {case.id: {} for case in cases}
    for record in records:
        times[record.case][record.round] = float(record.elapsed_ns or 0)
    return times


def main() -> None:
    """Simulate, judge, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run folder that gets benchmarks/null-simulated.csv")
    parser.add_argument("--runs", type=int, default=200, help="of each kind of noise")
    arguments = parser.parse_args()
    cases = list(list_cases())
    verdicts: list[Verdict] = []
    for noise in NOISES:
        for number in range(arguments.runs):
            verdicts += judge_run(noise.name, cases, simulate(noise, f"{noise.name}/{number}"))
    table = tabulate(verdicts)
    Run(arguments.folder).write_table("benchmarks/null-simulated.csv", table)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()

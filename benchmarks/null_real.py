"""The null run on this machine: at rest, and while another process burns one core now and then.

    python -m benchmarks.null_real RUN [--runs 10] [--language NAME] [--quick] [--table NAME]

Every run is a whole one of the study `null`, with the default budget, precision and sizes: a pair is found
or missed by the same rules as in any other study.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from benchmarks.verdicts import Verdict, judge_run, tabulate
from harness.calibrate import PROGRAM
from harness.declare import ROOT
from harness.fixtures import Fixtures
from harness.lock import hold_machine
from harness.measure import Clock, measure
from harness.plan import Case, Filters
from harness.processes import Supervisor
from harness.records import Journal, Record
from harness.runs import Run
from harness.schedule import FULL
from harness.stages import list_cases

BURST_S = 2.0  # how long the other process burns at a time, on average; it rests for twice as long


@contextmanager
def burn(seed: int) -> Iterator[None]:
    """Let another process burn one core now and then, for as long as the context lasts."""
    over = threading.Event()

    def work() -> None:
        draw = random.Random(seed)
        while not over.wait(draw.expovariate(1 / (2 * BURST_S))):
            duration_ms = max(1, round(1000 * draw.expovariate(1 / BURST_S)))
            command = [str(ROOT / PROGRAM), "1", str(duration_ms)]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
                while process.poll() is None:
                    if over.wait(0.05):
                        process.kill()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run_once(cases: list[Case], seed: int, clock: Clock) -> list[Record]:
    """Do one run over the default budget."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "records.jsonl")
        measure(cases, FULL, seed, journal, clock, lambda _: None)
        return journal.read()


def main() -> None:
    """Measure, judge, write the verdicts and the times they come from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run folder that gets the tables")
    parser.add_argument("--runs", type=int, default=10, help="of each kind")
    parser.add_argument("--quick", action="store_true", help="the small sizes")
    parser.add_argument("--language", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--table", default="null-real", help="gives benchmarks/TABLE.csv and TABLE-times.csv")
    arguments = parser.parse_args()
    verdicts: list[Verdict] = []
    rows: list[tuple[object, ...]] = []
    with hold_machine(anyway=False), Supervisor() as supervisor, Fixtures() as fixtures:
        _, _, cases = list_cases(
            supervisor, Filters(study=["null"], language=arguments.language), quick=arguments.quick
        )
        clock = Clock(supervisor, fixtures)
        for seed in range(arguments.runs):
            for noise in ("at rest", "another process burns a core now and then"):
                if noise == "at rest":
                    records = run_once(cases, seed, clock)
                else:
                    with burn(seed):
                        records = run_once(cases, seed, clock)
                times: dict[str, dict[int, float]] = {case.id: {} for case in cases}
                for record in records:
                    times[record.case][record.round] = float(record.elapsed_ns or 0)
                    rows.append((noise, seed, record.round, record.order, record.case, record.elapsed_ns))
                verdicts += judge_run(noise, cases, times)
                print(
                    f"run {seed + 1}, {noise}: {max(record.round for record in records)} rounds", flush=True
                )
    run = Run(arguments.folder)
    names = ["noise", "run", "round", "order", "case", "elapsed_ns"]
    run.write_table(f"benchmarks/{arguments.table}-times.csv", pd.DataFrame(rows, columns=names))
    table = tabulate(verdicts)
    run.write_table(f"benchmarks/{arguments.table}.csv", table)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()

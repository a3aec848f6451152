"""The null run: how often the harness sees a difference where there is none, and misses one that is known.

    python -m benchmarks.null RUN [--families 10] [--rounds 10] [--language NAME]

A family is the study `null` measured once: a sequential program, ten copies of it, and four twins that do a known
5 % more work. Every *faster* or *slower* of a copy is false, everything but *slower* of a twin is a miss. Half of
the families are measured at rest, half while another process burns a core now and then. Nothing else may run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import scipy
from msgspec.structs import replace

from harness import pipeline
from harness.analyse.comparisons import Rounds, pair
from harness.estimates import FASTER, SLOWER, decide, decide_apart, give_verdict
from harness.fixtures import Fixtures
from harness.machine.lock import hold_machine
from harness.paths import ROOT
from harness.plan.cases import Filters, StudyPlan
from harness.run.attempt import Bench, record_attempt
from harness.run.hyperfine import Hyperfine
from harness.run.processes import Supervisor
from harness.run.schedule import Schedule
from harness.store.folder import Plan, Run

BURNER = ROOT / "build/native/spin"
BURST_S = 2.0  # how long the other process burns at a time, on average; it rests for twice as long
REST, BURDENED = "at rest", "another process burns a core now and then"
COUNTS = (5, 10, 15, 20, 30)


class Family(NamedTuple):
    """What one family gave: judged values by case and round."""

    language: str
    noise: str
    plan: Plan
    values: dict[str, Rounds]


class Said(NamedTuple):
    """What was said of one pair."""

    twin: bool
    verdict: str


@contextmanager
def burn(seed: int) -> Iterator[None]:
    """Let another process burn one core now and then, for as long as the context lasts."""
    over = threading.Event()

    def work() -> None:
        draw = random.Random(seed)
        while not over.wait(draw.expovariate(1 / (2 * BURST_S))):
            duration_ms = max(1, round(1000 * draw.expovariate(1 / BURST_S)))
            with subprocess.Popen([str(BURNER), "1", str(duration_ms)], stdout=subprocess.DEVNULL) as process:
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


def measure(campaign: Campaign, language: str, noise: str, seed: int) -> Family:
    """Measure one family, in so many rounds."""
    plan = campaign.plans[language]
    values: dict[str, Rounds] = {case.id: {} for case in plan.cases}
    schedule = Schedule(plan, campaign.bench.workloads, seed, 0)
    with burn(seed) if noise == BURDENED else tempfile.TemporaryDirectory():
        for number in range(1, campaign.rounds + 1):
            for step in schedule.order(plan.cases, 1, number):
                record = record_attempt(step, campaign.bench, campaign.hyperfine.run)
                if record.status != "ok" or not record.elapsed_ns:
                    raise SystemExit(f"{record.case}: {record.status}: {record.reason}")
                runs = values[record.case].setdefault((1, number), [])
                runs.append((record.order, float(record.elapsed_ns)))
    return Family(language, noise, plan, values)


class Campaign(NamedTuple):
    """What families are measured with."""

    bench: Bench
    hyperfine: Hyperfine
    plans: dict[str, Plan]
    rounds: int


def judge(family: Family, rounds: int) -> Iterator[Said]:
    """Give the verdicts of the first so many rounds of a family, as in any other study."""
    size = len(family.plan.comparisons)
    sizes = {case.id: case.size for case in family.plan.cases}
    for each in family.plan.comparisons:
        mine, others = cut(family.values[each.case], rounds), cut(family.values[each.against], rounds)
        verdict = give_verdict(decide(pair(mine, others)[1], size))
        yield Said(sizes[each.case] != sizes[each.against], verdict)


def judge_in_blocks(family: Family, rounds: int) -> Iterator[Said]:
    """Judge the same pairs as most suites time them: one program's runs as a block, then the other's."""
    half = rounds // 2
    sizes = {case.id: case.size for case in family.plan.cases}
    for each in family.plan.comparisons:
        ordered = [
            [math.log(value) for _, runs in sorted(family.values[name].items()) for _, value in runs[:1]]
            for name in (each.against, each.case)
        ]
        found = decide_apart(
            ordered[0][:half], ordered[1][rounds - half : rounds], len(family.plan.comparisons)
        )
        yield Said(sizes[each.case] != sizes[each.against], give_verdict(found))


def cut(values: Rounds, rounds: int) -> Rounds:
    """Return the first rounds."""
    return {place: runs for place, runs in values.items() if place[1] <= rounds}


def spell_share(count: int, of: int) -> str:
    """Spell k of n with its 95 % interval (Clopper and Pearson 1934, by scipy)."""
    found = scipy.stats.binomtest(count, of).proportion_ci(0.95)
    return f"{count} of {of} [{found.low:.1%}, {found.high:.1%}]"


def tabulate(families: Sequence[Family], rounds: int) -> pd.DataFrame:
    """Count what was said, by language and noise, in rounds and in blocks."""
    rows = []
    for (language, noise), mine in group(families).items():
        for way, said in (
            ("rounds", [each for family in mine for each in judge(family, rounds)]),
            ("blocks", [each for family in mine for each in judge_in_blocks(family, rounds)]),
        ):
            copies = [each for each in said if not each.twin]
            twins = [each for each in said if each.twin]
            false = sum(each.verdict in {FASTER, SLOWER} for each in copies)
            rows.append(
                {
                    "language": language,
                    "noise": noise,
                    "timed in": way,
                    "rounds": rounds,
                    "false verdicts": spell_share(false, len(copies)),
                    "families with one": f"{count_wrong(mine, rounds) if way == 'rounds' else ''}",
                    "5 % more work found": spell_share(
                        sum(each.verdict == SLOWER for each in twins), len(twins)
                    ),
                }
            )
    return pd.DataFrame(rows)


def count_wrong(families: Sequence[Family], rounds: int) -> str:
    """Count the families in which any verdict is false."""
    wrong = [
        any(each.verdict in {FASTER, SLOWER} for each in judge(family, rounds) if not each.twin)
        for family in families
    ]
    return spell_share(sum(wrong), len(wrong))


def tabulate_found(families: Sequence[Family], rounds: int) -> pd.DataFrame:
    """Tabulate in how many rounds a difference of 5 % is found, and the half width of its interval."""
    rows = []
    for (language, noise), mine in group(families).items():
        row: dict[str, object] = {"language": language, "noise": noise}
        for count in (each for each in COUNTS if each <= rounds):
            twins = [each for family in mine for each in judge(family, count) if each.twin]
            row[f"{count} rounds"] = f"{sum(each.verdict == SLOWER for each in twins)} of {len(twins)}"
        rows.append(row)
    return pd.DataFrame(rows)


def group(families: Sequence[Family]) -> Mapping[tuple[str, str], list[Family]]:
    """Group families by language and noise."""
    groups: dict[tuple[str, str], list[Family]] = {}
    for family in families:
        groups.setdefault((family.language, family.noise), []).append(family)
    return groups


def make_plans(ready: pipeline.Ready, study: StudyPlan) -> dict[str, Plan]:
    """Make a plan of each language's own cases."""
    whole = pipeline.make_plan(ready, study, {}, quick=False)
    plans = {}
    for language in dict.fromkeys(case.language for case in whole.cases):
        cases = [case for case in whole.cases if case.language == language]
        ids = {case.id for case in cases}
        plans[language] = replace(
            whole, cases=cases, comparisons=[each for each in whole.comparisons if each.case in ids]
        )
    return plans


def keep(path: Path, families: Sequence[Family]) -> None:
    """Keep all times, packed: from them every table can be made again."""
    lines = [
        json.dumps(
            {"language": each.language, "noise": each.noise, "case": name, "round": number, "runs": runs}
        )
        for each in families
        for name, rounds in each.values.items()
        for (_, number), runs in rounds.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def main() -> None:
    """Measure, judge, write the verdicts and the times they come from."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the run folder that gets benchmarks/null.csv")
    parser.add_argument("--families", type=int, default=10, help="of each language and noise")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--language", action="append", default=[], help="only this one; may be repeated")
    arguments = parser.parse_args()
    with hold_machine(), Supervisor() as supervisor, Fixtures() as fixtures:
        ready = pipeline.prepare(
            supervisor, pipeline.Request(Filters(study=["null"], language=arguments.language))
        )
        place = ready.place
        bench = Bench(supervisor, fixtures, place.declarations.workloads, ready.commands, place.cores)
        plans = make_plans(ready, ready.studies[0])
        campaign = Campaign(bench, Hyperfine(supervisor), plans, arguments.rounds)
        families = []
        for seed in range(arguments.families):
            for noise in (REST, BURDENED):
                families += [measure(campaign, language, noise, seed) for language in plans]
            print(f"{seed + 1} of {arguments.families} families of each kind", flush=True)
    run = Run(arguments.folder)
    keep(run.path / "benchmarks/null-times.jsonl.gz", families)
    for name, table in (
        ("null", tabulate(families, arguments.rounds)),
        ("null-found", tabulate_found(families, arguments.rounds)),
    ):
        run.write_table(f"benchmarks/{name}.csv", table)
        print(table.to_string(index=False))


if __name__ == "__main__":
    main()

"""Comparisons: runs.csv becomes comparisons.csv, one row a comparison: ratio, interval, verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from harness.estimates import (
    UNKNOWN,
    Estimate,
    Run,
    decide,
    decide_sessions,
    give_verdict,
    pair_round,
    spell_verdict,
)
from harness.plan.cases import Case, Comparison
from harness.plan.declarations import Judged, Workload

Rounds = dict[tuple[int, int], list[Run]]
"""Judged values by session and round, each with its place in the round."""


class Compared(NamedTuple):
    """A row of comparisons.csv."""

    case: str
    against: str
    label: str
    """What the ratio is called."""
    session: int
    """Which session's; 0: all of them."""
    sessions: int
    """How many there are."""
    rounds: int
    """In how many rounds both were measured."""
    quantity: str
    """What is compared."""
    ratio: float
    """How many times as fast the case is; of other quantities than time: how many times as much."""
    low: float
    """The lower end of the interval that decides; empty where there are too few rounds."""
    high: float
    family: int
    """How many comparisons share what they are compared with: the interval is corrected for them."""
    spread_low: float
    """The least of the sessions' ratios."""
    spread_high: float
    verdict: str
    words: str
    """The verdict in full."""


def compare_cases(
    cases: Sequence[Case],
    comparisons: Sequence[Comparison],
    runs: pd.DataFrame,
    workloads: Mapping[str, Workload],
) -> pd.DataFrame:
    """Make every comparison of a study, a row for all sessions and one for each."""
    judged = {case.id: workloads[case.workload].judged for case in cases}
    values = {
        quantity: gather_rounds(cases, runs, workloads, quantity)
        for quantity in {each.quantity for each in comparisons}
    }
    measured = [
        each
        for each in comparisons
        if values[each.quantity][each.case].keys() & values[each.quantity][each.against].keys()
    ]
    families: dict[str, int] = {}
    for each in measured:
        families[each.against] = families.get(each.against, 0) + 1
    rows: list[Compared] = []
    for each in measured:
        rounds = values[each.quantity]
        by = Judged(quantity=each.quantity, speed=False) if each.quantity else judged[each.case]
        rows += compare(each, rounds[each.case], rounds[each.against], by, families[each.against])
    return pd.DataFrame(rows, columns=list(Compared._fields))


def gather_rounds(
    cases: Sequence[Case], runs: pd.DataFrame, workloads: Mapping[str, Workload], quantity: str = ""
) -> dict[str, Rounds]:
    """Gather the judged values of each case's good timed runs, or those of another quantity."""
    gathered: dict[str, Rounds] = {case.id: {} for case in cases}
    good = runs[(runs["status"] == "ok") & (runs["phase"] == "time") & (runs["round"] > 0)]
    quantities = {case.id: quantity or workloads[case.workload].judged.quantity for case in cases}
    for name, mine in good.groupby("case", sort=False):
        column = quantities[str(name)]
        if column not in mine:
            continue
        places = mine[["session", "round", "order"]].itertuples(index=False)
        for (session, number, order), value in zip(places, mine[column], strict=True):
            if pd.notna(value) and value > 0:
                gathered[str(name)].setdefault((int(session), int(number)), []).append(
                    (int(order), float(value))
                )
    return gathered


def pair(mine: Rounds, others: Rounds) -> dict[int, list[float]]:
    """Return, by session, the logarithms of the ratios of all rounds that have both."""
    found: dict[int, list[float]] = {}
    for session, number in sorted(mine.keys() & others.keys()):
        ratio = pair_round(mine[session, number], others[session, number])
        found.setdefault(session, []).append(ratio)
    return found


def compare(each: Comparison, mine: Rounds, others: Rounds, judged: Judged, family: int) -> list[Compared]:
    """Compare a case with another."""
    sign = 1 if judged.speed else -1
    pairs = {session: [sign * value for value in values] for session, values in pair(mine, others).items()}
    single = {session: decide(values, family) for session, values in pairs.items()}
    whole = decide_sessions(list(pairs.values()), family) if pairs else UNKNOWN
    ratios = [found.median for found in single.values()]

    def tell(session: int, found: Estimate, rounds: int) -> Compared:
        verdict = give_verdict(found, speed=judged.speed)
        words = spell_verdict(verdict, found)
        spread = (min(ratios), max(ratios)) if session == 0 else (math.nan, math.nan)
        own = (each.case, each.against, each.label, session, len(pairs), rounds, judged.quantity)
        return Compared(*own, *found, family, *spread, verdict, words)

    rows = [tell(0, whole, sum(map(len, pairs.values())))]
    if len(pairs) > 1:
        rows += [tell(session, found, len(pairs[session])) for session, found in single.items()]
    return rows

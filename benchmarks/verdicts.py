"""Verdicts on comparisons of which the truth is known, in three ways of looking at the same times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from harness.estimates import (
    SAME,
    SLOWER,
    compare,
    compare_in_blocks,
    correct,
    estimate_ratio,
    judge_speedup,
)
from harness.plan import Case

ROUNDS, HALF, BLOCKS = "rounds", "rounds, half of them", "blocks"
Times = Mapping[str, Mapping[int, float]]


class Verdict(NamedTuple):
    """What one run said of one pair."""

    noise: str
    way: str
    different: bool
    """Whether the two are known to differ."""
    rounds: int
    verdict: str

    @property
    def is_false(self) -> bool:
        """Tell whether it sees a difference where there is none."""
        return not self.different and self.verdict != SAME

    @property
    def is_found(self) -> bool:
        """Tell whether it sees the difference that there is; every twin here does more work."""
        return self.different and self.verdict == SLOWER


def judge_run(noise: str, cases: Sequence[Case], times: Times) -> list[Verdict]:
    """Give the verdicts of one run on all its pairs, corrected for their number (Holm), in each way.

    Blocks take half of the runs of each case; so does the second way, to be compared with them.
    """
    pairs = [(case, *find_pair(case, times)) for case in cases if case.baseline != case.id]
    verdicts = []
    for way in (ROUNDS, HALF, BLOCKS):
        found = []
        for _, before, after in pairs:
            half = len(before) // 2
            if way == BLOCKS:
                found.append(compare_in_blocks(before, after))
                continue
            one, other = (before, after) if way == ROUNDS else (before[:half], after[:half])
            found.append((estimate_ratio(one, other), compare(one, other)))
        corrected = correct([p for _, p in found])
        for (case, before, _), (ratio, _), p in zip(pairs, found, corrected, strict=True):
            verdict = judge_speedup(ratio, p) or SAME
            verdicts.append(Verdict(noise, way, case.work != 1, len(before), verdict))
    return verdicts


def find_pair(case: Case, times: Times) -> tuple[list[float], list[float]]:
    """Return the times of a case's baseline and its own, of the rounds that both had."""
    before, after = times[case.baseline], times[case.id]
    both = sorted(before.keys() & after.keys())
    return [before[number] for number in both], [after[number] for number in both]


def tabulate(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """Count false and missed verdicts by noise and way."""
    rows = []
    table = pd.DataFrame([(*each, each.is_false, each.is_found) for each in verdicts])
    table.columns = pd.Index([*Verdict._fields, "is_false", "is_found"])
    for (noise, way), mine in table.groupby(["noise", "way"], sort=False):
        same, different = mine[~mine["different"]], mine[mine["different"]]
        rows.append(
            {
                "noise": noise,
                "analysed in": way,
                "rounds (median)": int(mine["rounds"].median()),
                "pairs without a difference": len(same),
                "false verdicts": f"{same['is_false'].mean():.1%}",
                "pairs with 5 % more work": len(different),
                "found": f"{different['is_found'].mean():.1%}",
            }
        )
    return pd.DataFrame(rows)

"""The contract: what a run of a runner is worth; an error never looks like a fast run."""

from __future__ import annotations

import math
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, NamedTuple

import msgspec
import numpy as np

from harness.estimates import Floats
from harness.plan.cases import Case
from harness.plan.check_workloads import list_quantities
from harness.plan.checks import NAME, TAKEN
from harness.plan.declarations import Metric, Workload
from harness.plan.expressions import ExpressionError, evaluate
from harness.plan.quantities import OVERLAP, name_statistic
from harness.store.records import clean

LONGEST_ARRAY = 5_000_000
MOST_FACTS = 10

Whole = Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one line that a runner prints."""

    workload: str
    model: str
    workers: int
    result: Whole
    units: Whole
    elapsed_ns: Whole
    metrics: dict[str, float | list[float]]
    facts: dict[str, float] = {}


class Good(NamedTuple):
    """What a good run gave: its report, arrays told apart from numbers."""

    result: int
    completed: int
    elapsed_ns: int
    metrics: dict[str, float]
    """Numbers, the declared statistics of arrays, and the facts."""
    series: dict[str, list[float]]
    """The arrays that are declared to be kept."""


class Verdict(NamedTuple):
    """A status of records.STATUSES, the reason unless it is `ok`, and what the run gave if it is."""

    status: str
    reason: str = ""
    good: Good | None = None


def judge(case: Case, workload: Workload, ended: Verdict | None, stdout: str, cores: int) -> Verdict:
    """Judge a run: by how it ended, if that says enough, then by what it printed."""
    if ended is not None:
        return Verdict(ended.status, clean(ended.reason))
    lines = stdout.splitlines()
    if not lines:
        return Verdict("silent", "expected one line on standard output, got none")
    if len(lines) > 1:
        return Verdict("chatty", f"expected one line on standard output, got {len(lines)}")
    try:
        report = msgspec.json.decode(lines[0].encode(), type=Report)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return Verdict("malformed", clean(f"expected the contract's JSON, got {lines[0][:80]!r}: {error}"))
    return judge_report(case, workload, report, cores)


def judge_report(case: Case, workload: Workload, report: Report, cores: int) -> Verdict:
    """Judge what a runner said."""
    said = (report.workload, report.model, report.workers)
    asked = (case.workload, case.model, case.workers)
    if said != asked:
        return Verdict("malformed", clean(f"expected a report on {asked}, got one on {said}"))
    if report.elapsed_ns <= 0:
        return Verdict("malformed", f"expected elapsed_ns above 0, got {report.elapsed_ns}")
    if mistake := find_metric_mistake(workload, report.metrics):
        return Verdict("malformed", clean(mistake))
    if mistake := find_fact_mistake(workload, report.facts):
        return Verdict("malformed", clean(mistake))
    if case.result is not None and report.result != case.result:
        return Verdict("wrong_result", f"expected {case.result}, got {report.result}")
    if report.units != case.units:
        return Verdict("wrong_units", f"expected {case.units} units, got {report.units}")
    metrics, series = tell_apart(workload.arrays, report.metrics)
    values = {**case.list_values(cores), **metrics, "result": report.result, "completed": report.units}
    try:
        holds = evaluate(workload.invariant, values)
    except ExpressionError as error:
        return Verdict("malformed", clean(str(error)))
    if not holds:
        return Verdict(
            "wrong_result", clean(f"expected {workload.invariant}, got result {report.result}, {metrics}")
        )
    return Verdict(
        "ok", "", Good(report.result, report.units, report.elapsed_ns, {**metrics, **report.facts}, series)
    )


def find_metric_mistake(workload: Workload, metrics: Mapping[str, float | list[float]]) -> str:
    """Say what is wrong with the metrics: not those that are declared, or not numbers; empty if nothing is."""
    if metrics.keys() != workload.metrics.keys():
        return f"expected the metrics {sorted(workload.metrics)}, got {sorted(metrics)[:10]}"
    for name, value in metrics.items():
        if isinstance(value, list) != workload.metrics[name].array:
            return f"metric {name}: expected {'an array' if workload.metrics[name].array else 'a number'}"
        values = value if isinstance(value, list) else [value]
        if len(values) > LONGEST_ARRAY or not all(map(math.isfinite, values)):
            return f"metric {name}: expected finite numbers, at most {LONGEST_ARRAY} of them"
    return ""


def find_fact_mistake(workload: Workload, facts: Mapping[str, float]) -> str:
    """Say what is wrong with what a runtime says of itself; empty if nothing is."""
    if len(facts) > MOST_FACTS or not all(map(math.isfinite, facts.values())):
        return f"expected at most {MOST_FACTS} facts, finite numbers, got {facts}"
    taken = {*TAKEN, *list_quantities(workload)}
    for name in facts:
        if not NAME.fullmatch(name) or name in taken:
            return f"expected facts named with lower-case letters, digits and _, and as nothing else, got {name!r}"
    return ""


def tell_apart(
    arrays: Mapping[str, Metric], reported: Mapping[str, float | list[float]]
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Turn arrays into their declared statistics, and return those that are kept."""
    numbers: dict[str, float] = {}
    series: dict[str, list[float]] = {}
    for name, value in reported.items():
        if not isinstance(value, list):
            numbers[name] = value
            continue
        if arrays[name].keep:
            series[name] = value
        for statistic in arrays[name].statistics if value else []:
            begins = reported.get(arrays[name].begins) if statistic == OVERLAP else None
            computed = (
                compute_overlap(begins, value)
                if isinstance(begins, list)
                else compute_statistic(statistic, value)
            )
            numbers[name_statistic(name, statistic)] = computed
    return numbers, series


def compute_statistic(statistic: str, values: Sequence[float]) -> float:
    """Compute a statistic of an array; percentiles by nearest rank: the p99 of 100 values is the 99th."""
    data = np.asarray(values, dtype=float)
    simple: dict[str, Callable[[Floats], object]] = {"mean": np.mean, "min": np.min, "max": np.max}
    if statistic in simple:
        return float(np.asarray(simple[statistic](data)))
    digits = re.fullmatch(r"p(\d{2})(\d*)", statistic)
    if digits is None:
        raise ValueError(f"expected a statistic such as mean or p99, got {statistic!r}")
    share = float(f"{digits[1]}.{digits[2] or 0}") / 100
    rank = math.ceil(round(share * len(data), 6))
    return float(np.partition(data, rank - 1)[rank - 1]) if rank else float(np.min(data))


def compute_overlap(begins: Sequence[float], lengths: Sequence[float]) -> float:
    """Compute in how much of the time in which any was under way more than one was, in per cent."""
    times = np.concatenate([begins, np.add(begins, lengths)])
    order = np.argsort(times, kind="stable")
    changes = np.repeat([1, -1], len(lengths))[order]
    under_way, spans = np.cumsum(changes)[:-1], np.diff(times[order])
    any_s = float(spans[under_way > 0].sum())
    return 100 * float(spans[under_way > 1].sum()) / any_s if any_s else 0.0


def name_signal(number: int) -> str:
    """Name a signal; real-time signals have none but their number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def last_line(text: str) -> str:
    """Return the last line that says something: where programs name the cause."""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    noise = ("Warning: Ignoring non-zero exit code.",)  # hyperfine's
    return next((line for line in reversed(said) if line not in noise), "")

"""The pipeline: declare, plan, verify, measure, collate, summarise; each reads what those before wrote."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec
import pandas as pd
from msgspec.structs import replace

from harness.analyse.comparisons import compare_cases
from harness.analyse.fits import fit_all
from harness.analyse.marks import add_marks, find_disturbed, find_marks, find_notes
from harness.analyse.summarise import summarise
from harness.errors import HarnessError
from harness.fixtures import Fixtures
from harness.machine.calibrate import calibrate, read_calibration
from harness.machine.cores import count_cores
from harness.machine.environment import describe, find_hyperfine
from harness.machine.native import is_built
from harness.machine.probe import PROGRAM, Prober
from harness.paths import show
from harness.plan.cases import Case, Filters, Place, StudyPlan, choose_studies, list_sweeps, plan_study
from harness.plan.check import declare
from harness.plan.declarations import Declarations, Study
from harness.plan.runners import Runner, choose_runners, complete, find_runners
from harness.run.attempt import Bench
from harness.run.hyperfine import Hyperfine
from harness.run.memory import weigh
from harness.run.processes import Supervisor
from harness.run.rounds import Progress, Rounds
from harness.run.schedule import Schedule
from harness.run.verify import Checked, settle, verify
from harness.store.collate import collate, list_series
from harness.store.folder import Effort, Plan, Run, Session, StudyFolder, digest_workload, make_run
from harness.store.records import FINE, SCHEMA_VERSION, Record

PRECISION = {"cpu": 0.02, "io": 0.05, "mixed": 0.05, "coordination": 0.05, "interference": 0.05}
CEILING = 50
QUICK_ROUNDS = 5
BUDGET_S, QUICK_BUDGET_S = 30 * 60.0, 75.0
LOOKS = 10  # at the machine, before it adds to what is there; the fastest counts
UNLIKE = 1.5  # how many times as slow, or as fast, is another machine
MARGIN = 1.03  # what a prediction is raised by: the harness's own time between runs


class Request(NamedTuple):
    """What is asked for."""

    filters: Filters = Filters()
    quick: bool = False
    budget_s: float = BUDGET_S
    seed: int | None = None


class Ready(NamedTuple):
    """What is declared, what is there, and what will be measured."""

    place: Place
    studies: list[StudyPlan]
    packages: dict[str, dict[str, str]]
    """By runtime, the packages it runs with."""

    @property
    def commands(self) -> dict[str, list[str]]:
        """The runner of every case of every study."""
        return {case: command for study in self.studies for case, command in study.commands.items()}

    def study(self, name: str) -> Study:
        """Return a study's declaration."""
        return self.place.declarations.studies[name]


def prepare(supervisor: Supervisor, request: Request) -> Ready:
    """Declare, find the runners, and plan every chosen study; raises HarnessError if that leaves nothing."""
    declarations = declare()
    runners = find_runners(declarations, supervisor)
    request.filters.check(declarations, runners)
    chosen = choose_studies(declarations, request.filters, quick=request.quick)
    patterns = request.filters.runtime or [
        text
        for study in chosen.values()
        for sweep in list_sweeps(study, quick=request.quick)
        for text in sweep.runtimes
    ]
    needed = {each.runtime for each in (*choose_runners(runners, patterns), *choose_runners(runners, []))}
    known = [complete_needed(each, needed, declarations, supervisor) for each in runners]
    place = Place(declarations, known, count_cores())
    planned = [plan_study(place, name, request.filters, quick=request.quick) for name in chosen]
    studies = [each for each in planned if each.cases]
    if not studies:
        raise HarnessError("expected at least one case, the choices leave none: see 'python -m harness plan'")
    used = {case.runtime for study in studies for case in study.cases}
    packages = {each.runtime: each.packages for each in known if each.runtime in used}
    return Ready(place, studies, packages)


def complete_needed(
    runner: Runner, needed: set[str], declarations: Declarations, supervisor: Supervisor
) -> Runner:
    """Ask a runner what it has, if any study may choose it."""
    if runner.runtime not in needed:
        return runner
    return complete(runner, declarations.languages[runner.language], supervisor)


def make_effort(study: Study, *, quick: bool) -> Effort:
    """Say how much measuring a study asks for."""
    if quick:
        return Effort(QUICK_ROUNDS, QUICK_ROUNDS, PRECISION)
    return Effort(study.floor, max(CEILING, study.floor), PRECISION)


def make_plan(ready: Ready, planned: StudyPlan, checked: Mapping[str, Checked], *, quick: bool) -> Plan:
    """Make a study's plan.json."""
    declarations = ready.place.declarations
    versions = {each.runtime: each.version for each in ready.place.runners}
    used = {
        name: [versions.get(case.runtime, "") for case in planned.cases if case.workload == name]
        for name in {case.workload for case in planned.cases}
    }
    return Plan(
        study=planned.name,
        quick=quick,
        cores=ready.place.cores,
        effort=make_effort(ready.study(planned.name), quick=quick),
        sources={
            name: digest_workload(declarations, name, set(found)) for name, found in sorted(used.items())
        },
        cases=[settle(case, dict(checked)) for case in planned.cases],
        comparisons=planned.comparisons,
    )


# What it will take.


def read_known(results: Path) -> dict[str, float]:
    """Read what runs of cases took, in seconds, from the run folders that are there; the newest counts."""
    known: dict[str, float] = {}
    folders = sorted(results.glob("reference/*")) + sorted(results.glob("2*"))
    for path in (path for folder in folders for path in sorted(folder.glob("*/summary.csv"))):
        try:
            table = pd.read_csv(path, usecols=["case", "took_ns_median"]).dropna()
        except (OSError, ValueError):
            continue
        known |= dict(zip(table["case"], table["took_ns_median"] / 1e9, strict=True))
    return known


class Prediction(NamedTuple):
    """What a study will take, at its floor of rounds."""

    seconds: float
    guessed: int
    """Of how many cases nothing was measured yet."""


def predict(ready: Ready, planned: StudyPlan, known: Mapping[str, float], *, quick: bool) -> Prediction:
    """Predict what a study takes, from earlier runs of its cases, else from what its workloads declare."""
    study = ready.study(planned.name)
    workloads = ready.place.declarations.workloads
    plan = make_plan(ready, planned, {}, quick=quick)
    cases = [case for case in plan.cases if case.status == "planned"]
    each_s = {case.id: known.get(case.id, workloads[case.workload].typical_s) for case in cases}
    steps = Schedule(plan, workloads, 0, 0).order(cases, 1, 1)
    timed_s = sum(each_s[step.case.id] for step in steps) * plan.effort.floor if study.timed else 0.0
    memory_s = sum(each_s.values()) * count_memory_rounds(study, quick=quick)
    return Prediction(MARGIN * (timed_s + memory_s), sum(case.id not in known for case in cases))


def count_memory_rounds(study: Study, *, quick: bool) -> int:
    """Return how many runs each case has in the memory pass."""
    return min(study.memory_rounds, 1) if quick else study.memory_rounds


# Measuring.


class Campaign:
    """The measuring of one run folder: study after study, each with its share of the budget."""

    def __init__(
        self,
        supervisor: Supervisor,
        fixtures: Fixtures,
        ready: Ready,
        known: Mapping[str, float],
        progress: Progress,
    ) -> None:
        """Make ready to measure; `known` is what `read_known` found, by which studies share the budget."""
        self._supervisor = supervisor
        self._ready = ready
        self._known = known
        self._progress = progress
        declarations = ready.place.declarations
        self._bench = Bench(supervisor, fixtures, declarations.workloads, ready.commands, ready.place.cores)

    def verify(self, progress: Callable[[Checked], None]) -> dict[str, Checked]:
        """Run the small vectors of every implementation that is to be measured."""
        cases = [case for study in self._ready.studies for case in study.cases]
        return verify(self._ready.place.declarations, cases, self._bench, progress)

    def require_same_machine(self, folders: Iterable[StudyFolder]) -> None:
        """Raise HarnessError where this machine is much faster or slower than it was in the sessions of these studies.

        The name of a processor does not tell: of one name we met some that run interpreters at a third of the speed.
        """
        before = [look.elapsed_ns for folder in folders for look in folder.probes.read()]
        if not before or not is_built(PROGRAM):
            return
        prober = Prober(self._supervisor)
        now_ms = min(prober.take().elapsed_ns for _ in range(LOOKS)) / 1e6
        then_ms = median(before) / 1e6
        if not 1 / UNLIKE < now_ms / then_ms < UNLIKE:
            raise HarnessError(
                f"the sessions that are there are from another machine, or one of the two is busy: {PROGRAM} takes "
                f"{now_ms:.0f} ms now, {then_ms:.0f} ms in them: start a new run, or say --anyway"
            )

    def measure(self, run: Run, studies: Sequence[str], request: Request) -> None:
        """Measure studies one after another; those whose session has ended are left as they are."""
        planned = {each.name: each for each in self._ready.studies}
        left = [name for name in studies if name in planned and is_open(run.study(name))]
        costs = {
            name: predict(self._ready, planned[name], self._known, quick=run.study(name).plan.quick).seconds
            for name in left
        }
        ended = [name for name in run.frozen.sharing if name not in left]  # before the run was interrupted
        budget_s = request.budget_s - sum(count_spent_s(run.study(name)) for name in ended)
        while left:
            name = left[0]
            total_s = sum(costs[each] for each in left)
            share_s = max(0.0, budget_s) * costs[name] / total_s if total_s else 0.0
            budget_s -= self._measure_study(run.study(name), share_s, request)
            left.pop(0)

    def _measure_study(self, folder: StudyFolder, share_s: float, request: Request) -> float:
        """Measure one study's session; returns the seconds that it took of the budget."""
        folder.journal.unpack()
        folder.probes.unpack()
        plan = open_session(folder, folder.plan, share_s, request.seed, self._describe)
        session = folder.open_session(plan)
        record_settled(folder, plan, session)
        study = self._ready.study(folder.name)
        workloads = {name: each.keep_shown(study.shown) for name, each in self._bench.workloads.items()}
        bench = self._bench._replace(workloads=workloads)
        rounds = Rounds(folder, plan, bench, Hyperfine(self._supervisor, tuple(find_hyperfine())).run)
        if study.timed:
            rounds.run(plan.effort.floor, self._progress)
        if memory_rounds := count_memory_rounds(study, quick=plan.quick):
            weigh(folder, plan, memory_rounds, bench, self._progress, rounds.spend)
        if study.timed:
            rounds.run(plan.effort.ceiling, self._progress)
        folder.change_session(replace(session, ended_at=now()))
        return count_spent_s(folder)

    def _describe(self) -> dict[str, object]:
        """Describe the machine and its toolchains as they are now, and calibrate it."""
        described = describe(self._ready.place.runners, self._ready.packages)
        return described | {"calibration": msgspec.to_builtins(calibrate(self._supervisor))}


def count_spent_s(folder: StudyFolder) -> float:
    """Return the measuring time that a study's last session took, in seconds."""
    last = len(folder.plan.sessions)
    return sum(record.took_ns for record in folder.journal.read() if record.session == last) / 1e9


def now() -> str:
    """Return the time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_open(folder: StudyFolder) -> bool:
    """Tell whether a study has a session to be measured: one that is under way, or none at all."""
    sessions = folder.plan.sessions
    return not sessions or not sessions[-1].ended_at


def open_session(
    folder: StudyFolder, plan: Plan, share_s: float, seed: int | None, look: Callable[[], dict[str, object]]
) -> Plan:
    """Return the plan with a session under way; one that was interrupted goes on."""
    last = plan.sessions[-1] if plan.sessions else None
    if last is not None and last.began_at and not last.ended_at:
        return plan
    session = Session(
        number=len(plan.sessions) + (last is None or bool(last.began_at)),
        seed=secrets.randbelow(2**32) if seed is None else seed,
        began_at=now(),
        budget_s=round(share_s, 1),
        environment=look(),
    )
    folder.change_session(session)
    return folder.plan


def record_settled(folder: StudyFolder, plan: Plan, session: Session) -> None:
    """Write a record for every case that is not run, unless it is there already."""
    recorded = {record.case for record in folder.journal.read() if record.session == session.number}
    for case in plan.cases:
        if case.status != "planned" and case.id not in recorded:
            record = Record(
                schema_version=SCHEMA_VERSION,
                session=session.number,
                round=0,
                order=0,
                case=case.id,
                status=case.status,
                reason=case.reason,
            )
            folder.journal.append(record)


def begin(
    campaign: Campaign, ready: Ready, request: Request, results: Path, show_one: Callable[[Checked], None]
) -> Run:
    """Verify, then make a run folder with a plan for each study."""
    checked = campaign.verify(show_one)
    run = make_run(results)
    run.freeze(ready.place.declarations, [study.name for study in ready.studies], request.budget_s)
    for study in ready.studies:
        plan = make_plan(ready, study, checked, quick=request.quick)
        run.study(study.name).write_json("plan.json", plan)
    return run


def extend(
    campaign: Campaign,
    ready: Ready,
    request: Request,
    run: Run,
    show_one: Callable[[Checked], None],
    *,
    replace_old: bool,
    anyway: bool,
) -> list[str]:
    """Verify, then add a session to studies of a run folder, or a study that it has not; returns their names.

    Raises HarnessError where a study's sources or cases have changed since: its numbers would mix two programs; and
    where the machine is another one, unless `anyway`.
    """
    if run.path.exists() and any(run.path.iterdir()):
        replaced = {study.name for study in ready.studies if replace_old}
        kept = [folder for folder in run.studies if folder.name not in replaced]
        if not anyway:
            campaign.require_same_machine(kept)
    checked = campaign.verify(show_one)
    plans = {study.name: make_plan(ready, study, checked, quick=request.quick) for study in ready.studies}
    there = [name for name in plans if not replace_old and (run.study(name).path / "plan.json").exists()]
    old = {name: run.study(name).plan for name in there}
    for name in there:  # all of them before any is changed
        require_same(run.study(name), old[name], plans[name])
    for name, plan in plans.items():
        if name not in old:
            run.remove(name)
            run.study(name).write_json("plan.json", plan)
        elif not old[name].sessions or old[name].sessions[-1].ended_at:
            add_session_later(run.study(name), old[name])
    run.freeze(ready.place.declarations, list(plans), request.budget_s)
    return list(plans)


def add_session_later(folder: StudyFolder, plan: Plan) -> None:
    """Let the next measuring of a study open a new session."""
    pending = Session(number=len(plan.sessions) + 1, seed=0, began_at="", budget_s=0.0)
    folder.write_json("plan.json", replace(plan, sessions=[*plan.sessions, pending]))


def strip(cases: Iterable[Case]) -> dict[str, Case]:
    """Return what cases are, whatever became of them, by id."""
    return {case.id: replace(case, status="", reason="") for case in cases}


def require_same(folder: StudyFolder, old: Plan, new: Plan) -> None:
    """Raise HarnessError unless two plans measure the same programs in the same cases."""
    cases = [strip(plan.cases) for plan in (old, new)]
    changed = [name for name in old.sources if old.sources[name] != new.sources.get(name)]
    what = f"the sources of {', '.join(changed)}" if changed else "its cases"
    if changed or cases[0] != cases[1] or old.quick != new.quick:
        raise HarnessError(
            f"{show(folder.path)}: {what} have changed since it was measured, its numbers would mix two programs: "
            "say --replace to measure it anew"
        )


def resume(run: Run, supervisor: Supervisor, *, anyway: bool) -> Ready:
    """Plan again what a run folder measures, for its commands: they come from today's declarations, never from it.

    Raises HarnessError where that is not the same any more.
    """
    folders = [folder for folder in run.studies if is_open(folder)] or run.studies
    plans = {folder.name: folder.plan for folder in folders}
    cases = [case for plan in plans.values() for case in plan.cases]
    runtimes = sorted({case.runtime for case in cases})
    quick = any(plan.quick for plan in plans.values())
    filters = Filters(study=list(plans))
    ready = prepare(supervisor, Request(filters, quick))
    if not {case.id for case in cases} <= ready.commands.keys():
        ready = prepare(supervisor, Request(filters._replace(runtime=runtimes), quick))
    for folder in folders:
        old, mine = (
            plans[folder.name],
            next((each for each in ready.studies if each.name == folder.name), None),
        )
        wanted, known = strip(old.cases), strip(mine.cases if mine else [])
        if mine is None or any(known.get(name) != case for name, case in wanted.items()):
            raise HarnessError(f"{show(folder.path)}: its cases are not declared any more: start a new run")
        mine = mine._replace(cases=[case for case in mine.cases if case.id in wanted])
        new = make_plan(ready, mine, {}, quick=quick)
        changed = [name for name in old.sources if old.sources[name] != new.sources.get(name)]
        if changed and not anyway:
            raise HarnessError(
                f"{show(folder.path)}: the sources of {', '.join(changed)} have changed since it was begun, its rounds "
                "would mix two programs: start a new run, or say --anyway"
            )
    kept = [
        each._replace(cases=plans[each.name].cases, comparisons=plans[each.name].comparisons)
        for each in ready.studies
    ]
    return ready._replace(studies=kept)


# What later stages make.


def list_folders(run: Run) -> list[StudyFolder]:
    """List a run's studies; raises HarnessError where there is none."""
    folders = run.studies
    if not folders:
        raise HarnessError(f"expected studies in {show(run.path)}, got none: measure it again")
    return folders


def write_runs(run: Run) -> None:
    """Write runs.csv, series.csv and probes.csv of every study, from its records."""
    declarations = run.frozen.declarations
    for folder in list_folders(run):
        write_study_runs(folder, declarations)


def write_study_runs(folder: StudyFolder, declarations: Declarations) -> None:
    """Write one study's tables of single runs; raises HarnessError where it has no records."""
    plan = folder.plan
    records = folder.read_records(plan)
    if not records:
        raise HarnessError(
            f"{show(folder.path)}: expected records, got none: restore them, or measure it again"
        )
    folder.write_table("runs.csv", collate(plan.cases, records, declarations.workloads))
    folder.write_table("series.csv", list_series(records))
    columns = ("session", "round", "order", "elapsed_ns", "steal_ns", "took_ns")
    looks = [tuple(getattr(look, name) for name in columns) for look in folder.probes.read()]
    folder.write_table("probes.csv", pd.DataFrame(looks, columns=list(columns)))


def write_summary(run: Run) -> None:
    """Write summary.csv, comparisons.csv, fits.csv and marks.csv of every study, from its runs.csv."""
    declarations = run.frozen.declarations
    for folder in list_folders(run):
        plan, study = folder.plan, declarations.studies[folder.name]
        if not (folder.path / "runs.csv").exists():  # left out of a folder that is kept
            write_study_runs(folder, declarations)
        runs, looks = folder.read_table("runs.csv", "collate"), folder.read_table("probes.csv", "collate")
        calibration = read_calibration(plan.sessions[-1].environment if plan.sessions else {})
        compared = compare_cases(plan.cases, plan.comparisons, runs, declarations.workloads)
        summary = summarise(plan.cases, runs, declarations.workloads, plan.effort)
        marks = find_marks(plan.cases, summary, runs, compared, declarations, calibration)
        notes = find_notes(plan.cases, summary, declarations)
        fits = fit_all(study.fits, plan.cases, plan.comparisons, runs, declarations.workloads, plan.cores)
        folder.write_table("comparisons.csv", compared)
        folder.write_table("fits.csv", fits)
        folder.write_table("marks.csv", pd.concat([marks, find_disturbed(looks)], ignore_index=True))
        folder.write_table("summary.csv", add_marks(summary, marks, notes))


def list_failures(run: Run) -> Iterator[str]:
    """List the cases that failed, with the reason."""
    for folder in list_folders(run):
        table = folder.read_table("summary.csv", "summarise")
        for row in table[~table["status"].isin(FINE)].itertuples():
            yield f"{folder.name}: {row.status} {row.case}: {row.reason}"


def spell_share(run: Run) -> str:
    """Say what share of the measuring time was not the measured processes'."""
    wall_ns = took_ns = probes_ns = 0
    for folder in list_folders(run):
        for record in folder.journal.read():
            if record.wall_ns is not None:
                wall_ns, took_ns = wall_ns + record.wall_ns, took_ns + record.took_ns
        probes_ns += sum(look.took_ns for look in folder.probes.read())
    if not took_ns:
        return "the harness's own share of the measuring time: nothing was timed"
    own, probes = 1 - wall_ns / took_ns, probes_ns / (took_ns + probes_ns)
    return f"the harness's own share of the measuring time: {own:.1%}, of the probe: {probes:.1%}"

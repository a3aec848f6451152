"""calibrate: what the machine gives, from made-up spins and from this machine's own."""

from __future__ import annotations

import math
import resource
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.machine import calibrate as module
from harness.machine.calibrate import (
    PROGRAM,
    Calibration,
    Speed,
    Spin,
    calibrate,
    compare_speeds,
    list_counts,
    list_warnings,
    read_calibration,
    spin,
)
from harness.machine.cores import count_cores, raise_file_limit, read_quota
from harness.paths import ROOT
from harness.run.processes import Supervisor

FOUR = Calibration(parallel_speed=[Speed(1, 1.0, 1.0), Speed(2, 1.9, 2.0), Speed(4, 2.8, 3.0)])
built = pytest.mark.skipif(not (ROOT / PROGRAM).exists(), reason=f"{PROGRAM} is not built: run 'make build'")


def test_speeds_are_compared_with_one_thread_by_medians_and_by_the_best() -> None:
    rates = {1: (100, 102, 98), 2: (150, 190, 210)}
    spins = [Spin(threads, rate, 1, 20) for threads, found in rates.items() for rate in found]
    assert compare_speeds(spins) == [Speed(1, 1.0, 1.02), Speed(2, 1.9, 2.1)]
    assert compare_speeds([]) == []


@pytest.mark.parametrize(("workers", "limit"), [(1, 1.0), (2, 2.0), (3, 2.5), (4, 3.0), (64, 3.0)])
def test_more_workers_than_cores_get_no_more_than_the_cores_give(workers: int, limit: float) -> None:
    assert FOUR.limit(workers) == pytest.approx(limit)


def test_what_was_not_calibrated_limits_nothing() -> None:
    assert Calibration().limit(2) == math.inf
    assert read_calibration({}) == Calibration()


@pytest.mark.parametrize(
    ("cores", "counts"),
    [(1, [1]), (2, [1, 2]), (8, list(range(1, 9))), (24, [*range(1, 9), 16, 24]), (16, [*range(1, 9), 16])],
)
def test_counts_of_threads_go_up_to_the_cores(cores: int, counts: list[int]) -> None:
    assert list_counts(cores) == counts


def test_what_makes_figures_uncertain_is_said_with_a_remedy() -> None:
    assert list_warnings({"calibration": {"busy_cores": 0.05}, "frequency_governor": "performance"}) == []
    disturbed = {"calibration": {"busy_cores": 0.7}, "frequency_governor": "powersave", "cpu_quota": 1.5}
    busy, governor, quota = list_warnings(disturbed)
    assert "other programs keep 0.7 cores busy: end them" in busy
    assert "the frequency governor is 'powersave': 'cpupower" in governor
    assert "the cgroup pays for 1.5 cores" in quota


@built
def test_this_machine_is_calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """More threads than one get more done than nothing; how much more is the machine's affair."""
    monkeypatch.setattr(module, "SPIN_MS", 10)
    with Supervisor() as supervisor:
        found = calibrate(supervisor)
    assert (found.parallel_speed[0].threads, found.parallel_speed[0].median) == (1, 1.0)
    assert all(each.median > 0.1 for each in found.parallel_speed)
    assert found.clock_step_ns is not None
    assert 0 < found.clock_step_ns < 1_000_000
    assert found.busy_cores >= 0
    assert read_calibration({"calibration": {"busy_cores": found.busy_cores}}).busy_cores == found.busy_cores


@built
def test_a_spin_that_cannot_be_is_said_with_the_remedy() -> None:
    with (
        Supervisor() as supervisor,
        pytest.raises(HarnessError, match="expected a number of at least 1, got '0': run 'make build'"),
    ):
        spin(0, supervisor)


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "max 100000"}, None),
        ({"cpu.max": "150000 100000"}, 1.5),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5),
        ({}, None),
    ],
)
def test_the_quota_is_read_from_either_version(
    files: dict[str, str], quota: float | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert read_quota(tmp_path) == quota


def test_a_quota_below_one_core_is_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.machine.cores.read_quota", lambda: 0.5)
    assert count_cores() == 1


def test_as_many_files_may_be_open_as_can_be_had() -> None:
    raise_file_limit()
    allowed, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert allowed == limit

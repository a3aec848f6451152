"""gauges: what a program and its children have in memory, and nothing of who starts it; nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest

from harness.errors import HarnessError
from harness.paths import ROOT
from harness.run import gauges
from harness.run.gauges import Charge, Gauge, Sampler, Tree, choose_gauge, list_groups
from harness.run.processes import Group, Supervisor
from harness.run.supervisor import read_peak
from tests.tree import PATIENCE_S, wait_until

LONG_S = 600.0
MIB = 2**20
ROOM = 30 * MIB  # that of a small program, with some to spare
HARNESS = 60 * MIB  # what this process has more than, and no small program may

# Some processes each take so many MiB, and hold them until all have, and a sampler had time to look.
TAKE = """
import os, sys, time
sizes, own = [int(word) for word in sys.argv[2:]], int(sys.argv[1])
taken, tell = os.pipe()
wait, release = os.pipe()
for size in sizes:
    if os.fork() == 0:
        os.close(release)
        block = b"x" * (size * 2**20)
        os.write(tell, b".")
        os.read(wait, 1)
        os._exit(0)
block = b"x" * (own * 2**20)
for _ in sizes:
    os.read(taken, 1)
time.sleep(0.1)
os.close(release)
for _ in sizes:
    os.wait()
"""
LEAVE = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)"

# A harness as far as this module needs one.
DRIVER = """
import sys
from pathlib import Path
from harness.run.gauges import choose_gauge
from harness.run.processes import Supervisor
with Supervisor(Path(sys.argv[1])) as supervisor:
    gauge = choose_gauge(supervisor, sys.argv[2])
    print(supervisor.pid, flush=True)
    gauge.run(supervisor, ["sh", "-c", "echo > running; sleep 600 & sleep 600"], 600)
"""


def take(own: int, *children: int) -> list[str]:
    """A program that takes so many MiB, and whose children take so many each."""
    return [sys.executable, "-IS", "-c", TAKE, str(own), *map(str, children)]


def find_folders() -> list[Path]:
    """The groups in which supervisors may make theirs."""
    membership = Path("/proc/self/cgroup")
    if not membership.exists():
        return []
    return [Path(each.parent) for each in list_groups(Path("/sys/fs/cgroup"), membership.read_text())]


def find_groups(pid: int) -> list[Path]:
    """The control groups that the supervisor with this pid has made."""
    return [group for folder in find_folders() if (group := folder / f"side-by-side-{pid}").exists()]


@pytest.fixture
def supervisor(scratch: Path) -> Iterator[Supervisor]:
    with Supervisor(scratch) as supervisor:
        yield supervisor


def choose(supervisor: Supervisor, source: str) -> Gauge:
    try:
        return choose_gauge(supervisor, source)
    except HarnessError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["cgroup", "pss"])
def gauge(request: pytest.FixtureRequest, supervisor: Supervisor) -> Gauge:
    return choose(supervisor, request.param)


def measure(gauge: Gauge, supervisor: Supervisor, command: list[str]) -> int:
    finished, peak_bytes = gauge.run(supervisor, command, LONG_S)
    assert (finished.error, finished.exit_code, finished.left_behind) == ("", 0, 0), supervisor.read_stderr()
    assert peak_bytes is not None
    return peak_bytes


def test_the_size_of_who_starts_it_is_not_the_program_s(gauge: Gauge, supervisor: Supervisor) -> None:
    assert pd.__name__ in sys.modules
    assert psutil.Process().memory_info().rss > HARNESS
    assert 0 < measure(gauge, supervisor, ["sleep", "0.05"]) < ROOM
    assert 0 < measure(gauge, supervisor, take(0)) < ROOM


def test_the_kernel_counts_the_shortest_program(supervisor: Supervisor) -> None:
    assert 0 < measure(choose(supervisor, "cgroup"), supervisor, ["true"]) < ROOM


@pytest.mark.parametrize(
    ("own", "children"),
    [(64, ()), (0, (64,)), (0, (64, 64)), (32, (32, 64))],
    ids=["itself", "a child", "two children at once", "all of them"],
)
def test_what_all_its_processes_touch_is_counted(
    gauge: Gauge, supervisor: Supervisor, own: int, children: tuple[int, ...]
) -> None:
    idle = measure(gauge, supervisor, take(0, *(0 for _ in children)))
    busy = measure(gauge, supervisor, take(own, *children))
    assert busy - idle == pytest.approx((own + sum(children)) * MIB, abs=4 * MIB)


def test_a_peak_is_not_that_of_the_program_before(gauge: Gauge, supervisor: Supervisor) -> None:
    measure(gauge, supervisor, take(64))
    assert measure(gauge, supervisor, take(0)) < ROOM


def test_files_that_it_reads_or_writes_are_not_its_memory(
    gauge: Gauge, supervisor: Supervisor, scratch: Path
) -> None:
    if any(part.mountpoint == "/tmp" and part.fstype == "tmpfs" for part in psutil.disk_partitions(all=True)):
        pytest.skip("what is written to a tmpfs is in memory")
    write = "file = open('large', 'wb')\nfor _ in range(64): file.write(bytes(2**20))"
    assert measure(gauge, supervisor, [sys.executable, "-IS", "-c", write]) < ROOM
    assert (scratch / "large").stat().st_size == 64 * MIB


def test_nothing_is_left_of_a_program_that_ended_was_killed_or_never_began(
    gauge: Gauge, supervisor: Supervisor
) -> None:
    measure(gauge, supervisor, take(0, 0))
    assert gauge.run(supervisor, [sys.executable, "-IS", "-c", LEAVE], LONG_S)[0].left_behind == 1
    assert gauge.run(supervisor, ["sleep", "600"], 0.2)[0].timed_out
    assert gauge.run(supervisor, ["./nowhere"], LONG_S)[0].error == "./nowhere: No such file or directory"
    assert not psutil.Process(supervisor.pid).children()
    assert not find_groups(supervisor.pid)


def test_what_it_prints_and_how_it_ends_is_the_program_s(gauge: Gauge, supervisor: Supervisor) -> None:
    finished, _ = gauge.run(supervisor, ["sh", "-c", "echo out; echo err >&2; exit 7"], LONG_S)
    assert (finished.exit_code, supervisor.read_stdout(), supervisor.read_stderr()) == (7, "out\n", "err\n")


def test_kill_9_of_the_harness_leaves_no_process_and_no_group(gauge: Gauge, scratch: Path) -> None:
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", DRIVER, str(scratch), gauge.source]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        pid = int(driver.stdout.readline())
        wait_until(lambda: (scratch / "running").exists() or driver.poll() is not None)
        assert bool(find_groups(pid)) == (gauge.source == "cgroup")
        below = psutil.Process(driver.pid).children(recursive=True)
        driver.kill()
    gone, alive = psutil.wait_procs(below, PATIENCE_S)
    assert (len(gone), alive) == (len(below), [])
    assert not find_groups(pid)


# The choice.


def test_the_best_that_works_is_chosen(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Charge(Group("/nowhere", "/nowhere"))
    monkeypatch.setattr(gauges, "list_gauges", lambda: iter([nowhere, Sampler()]))
    assert isinstance(choose_gauge(supervisor), Sampler)
    assert not psutil.Process(supervisor.pid).children()
    with pytest.raises(HarnessError, match="expected to watch memory by 'cgroup', it cannot be used here"):
        choose_gauge(supervisor, "cgroup")


def test_a_group_that_counts_no_memory_does_not_work(supervisor: Supervisor, tmp_path: Path) -> None:
    """A folder like any other: what is written to `cgroup.procs` in it is a file."""
    (tmp_path / "home").mkdir()
    finished, peak_bytes = Charge(Group(str(tmp_path / "home"), str(tmp_path))).run(
        supervisor, ["true"], LONG_S
    )
    assert (finished.exit_code, peak_bytes) == (0, None)


def make_folders(root: Path, *paths: str, counted: str = "") -> None:
    for path in paths:
        (root / path).mkdir(parents=True)
        (root / path / "cgroup.procs").touch()
    for path in paths:
        (root / path / "cgroup.subtree_control").write_text(counted)


def test_in_version_1_the_group_is_made_in_our_own(tmp_path: Path) -> None:
    make_folders(tmp_path, "memory/user/shell")
    membership = "9:cpu,cpuacct:/\n4:memory:/user/shell\n0::/\n"
    home = str(tmp_path / "memory/user/shell")
    assert list(list_groups(tmp_path, membership)) == [Group(home, home)]


def test_in_version_2_it_is_made_beside_our_own_where_memory_is_counted(tmp_path: Path) -> None:
    make_folders(tmp_path, "user/shell", counted="")
    (tmp_path / "user" / "cgroup.subtree_control").write_text("cpu memory pids\n")
    home, parent = tmp_path / "user/shell", tmp_path / "user"
    assert list(list_groups(tmp_path, "0::/user/shell\n")) == [Group(str(home), str(parent))]
    (parent / "cgroup.subtree_control").write_text("cpu pids\n")
    assert list(list_groups(tmp_path, "0::/user/shell\n")) == []


def test_without_control_groups_there_are_none(tmp_path: Path) -> None:
    assert list(list_groups(tmp_path, "0::/\n")) == list(list_groups(tmp_path, "4:memory:/gone\n")) == []


@pytest.mark.parametrize(
    ("peak", "stat"),
    [
        ("memory.peak", "anon 7\nfile 30\nshmem 10\n"),
        ("memory.max_usage_in_bytes", "cache 9\ntotal_cache 30\ntotal_shmem 10\n"),
    ],
    ids=["version 2", "version 1"],
)
def test_cached_files_are_taken_off_the_peak_shared_memory_is_not(
    tmp_path: Path, peak: str, stat: str
) -> None:
    (tmp_path / peak).write_text("100\n")
    (tmp_path / "memory.stat").write_text(stat)
    assert read_peak(tmp_path) == 80


# The sampler's sums.


def test_a_sampler_keeps_the_largest_sum(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = Tree(supervisor, "pss")
    for size in (5, 9, 7):
        monkeypatch.setattr(tree, "_read", lambda _, size=size: size)
        tree.look(os.getpid())
    assert tree.peak_bytes == 9


def test_a_process_that_has_ended_counts_nothing(supervisor: Supervisor) -> None:
    with subprocess.Popen(["true"]) as process:
        ended = psutil.Process(process.pid)
    assert Tree(supervisor, "pss")._read(ended) == 0

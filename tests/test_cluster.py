"""The model on Dask: on processes of its own, and on a scheduler that somebody else started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from harness.fixtures.load import find_port
from harness.paths import ROOT
from tests.runners import STRICT

pytestmark = pytest.mark.skipif(
    find_spec("distributed") is None, reason="distributed is not installed: run 'make cluster'"
)

ADDRESS = "DASK_SCHEDULER_ADDRESS"
# Every workload that has the model, with equal units where that can be: each of them has to be done.
WORKLOADS = [
    (("primes", "--limit", "3", "--units", "7"), 1, 7),
    (("primes", "--limit", "1000", "--units", "40"), 168, 40),
    (("nqueens", "--n", "6"), 4, 20),
    (("mandelbrot", "--size", "17", "--iterations", "3"), 247, 17),
    (("hash", "--count", "1000", "--size", "300", "--units", "7"), 143_849_114_629_309, 7),
]
# Has units done that tell who did them.
TRACING = """
import sys
from cluster import connect
from primes.kernel import count_primes
workers, path = int(sys.argv[1]), sys.argv[2]
def tell(number):
    import os, time
    time.sleep(0.02)
    return os.getpid()
with connect(workers, count_primes) as client:
    done = client.gather(client.map(tell, [7] * 20, pure=False))
open(path, "w").write("\\n".join(map(str, done)))
"""


def run(
    words: tuple[str, ...], workers: int, environment: dict[str, str] | None = None, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run the Python runner on a workload's arguments, with the model on a cluster."""
    command = [sys.executable, *STRICT, str(folder / "python" / "runner.py"), words[0], "cluster", *words[1:]]
    return subprocess.run(
        [*command, "--workers", str(workers)], capture_output=True, text=True, timeout=60, check=False,
        env={**{name: value for name, value in os.environ.items() if name != ADDRESS}, **(environment or {})},
    )  # fmt: skip


def copy_primes(folder: Path) -> Path:
    """Copy the runner with one workload; return its kernel, to be changed."""
    (folder / "python" / "primes").mkdir(parents=True)
    for path in [*(ROOT / "python").glob("*.py"), *(ROOT / "python" / "primes").glob("*.py")]:
        (folder / path.relative_to(ROOT)).write_text(path.read_text())
    return folder / "python" / "primes" / "kernel.py"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two workers, started as one does by hand, in a folder that has none of our modules."""
    folder = tmp_path_factory.mktemp("cluster")
    url = f"tcp://127.0.0.1:{find_port()}"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", url.rpartition(":")[2]]
    scheduler += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    worker = ["worker", url, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "30"]
    started = []
    with (folder / "said").open("w") as said:
        for number, words in enumerate((scheduler, worker, worker)):
            own = folder / str(number)
            own.mkdir()
            command = [sys.executable, "-m", "dask", *words]
            if words is worker:
                command += ["--local-directory", str(own)]
            started.append(subprocess.Popen(command, cwd=own, stdout=said, stderr=said))
    try:
        yield url
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=20)


@pytest.mark.parametrize(("words", "result", "units"), WORKLOADS, ids=lambda value: str(value)[:20])
def test_a_scheduler_elsewhere_does_the_work(
    words: tuple[str, ...], result: int, units: int, address: str
) -> None:
    finished = run(words, 2, {ADDRESS: address})
    assert (finished.returncode, finished.stderr) == (0, "")
    report = json.loads(finished.stdout)
    assert (report["result"], report["units"], report["workers"]) == (result, units, 2)


def test_workers_get_the_kernel_as_it_is_today(address: str, tmp_path: Path) -> None:
    """Else a kernel that was changed would be timed and checked as it was."""
    kernel = copy_primes(tmp_path)
    words = ("primes", "--limit", "1000", "--units", "10")
    assert json.loads(run(words, 1, {ADDRESS: address}, tmp_path).stdout)["result"] == 168
    kernel.write_text(kernel.read_text().replace("    return count\n", "    return count + 1\n"))
    assert json.loads(run(words, 1, {ADDRESS: address}, tmp_path).stdout)["result"] == 178


@pytest.mark.parametrize("workers", [1, 2])
def test_so_many_workers_take_part(workers: int, address: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    script = tmp_path / "trace.py"
    script.write_text(TRACING)
    subprocess.run(
        [sys.executable, script, str(workers), trace], cwd=ROOT / "python", check=True, timeout=60,
        env={**os.environ, ADDRESS: address, "PYTHONPATH": str(ROOT / "python")},
    )  # fmt: skip
    done = trace.read_text().split()
    assert (len(set(done)), len(done)) == (workers, 20)


def test_fewer_workers_than_asked_for_is_a_failure(address: str) -> None:
    finished = run(WORKLOADS[0][0], 3, {ADDRESS: address})
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == (
        f"runner: primes cluster: RuntimeError: expected 3 workers at {address}, got 2: "
        "start more with 'dask worker', or lower --workers\n"
    )


@pytest.mark.parametrize(
    ("where", "said"), [("nowhere", "missing port number"), ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1")]
)
def test_no_scheduler_is_a_failure(where: str, said: str) -> None:
    """Takes 10 s where nobody answers: it may be that the scheduler has only just been started."""
    finished = run(WORKLOADS[0][0], 1, {ADDRESS: where})
    assert (finished.returncode, finished.stdout, finished.stderr.count("\n")) == (1, "", 1)
    assert finished.stderr.startswith("runner: primes cluster: ")
    assert said in finished.stderr


def test_a_failed_unit_is_one_line_of_cause(tmp_path: Path) -> None:
    kernel = copy_primes(tmp_path)
    kernel.write_text(
        kernel.read_text().replace("    return count\n", "    raise ValueError(f'{span} is bad')\n")
    )
    finished = run(("primes", "--limit", "10", "--units", "2"), 2, None, tmp_path)
    assert (finished.returncode, finished.stdout, finished.stderr.count("\n")) == (1, "", 1)
    assert finished.stderr.startswith("runner: primes cluster: ValueError: range(")


def listen(process: int) -> list[str]:
    """List the addresses at which a process listens."""
    sockets = psutil.Process(process).net_connections(kind="tcp")
    return [each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_runner_that_is_killed_leaves_no_worker(number: int) -> None:
    words = ("primes", "cluster", "--limit", "100000000", "--units", "64", "--workers", "2")
    started = subprocess.Popen(
        [sys.executable, *STRICT, "python/runner.py", *words], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 30
    children: list[psutil.Process] = []
    while len(children) < 3 and time.monotonic() < until:  # two workers, and what helps to start them
        time.sleep(0.05)
        children = psutil.Process(started.pid).children(recursive=True)
    time.sleep(1)  # some are starting, some compute: it must not matter
    sockets = [
        each for process in (started.pid, *(child.pid for child in children)) for each in listen(process)
    ]
    assert set(sockets) <= {"127.0.0.1"}, "nobody else may hand out work"
    os.kill(started.pid, number)
    assert started.communicate(timeout=20) == ("", "")
    assert started.returncode == -number
    _, alive = psutil.wait_procs(children, timeout=10)
    for child in alive:
        child.kill()
    assert (len(children), alive) == (3, [])

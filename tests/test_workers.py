"""workers: a pool of processes ends on every Python when what is left of its units was cancelled."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from harness.paths import ROOT
from tests.runners import PROGRAMS, TIME_LIMIT_S, Program

PYTHONS = [each for each in PROGRAMS if each.language == "python"]

# The pool's thread finds a result and the call to end at once, and beside them only what was cancelled.
CANCELLED = """
import multiprocessing, sys, time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import _WorkItem
import workers
workers.begin()
pool = ProcessPoolExecutor(1, multiprocessing.get_context('fork'))
pool.submit(time.sleep, 0.2)
time.sleep(0.1)
sys.setswitchinterval(1000)  # that thread runs when this one waits, not before
cancelled = Future()
cancelled.cancel()
pool._pending_work_items[99] = _WorkItem(cancelled, time.sleep, (0,), {})
pool._work_ids.put(99)
end = time.monotonic() + 0.5
while time.monotonic() < end:
    pass
pool.shutdown()
print("ended")
"""


@pytest.mark.parametrize("program", PYTHONS, ids=lambda program: program.name)
def test_a_pool_ends_whose_last_units_were_cancelled(program: Program, tmp_path: Path) -> None:
    script = tmp_path / "cancelled.py"
    script.write_text(CANCELLED)
    finished = subprocess.run(
        [ROOT / program.command[0], script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "ended\n", "")

"""probe: a look at the machine, and what its cores did since the last one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.machine import probe as module
from harness.machine.native import is_built
from harness.machine.probe import PROGRAM, Counters, Prober, read_counters
from harness.run.processes import Supervisor

built = pytest.mark.skipif(not is_built(PROGRAM), reason=f"{PROGRAM} is not built: run 'make build'")


@built
def test_this_machine_is_looked_at() -> None:
    before = datetime.now(UTC)
    with Supervisor() as supervisor:
        prober = Prober(supervisor)
        first, second = prober.take(), prober.take()
    assert before < first.at < second.at
    for each in (first, second):
        assert 1_000_000 < each.elapsed_ns < 10_000_000_000
        assert each.steal_ns is None or each.steal_ns >= 0
        assert each.busy_ns is None or each.busy_ns >= 0


def test_a_probe_that_is_not_there_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROGRAM", "build/native/nothing")
    with (
        Supervisor() as supervisor,
        pytest.raises(HarnessError, match=r"build/native/nothing to answer, got .*: run 'make build'"),
    ):
        Prober(supervisor).take()


@pytest.mark.parametrize(
    ("text", "counters"),
    [
        (
            "cpu  1 2 3 1000 1000 4 5 6 100 100\ncpu0 9 9 9 9 9 9 9 9 0 0\n",
            Counters(60_000_000, 150_000_000),
        ),
        ("cpu 1 2 3\n", None),
        ("intr 1 2 3 4 5 6 7 8 9\n", None),
        (None, None),
    ],
)
def test_steal_and_work_are_read_for_all_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, counters: Counters | None
) -> None:
    monkeypatch.setattr("os.sysconf", lambda _: 100)
    if text is not None:
        (tmp_path / "stat").write_text(text)
    assert read_counters(tmp_path / "stat") == counters

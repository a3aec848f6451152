"""fixtures: started once for each set of options, gone at the end; one that fails is started anew."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.fixtures import FixtureError, Fixtures, server, spell
from harness.paths import ROOT
from harness.plan.cases import Use
from tests.samples import add_fixture
from tests.tree import wait_until

ECHO = Use("echo", "url")
FOUR, FIVE = (Use("echo", "url", {"files": number, "kind": "small"}) for number in (4, 5))


def test_a_fixture_is_started_once_when_it_is_asked_for_and_ended_with_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = add_fixture(monkeypatch, "echo", "here")
    with Fixtures() as fixtures:
        assert told == []
        for _ in range(2):
            with fixtures.serve([ECHO]) as served:
                assert told[-1] == "before"
                assert served.given == {"url": "here"}
                assert not served.seen
            assert served.seen == {"echo_asked": 7.0}
    assert told == ["enter", "before", "after", "before", "after", "exit"]


def test_it_is_prepared_once_for_each_set_of_options(monkeypatch: pytest.MonkeyPatch) -> None:
    told = add_fixture(monkeypatch, "echo", "here")
    with Fixtures() as fixtures:
        for use in (FOUR, FIVE, FOUR, FIVE):
            with fixtures.serve([use]):
                pass
    assert [each for each in told if each not in ("before", "after")] == [
        *("files=4", "kind=small", "enter", "files=5", "kind=small", "enter", "exit", "exit")
    ]


def test_options_are_spelled_in_one_order() -> None:
    one: dict[str, int | str] = {"a": 1, "b": "x"}
    other: dict[str, int | str] = {"b": "x", "a": 1}
    assert spell(Use("echo", "url", one)) == spell(Use("echo", "path", other)) == "echo a=1 b=x"


def test_a_run_may_have_several(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [add_fixture(monkeypatch, name, name.upper()) for name in ("echo", "hall")]
    with Fixtures() as fixtures, fixtures.serve([ECHO, Use("hall", "path")]) as served:
        assert served.given == {"url": "ECHO", "path": "HALL"}
    assert served.seen == {"echo_asked": 7.0, "hall_asked": 7.0}
    assert told == [["enter", "before", "after", "exit"]] * 2


@pytest.mark.parametrize(
    ("moment", "before"), [("enter", []), ("before", ["enter"]), ("after", ["enter", "before"])]
)
def test_one_that_fails_is_ended_and_started_anew(
    monkeypatch: pytest.MonkeyPatch, moment: str, before: list[str]
) -> None:
    told = add_fixture(monkeypatch, "echo", "here", fails=[moment])
    with Fixtures() as fixtures:
        with pytest.raises(FixtureError, match=f"echo: no {moment}"), fixtures.serve([ECHO]):
            assert moment == "after"
        assert told == [*before, moment, *(["exit"] if moment != "enter" else [])]
        told.clear()
        with fixtures.serve([ECHO]) as served:
            assert served.given == {"url": "here"}
    assert told == ["enter", "before", "after", "exit"]


def test_one_that_cannot_even_end_is_a_fixture_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    add_fixture(monkeypatch, "echo", "here", fails=["after", "exit"])
    with Fixtures() as fixtures:
        with pytest.raises(FixtureError, match="echo: no after"), fixtures.serve([ECHO]):
            pass
        with fixtures.serve([ECHO]) as served:
            assert served.given == {"url": "here"}


def test_each_ends_even_where_another_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [add_fixture(monkeypatch, name, name, fails=["exit"]) for name in ("echo", "hall")]
    uses = [ECHO, Use("hall", "path")]
    with pytest.raises(HarnessError, match="no exit"), Fixtures() as fixtures, fixtures.serve(uses):
        pass
    assert [each[-1] for each in told] == ["exit", "exit"]


def test_a_run_that_failed_inside_is_no_run_that_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    told = add_fixture(monkeypatch, "echo", "here")
    with Fixtures() as fixtures, pytest.raises(HarnessError, match="no hyperfine"), fixtures.serve([ECHO]):
        raise HarnessError("no hyperfine")
    assert told == ["enter", "before", "exit"]


# The load server.

SERVER = Use("server", "url")
BUILT = pytest.mark.skipif(not (ROOT / server.PROGRAM).exists(), reason="run 'make build'")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("build/nowhere", "server: load server missing: No such file or directory: run 'make build'"),
        ("/bin/true", "server: expected the load server to print its address, it ended"),
    ],
)
def test_a_load_server_that_does_not_come_up_is_said(
    monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    monkeypatch.setattr(server, "PROGRAM", program)
    with Fixtures() as fixtures, pytest.raises(FixtureError, match=message), fixtures.serve([SERVER]):
        pass


def test_one_that_says_nothing_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "mute"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(server, "PROGRAM", str(program))
    monkeypatch.setattr(server, "PATIENCE_S", 0.2)
    monkeypatch.setattr(server, "LEAVE_S", 0.2)
    with Fixtures() as fixtures, pytest.raises(FixtureError, match="it is stuck"), fixtures.serve([SERVER]):
        pass


@BUILT
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_one_that_dies_or_stands_still_during_a_run_is_started_anew(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(server, "PATIENCE_S", 1.0)
    monkeypatch.setattr(server, "LEAVE_S", 0.2)
    with Fixtures() as fixtures:
        pid = fixtures._start(SERVER)._process.pid  # type: ignore[attr-defined]
        message = "expected the load server to answer /stats"
        with pytest.raises(FixtureError, match=message), fixtures.serve([SERVER]):
            os.kill(pid, number)
        wait_until(lambda: not Path(f"/proc/{pid}").exists())
        with fixtures.serve([SERVER]) as served:
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", served.given["url"])
        assert set(served.seen) == {f"server_{name}" for name in server.FIGURES}
        assert served.seen["server_requests"] == 0


def test_every_fixture_says_what_it_sees() -> None:
    assert sys.modules["harness.fixtures.server"].FIGURES.keys() == {
        *("requests", "in_flight_peak", "connections_peak", "cpu_ns")
    }

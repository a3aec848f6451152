"""fixtures: started when first asked for, gone at the end, and clear where they are not there."""

from __future__ import annotations

import pytest

from harness.errors import HarnessError
from harness.fixtures import Fixtures, server
from tests.samples import add_fixture


def test_a_fixture_is_started_once_when_it_is_asked_for_and_ended_with_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = add_fixture(monkeypatch, "echo", "here")
    with Fixtures() as fixtures:
        assert told == []
        assert fixtures.get("echo") is fixtures.get("echo")
        assert told == ["enter"]
    assert told == ["enter", "exit"]


def test_a_run_is_served_with_addresses_and_ends_with_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    told = add_fixture(monkeypatch, "echo", "here")
    with Fixtures() as fixtures:
        for _ in range(2):
            with fixtures.serve({"url": "echo"}) as served:
                assert told[-1] == "before"
                assert served.addresses == {"url": "here"}
                assert not served.seen
            assert served.seen == {"asked": 7.0}
    assert told == ["enter", "before", "after", "before", "after", "exit"]


def test_a_run_that_failed_inside_is_no_run_that_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    told = add_fixture(monkeypatch, "echo", "here")
    with (
        Fixtures() as fixtures,
        pytest.raises(HarnessError, match="no hyperfine"),
        fixtures.serve({"url": "echo"}),
    ):
        raise HarnessError("no hyperfine")
    assert told == ["enter", "before", "exit"]


def test_a_fixture_that_is_not_there_is_said() -> None:
    with Fixtures() as fixtures, pytest.raises(HarnessError, match=r"expected harness/fixtures/nothing\.py"):
        fixtures.get("nothing")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("build/nowhere", "load server missing: No such file or directory: run 'make build'"),
        ("/bin/true", "expected the load server to print its address, it ended"),
    ],
)
def test_a_load_server_that_does_not_come_up_is_said(
    monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    monkeypatch.setattr(server, "PROGRAM", program)
    with Fixtures() as fixtures, pytest.raises(HarnessError, match=message):
        fixtures.get("server")

"""fixtures: started when first asked for, gone at the end, and clear where they are not there."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Self

import pytest

from harness.errors import HarnessError
from harness.fixtures import Fixtures, server


def test_a_fixture_is_started_once_when_it_is_asked_for_and_ended_with_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    class Fixture:
        value = "here"

        def __enter__(self) -> Self:
            told.append("enter")
            return self

        def __exit__(self, *_: object) -> None:
            told.append("exit")

    module = ModuleType("harness.fixtures.echo")
    module.Fixture = Fixture  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with Fixtures() as fixtures:
        assert told == []
        chosen = fixtures.choose({"url": "echo", "path": "echo"})
        assert {argument: fixture.value for argument, fixture in chosen.items()} == {
            "url": "here",
            "path": "here",
        }
        assert fixtures.get("echo") is chosen["url"]
        assert told == ["enter"]
    assert told == ["enter", "exit"]


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

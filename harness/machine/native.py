"""The native programs of build/native, which measure the machine itself."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from harness.errors import HarnessError
from harness.paths import ROOT
from harness.plan.runners import Starter

PATIENCE_S = 60.0

Answer = TypeVar("Answer")


def is_built(program: str) -> bool:
    """Tell whether a native program is there."""
    return (ROOT / program).exists()


def ask(program: str, words: list[str], kind: type[Answer], starter: Starter) -> Answer:
    """Run a native program and decode what it prints; raises HarnessError if that is not a `kind`."""
    ended = starter.run([str(ROOT / program), *words], PATIENCE_S)
    try:
        return msgspec.json.decode(starter.read_stdout(), type=kind)
    except msgspec.DecodeError:
        cause = ended.error or starter.read_stderr().strip() or f"exit status {ended.exit_code}"
        raise HarnessError(f"expected {program} to answer, got {cause}: run 'make build'") from None

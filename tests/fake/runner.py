"""A runner whose models are named after what is wrong with them; in the workload `late`, only when timed."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
BEGIN_NS = time.monotonic_ns()
LATE_FROM = 10  # vectors of the workload `late` have a lower limit than this, its sizes have not

Line = dict[str, object]


def say(line: Line) -> None:
    print(json.dumps(line))


def change(key: str, value: object) -> Callable[[Line], None]:
    return lambda line: say({**line, key: value})


def silent(_: Line) -> None:
    """Print nothing."""


def chatty(line: Line) -> None:
    print("let me see")
    say(line)


def babbling(_: Line) -> None:
    print("42")


def crashing(_: Line) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def failing(_: Line) -> None:
    sys.exit("first cause\ndisk on fire")


def hanging(_: Line) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait_for_ever()


def wait_for_ever() -> NoReturn:
    while True:
        select.select([], [], [])


def leaving(line: Line) -> None:
    leave_child(own_session=False)
    say(line)


def escaping(line: Line) -> None:
    leave_child(own_session=True)
    say(line)


def leave_child(*, own_session: bool) -> None:
    """Start a child that never ends, and go on once it is there."""
    ready, tell = os.pipe()
    if os.fork() == 0:
        if own_session:
            os.setsid()
        os.write(tell, b".")
        wait_for_ever()
    os.read(ready, 1)


def waiting(line: Line) -> None:
    """Tell the test that a run is under way, and wait for its leave; work at once where there is no test."""
    started, gate = Path("started"), Path("gate")
    if started.is_fifo():
        started.write_bytes(b".")
        gate.read_bytes()
    say(line)


MODELS: dict[str, Callable[[Line], None]] = {
    "sequential": say,
    "steady": say,
    "waiting": waiting,
    "wrong": change("result", -1),
    "few": change("units", 1),
    "impostor": change("model", "sequential"),
    "boasting": change("elapsed_ns", 10**15),
    "silent": silent,
    "chatty": chatty,
    "babbling": babbling,
    "crashing": crashing,
    "failing": failing,
    "hanging": hanging,
    "leaving": leaving,
    "escaping": escaping,
}


def run(workload: str, model: str, options: list[str]) -> None:
    """Count up to the limit: the limit is the result, and the number of units."""
    arguments = {
        name.removeprefix("--"): int(value) for name, value in zip(options[::2], options[1::2], strict=True)
    }
    limit = arguments["limit"]
    line: Line = {
        "workload": workload,
        "model": model,
        "workers": arguments["workers"],
        "result": limit,
        "units": limit,
        "elapsed_ns": time.monotonic_ns() - BEGIN_NS,
        "metrics": {"pace": arguments["pace"]},
    }
    behave = say if workload == "late" and limit < LATE_FROM else MODELS[model]
    behave(line)


def main(words: list[str]) -> None:
    """Speak the contract."""
    if words == ["--version"]:
        print("fake 1.2.3")
    elif words == ["--list"]:
        for path in sorted(HERE.glob("*/*.txt")):
            if path.stem != "unlisted":
                print(path.parent.name, path.stem)
    else:
        run(words[0], words[1], words[2:])


if __name__ == "__main__":
    main(sys.argv[1:])

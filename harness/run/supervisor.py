"""The supervisor: a small process that starts the measured programs and leaves none of them behind.

The harness starts it as a program (`python -I -S supervisor.py SCRATCH`) and talks to it in lines of JSON;
it imports the standard library only, so that what it starts does not inherit the size of pandas. Each
program gets a process group of its own, and a control group (cgroup) where the request says where to make
one. It begins by saying its pid. A request has two lines for an answer: the program's pid as soon as it
runs (0 if it could not be started), and what became of it.

There are two of it, in a session of their own, which Ctrl-C and the end of a terminal do not reach: the
guardian, which is what the harness starts, and its child, the supervisor proper. Both are "child
subreapers" (prctl(2)): whatever a program leaves running becomes the supervisor's child, the guardian's
where there is no supervisor any more. Whoever is killed, the others notice, end all that was started and
remove the control group and the scratch folder:

  the harness     standard input closes: the supervisor has a moment to end in order, the guardian sees to it
  the supervisor  its end of a socket pair closes, the guardian has the other one
  the guardian    likewise
  both of them    standard output closes: the harness ends what has MARK in its environment
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

PATIENCE_S = 1.0  # for the kernel to take down the last thread of a control group
GRACE_S = 1.0  # for helpers that end by themselves once their parent has (multiprocessing has some)
ORDER_MS = 1000  # for the supervisor to end in order once the harness has
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LONGEST = 1000  # characters of an error: the answer goes through the pipe in one piece
NOTE = "control-group"  # the file in the scratch folder that names the one that was made
MARK = "SIDE_BY_SIDE_SCRATCH"  # in the environment of all that is started; its value is ours alone


class Place(NamedTuple):
    """Where the supervisor works, and what it listens to."""

    scratch: Path
    guardian: int
    """A descriptor: readable once the guardian has gone."""
    wake: int
    """A descriptor: readable once a child has ended."""


def main(scratch: Path) -> None:
    """Be the guardian, with a child that is the supervisor."""
    for number in SIGNALS:
        signal.signal(number, leave)
    mine, other = socket.socketpair()
    guardian, supervisor = os.getpid(), os.fork()
    (mine if supervisor == 0 else other).close()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    try:
        if supervisor:
            guard(mine.fileno())
        else:
            os.setpgid(0, 0)  # so that no signal to a group reaches both
            supervise(Place(scratch, other.fileno(), watch_children()))
    finally:
        if supervisor:
            os.kill(supervisor, signal.SIGKILL)  # it is our child, and not yet waited for
        end_children()
        clean(scratch)
        if not supervisor and os.getppid() == guardian:
            os.kill(guardian, signal.SIGCONT)  # so that it ends too, though somebody stopped it


def leave(*_: object) -> NoReturn:
    """End in order, on a signal; no other one disturbs that."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(1)


def guard(supervisor: int) -> None:
    """Wait until the supervisor has gone, or the harness: then only as long as order takes."""
    poll = select.poll()
    poll.register(0, 0)  # without reading: it tells when nobody writes any more
    poll.register(supervisor, 0)
    poll.poll()
    poll.unregister(0)
    poll.poll(ORDER_MS)


def watch_children() -> int:
    """Return a descriptor that SIGCHLD makes readable."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    return read


def supervise(place: Place) -> None:
    """Serve requests until the harness has gone, or the guardian."""
    buffer = b""
    with contextlib.suppress(BrokenPipeError):  # nobody is there to read the answer
        os.write(1, b"%d\n" % os.getpid())
        while place.guardian not in select.select([0, place.guardian], [], [])[0]:
            if not (chunk := os.read(0, 65536)):
                return
            buffer += chunk
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                os.write(1, json.dumps(serve(json.loads(line), place)).encode() + b"\n")


def serve(request: dict[str, Any], place: Place) -> dict[str, Any]:
    """Run one program to its end or its time limit, end whatever is left of it, and tell what it used."""
    with contextlib.ExitStack() as stack:
        try:
            group = stack.enter_context(hold_group(request["group"], place.scratch))
            stack.callback(end_children)
            pid = start(request, group)
            stack.callback(end_group, pid)
        except OSError as error:
            os.write(1, b"0\n")
            return {"error": f"{error.filename or request['command'][0]}: {error.strerror}"[:LONGEST]}
        os.write(1, b"%d\n" % pid)
        return {**follow(pid, request, place), "peak_bytes": group and read_peak(group)}


def follow(pid: int, request: dict[str, Any], place: Place) -> dict[str, Any]:
    """Wait for a program's end, count what is left of it, and tell what it used."""
    deadline = time.monotonic() + request["time_limit_s"]
    ended = await_end(pid, deadline, place)
    timed_out = ended is None
    if ended is None:
        end_group(pid)
        ended = os.wait4(pid, 0)
    left_behind = 0 if timed_out else count_left_behind(place.wake)
    _, status, usage = ended
    return {
        "exit_code": os.waitstatus_to_exitcode(status),
        "timed_out": timed_out,
        "left_behind": left_behind,
        "user_ns": int(usage.ru_utime * 1e9),
        "system_ns": int(usage.ru_stime * 1e9),
        "voluntary_switches": usage.ru_nvcsw,
        "involuntary_switches": usage.ru_nivcsw,
    }


def start(request: dict[str, Any], group: Path | None) -> int:
    """Start the program in groups of its own, its output going to files; returns its pid."""
    create = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with join_group(group, request["group"]):
        return os.posix_spawnp(
            request["command"][0],
            request["command"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, request["stdout"], create, 0o666),
                (os.POSIX_SPAWN_OPEN, 2, request["stderr"], create, 0o666),
            ],
            setpgroup=0,
            setsigdef=[*SIGNALS, signal.SIGPIPE],
        )


@contextlib.contextmanager
def hold_group(where: dict[str, str] | None, scratch: Path) -> Iterator[Path | None]:
    """Make a control group, where one is asked for, and remove it once its program has been ended."""
    if where is None:
        yield None
        return
    group = Path(where["parent"], f"side-by-side-{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        group.rmdir()  # of a supervisor that was killed and had our pid
    (scratch / NOTE).write_text(str(group))  # for whoever must remove it if we cannot
    group.mkdir()
    try:
        yield group
    finally:
        remove_group(group)


@contextlib.contextmanager
def join_group(group: Path | None, where: dict[str, str] | None) -> Iterator[None]:
    """Be in a control group for a moment: what is started meanwhile is in it from its first byte on.

    What we have in memory already is not charged to it, and next to nothing is added meanwhile.
    """
    if group is None or where is None:
        yield
        return
    (group / "cgroup.procs").write_text("0")  # stands for the one that writes it
    try:
        yield
    finally:
        Path(where["home"], "cgroup.procs").write_text("0")


PEAKS = {  # by version of control groups, the newer first: the peak, and what of memory.stat is files
    "memory.peak": ("file", "shmem"),
    "memory.max_usage_in_bytes": ("total_cache", "total_shmem"),
}


def read_peak(group: Path) -> int | None:
    """Read the most bytes that were charged to a control group at once; None where the kernel does not say.

    The cached pages of files are taken off: whoever is the first to read a file, the program's own
    included, is charged for it, and nobody after. Shared memory, a file by name only, stays in.
    """
    for name, (files, shared) in PEAKS.items():
        if (group / name).exists():
            stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            cached = int(stat.get(files, 0)) - int(stat.get(shared, 0))
            return max(0, int((group / name).read_text()) - cached)
    return None


def remove_group(group: Path) -> None:
    """Remove a control group of which all processes have ended."""
    deadline = time.monotonic() + PATIENCE_S
    while group.exists() and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.01)


def clean(scratch: Path) -> None:
    """Remove what a supervisor leaves in files; all that it started has ended."""
    with contextlib.suppress(OSError):
        remove_group(Path((scratch / NOTE).read_text()))
    shutil.rmtree(scratch, ignore_errors=True)


def await_end(pid: int, deadline: float, place: Place) -> tuple[int, int, Any] | None:
    """Wait for one program; None if the deadline passes first. We leave where there is nobody to tell."""
    while True:
        ended = os.wait4(pid, os.WNOHANG)
        if ended[0]:
            return ended
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return None
        ready, _, _ = select.select([0, place.guardian, place.wake], [], [], left_s)
        drain(place.wake)
        if 0 in ready or place.guardian in ready:  # nobody speaks while a program runs: one has gone
            sys.exit(1)


def drain(wake: int) -> None:
    """Empty the pipe that SIGCHLD writes to."""
    with contextlib.suppress(BlockingIOError):
        os.read(wake, 4096)


def count_left_behind(wake: int) -> int:
    """Give processes that outlived their program a moment to end by themselves; count those that do not."""
    deadline = time.monotonic() + GRACE_S
    while reap() and time.monotonic() < deadline:
        select.select([wake], [], [], max(0.0, deadline - time.monotonic()))
        drain(wake)
    return len(children())


def reap() -> bool:
    """Collect every child that has ended; tell whether any still runs."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def children() -> list[int]:
    """List our own children, adopted ones included."""
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def end_group(pid: int) -> None:
    """Kill a program's process group, if any of it is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_children() -> None:
    """Kill our own children, adopted ones included, generation after generation, until there are none."""
    while True:
        for child in children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""What worker processes need beside multiprocessing: they end when the process that made them ends.

Left alone, a forked worker waits for its next unit for ever: it holds the other end of that pipe
itself, so it never learns that nobody is left to write to it.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
RUNNER_PID = "RUNNER_PID"  # by which a process that was not forked knows whose it is

parent = 0  # the process that forks


def end_with_parent() -> None:
    """Have the system kill the calling process when its parent ends, however that ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def remember_parent() -> None:
    """Note who forks; called in the parent."""
    global parent  # noqa: PLW0603 - the hooks of a fork take no arguments
    parent = os.getpid()


def begin_fork() -> None:
    """Tie a forked process to the one that forked it; called in the child."""
    end_with_parent()
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


def end_forks_with_parent() -> None:
    """Have all processes that the calling one forks from now on end with it."""
    os.register_at_fork(before=remember_parent, after_in_child=begin_fork)


def end_all_with_runner() -> None:
    """Have all worker processes end with the calling one; called in the runner."""
    os.environ[RUNNER_PID] = str(os.getpid())
    end_forks_with_parent()


def begin_spawned() -> None:
    """Tie a process that multiprocessing did not fork from the runner; called in that process."""
    runner = int(os.environ[RUNNER_PID])
    end_with_parent()  # before the question below: a runner that ends in between is noticed by one of them
    if os.getppid() == runner:  # "spawn", or the server of "forkserver", which then forks the workers
        end_forks_with_parent()
    elif sys.version_info >= (3, 9) and sys.platform == "linux":
        # "forkserver" before it imports the program itself: that server lives as long as its workers
        try:
            descriptor = os.pidfd_open(runner)
        except ProcessLookupError:  # it has ended already
            os._exit(1)
        threading.Thread(target=watch, args=(descriptor,), daemon=True).start()


def watch(descriptor: int) -> None:
    """End the calling process when the one behind a descriptor has ended."""
    select.select([descriptor], [], [])
    os._exit(1)

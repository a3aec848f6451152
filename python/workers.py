"""What worker processes need beside multiprocessing: they end with the process that made them, and tell of their GIL.

Left alone, a forked worker waits for its next unit for ever: it holds the other end of that pipe
itself, so it never learns that nobody is left to write to it.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import multiprocessing.util
import os
import select
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Callable, Iterator, Tuple

import gil

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
RUNNER_PID = "RUNNER_PID"  # by which a process that was not forked knows whose it is
QUIET = "ignore:resource_tracker"
WAKING_S = 0.05  # how often what waits for nothing is woken
RUNNER_NOTES = "RUNNER_NOTES"  # where worker processes note whether they had a GIL

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


def begin() -> None:
    """Have all worker processes end with the calling one, and note whether they had a GIL; called in the runner."""
    os.environ[RUNNER_PID] = str(os.getpid())
    end_forks_with_parent()
    if sys.version_info < (3, 10):
        wake_at_shutdown()
    # multiprocessing has a process that tidies up after one that was killed: it need not say so.
    os.environ["PYTHONWARNINGS"] = ",".join([QUIET, *filter(None, [os.environ.get("PYTHONWARNINGS")])])
    if sys.platform == "linux":  # a file that has no name: it is gone when the runner ends, however that ends
        descriptor = os.memfd_create(RUNNER_NOTES)
        os.environ[RUNNER_NOTES] = f"/proc/{os.getpid()}/fd/{descriptor}"
        expect_notes()


def wake_at_shutdown() -> None:
    """Have a pool of processes end in which a unit failed, on CPython 3.8 and 3.9 too; called in the runner.

    When a unit fails, those that have not begun are cancelled. The pool's thread may be asked to end while such ones
    are all that is left, and then wait for their results for ever. Since 3.10 it looks again; here it is woken to.
    """
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - other worker processes need none

    shut_down = ProcessPoolExecutor.shutdown
    name = "_executor_manager_thread" if sys.version_info >= (3, 9) else "_queue_management_thread"

    def shut_down_awake(pool: ProcessPoolExecutor, wait: bool = True, **more: bool) -> None:  # noqa: FBT001, FBT002
        thread, bell = getattr(pool, name), getattr(pool, name + "_wakeup")
        while wait and thread is not None and thread.is_alive():
            with pool._shutdown_lock:  # noqa: SLF001
                pool._shutdown_thread = True  # noqa: SLF001
                bell.wakeup()
            thread.join(WAKING_S)
        shut_down(pool, wait, **more)

    ProcessPoolExecutor.shutdown = shut_down_awake  # type: ignore[assignment, method-assign]


def expect_notes() -> None:
    """Have the process that comes to be, or is forked from the calling one, note it at its end."""
    multiprocessing.util.register_after_fork(note_at_end, lambda _: note_at_end())


def note_at_end() -> None:
    """Have the calling worker process note it once it has worked, with all imported."""
    multiprocessing.util.Finalize(None, note, exitpriority=0)


def note() -> None:
    """Note whether the calling process's GIL is on; without the runner, for nobody."""
    with contextlib.suppress(FileNotFoundError), Path(os.environ[RUNNER_NOTES]).open("a") as notes:
        notes.write(f"{gil.is_enabled():d}\n")


def read_notes() -> bool:
    """Tell whether any worker process had a GIL; called in the runner when they have ended."""
    if RUNNER_NOTES not in os.environ:
        return False
    return "1" in Path(os.environ[RUNNER_NOTES]).read_text()


def begin_spawned() -> None:
    """Tie a process that multiprocessing did not fork from the runner; called in that process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # end quietly, as the runner does
    runner = int(os.environ[RUNNER_PID])
    if RUNNER_NOTES in os.environ:
        expect_notes()
        note_at_end()  # a process that was spawned does not do, from Python 3.11 on, what it was to do after a fork
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


@contextlib.contextmanager
def run_beside(start: str, serve: Callable[..., None], *arguments: object) -> Iterator[Connection]:
    """Run `serve` in a process, and give the caller the other end of its pipe; what it raises is raised here."""
    context = multiprocessing.get_context(start)
    mine, theirs = context.Pipe()
    causes, cause = context.Pipe(duplex=False)
    process = context.Process(  # type: ignore[attr-defined]  # every context has it
        target=work, args=(serve, theirs, cause, arguments)
    )
    process.start()
    theirs.close()  # only the process has these two now, so that its end is noticed
    cause.close()
    try:
        yield mine
    except (EOFError, OSError):  # the process has ended, or is about to
        raise read_cause(causes) from None
    except BaseException:
        process.kill()  # it waits for what will not come
        raise
    finally:
        process.join()


def work(
    serve: Callable[..., None], pipe: Connection, cause: Connection, arguments: Tuple[object, ...]
) -> None:
    """Do what a process is for, and tell the caller why it could not; called in that process."""
    try:
        serve(pipe, *arguments)
    except Exception as error:
        with contextlib.suppress(OSError):  # where the caller has ended, nobody asks
            cause.send(error)


def read_cause(causes: Connection) -> Exception:
    """Return what a process failed with."""
    try:
        error: Exception = causes.recv()
    except EOFError:
        return ChildProcessError("expected the worker process to answer, it was killed")
    return error

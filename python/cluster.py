"""What the models on Dask have in common: where their workers are, here or wherever DASK_SCHEDULER_ADDRESS says.

That is Dask's own variable: with `DASK_SCHEDULER_ADDRESS=tcp://host:8786` a run uses the workers of that scheduler,
on whatever machines they are; without it, a scheduler and workers of its own on this machine, which end with the run.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import tempfile
import zipfile
from pathlib import Path
from typing import Callable, Iterator, List

try:
    import dask
    from distributed import Client, LocalCluster
except ModuleNotFoundError as error:
    raise ImportError(f"no package {error.name}, which is an optional extra: run 'make cluster'") from error

HERE = Path(__file__).resolve().parent
PATIENCE_S = 10  # for a scheduler to answer, and for its workers to be there


@contextlib.contextmanager
def connect(workers: int, unit: Callable[..., int]) -> Iterator[Client]:
    """Give a client whose tasks go to so many `workers`, each a process that can do a `unit`."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what fails is raised: say it once
    address = dask.config.get("scheduler-address", None)
    with contextlib.ExitStack() as stack:
        if address:
            client = stack.enter_context(Client(address, timeout=PATIENCE_S))
            lend(client, unit.__module__)
        else:
            cluster = stack.enter_context(start_here(workers))
            client = stack.enter_context(Client(cluster))
        stack.enter_context(dask.annotate(workers=choose(client, workers)))
        yield client


def start_here(workers: int) -> LocalCluster:
    """Start a scheduler in this process, and `workers` processes of one thread; they listen on loopback only."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address=None,
        scheduler_kwargs={
            "dashboard_address": "127.0.0.1:0"
        },  # a server all the same: let it take any free port
        silence_logs=logging.CRITICAL,
    )


def lend(client: Client, kernel: str) -> None:
    """Give a scheduler and its workers the module `kernel` as it is today, and what it imports."""
    path = kernel.replace(".", "/") + ".py"
    with tempfile.TemporaryDirectory() as folder:
        archive = str(Path(folder, "workload.zip"))
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr(path.rpartition("/")[0] + "/", "")
            for name in ("contract.py", "options.py", path):
                packed.write(HERE / name, name)
        client.upload_file(archive)

    def renew() -> None:  # one of an earlier run may be another version
        importlib.reload(importlib.import_module(kernel))

    client.run(renew)
    client.run_on_scheduler(renew)


def choose(client: Client, workers: int) -> List[str]:
    """Choose `workers` of a scheduler's workers; raises RuntimeError if there are fewer."""
    with contextlib.suppress(TimeoutError):
        client.wait_for_workers(workers, PATIENCE_S)
    there = sorted(client.nthreads())
    if len(there) < workers:
        raise RuntimeError(
            f"expected {workers} workers at {client.scheduler.address}, got {len(there)}: "
            f"start more with 'dask worker', or lower --workers"
        )
    return there[:workers]

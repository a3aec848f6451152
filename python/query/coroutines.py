"""query, coroutines: each worker is a task with a connection; notice the thread behind each that is a file's."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import List

from aiosqlite import Connection, connect
from contract import Outcome
from query import kernel
from query.kernel import Answer, Batch, explain, list_queries, read_row, split, total


def open_database(database: str) -> Connection:
    """Name what a task connects to: a server, in the same methods, or a file, which gets a thread from aiosqlite."""
    if kernel.is_url(database):
        return kernel.load_postgresql().AsyncServer(database)  # type: ignore[no-any-return]  # not everybody has it
    kernel.open_file(database).close()  # where there is none, aiosqlite would leave a thread behind
    return connect(kernel.spell(database), timeout=kernel.WAIT_S, uri=True)


async def do_batch(connection: Connection, batch: Batch) -> Answer:
    """Do the queries of a batch, one after another; the loop is free for other tasks meanwhile."""
    found = [await connection.execute_fetchall(sql, parameters) for sql, parameters in list_queries(batch)]
    return Answer(sum(read_row(*rows) for rows in found), len(found))


async def do_batches(database: str, batches: List[Batch], workers: int) -> List[Answer]:
    """Do all `batches` in `workers` tasks that share a queue of them; the loop is one thread, so it needs no lock."""
    queue = iter(batches)

    async def work() -> List[Answer]:
        async with open_database(database) as connection:
            return [await do_batch(connection, batch) for batch in queue]

    # all end by themselves, whatever fails, so that each closes its connection
    parts = await asyncio.gather(*(work() for _ in range(workers)), return_exceptions=True)
    answers: List[Answer] = []
    for part in parts:
        if isinstance(part, BaseException):
            raise part
        answers += part
    return answers


def run(database: str, queries: int, rows: int, sum_rows: int, batch: int, workers: int) -> Outcome:
    """Ask `queries` queries of `database`, in tasks of one event loop."""
    # Cut the work into batches.
    batches = split(queries, rows, sum_rows, batch)

    # Do every batch.
    try:
        answers = asyncio.run(do_batches(database, batches, workers))
    except sqlite3.Error as error:
        raise explain(error) from None

    # Add up.
    return total(answers)

"""query, coroutines: each worker is a task with a connection (aiosqlite); notice the thread behind each connection."""

import asyncio
import sqlite3
from typing import List

from aiosqlite import Connection, connect
from contract import Outcome
from query.kernel import (
    WAIT_S,
    Answer,
    Batch,
    explain,
    list_queries,
    open_file,
    read_row,
    spell,
    split,
    total,
)


async def do_batch(connection: Connection, batch: Batch) -> Answer:
    """Do the queries of a batch, one after another; each is handed to the connection's thread and back."""
    found = [await connection.execute_fetchall(sql, parameters) for sql, parameters in list_queries(batch)]
    return Answer(sum(read_row(*rows) for rows in found), len(found))


async def do_batches(database: str, batches: List[Batch], workers: int) -> List[Answer]:
    """Do all `batches` in `workers` tasks that share a queue of them; the loop is one thread, so it needs no lock."""
    open_file(database).close()  # where there is none, aiosqlite would leave a thread behind
    queue = iter(batches)

    async def work() -> List[Answer]:
        async with connect(spell(database), timeout=WAIT_S, uri=True) as connection:
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

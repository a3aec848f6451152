"""query, kernel: look-ups and sums in a database; there is no concurrency in here."""

from __future__ import annotations

import importlib
import sqlite3
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union
from urllib.parse import quote

from contract import Outcome
from options import Options

if TYPE_CHECKING:
    from query.postgresql import Server

LOOK_UP = "SELECT value FROM item WHERE id = ?"
ADD_UP = "SELECT sum(value) FROM item WHERE id BETWEEN ? AND ?"
WAIT_S = 1.0  # for a database that is locked
MASK = 2**64 - 1


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line."""
    database = options.text("database")
    if is_url(database):
        load_postgresql()  # now: an import is no part of what is timed
    return {
        "database": database,  # the path of its file, or the URL of a server
        "queries": options.natural("queries", 0, 1_000_000),  # how many
        "rows": options.natural("rows", 1, 1_000_000),  # how many the table has
        "sum_rows": options.natural("sum-rows", 1, 1_000_000),  # how many each tenth query adds up
        "batch": options.natural("batch", 1, 1_000_000),  # queries that a worker takes at once
    }


class Batch(NamedTuple):
    """What a worker takes at once: the queries from `first` up to, not including, `end`."""

    first: int
    end: int
    rows: int
    sum_rows: int


class Answer(NamedTuple):
    """What a batch gave."""

    value: int
    """The sum of what its queries gave."""

    queries: int
    """How many queries were answered."""


class QueryError(Exception):
    """A database that does not answer."""


class Connection:
    """A connection that is closed with its owner, by whichever thread tidies up after it."""

    def __init__(self, opened: Union[sqlite3.Connection, Server]) -> None:
        """Take one that is open."""
        self.execute = opened.execute
        self.close = opened.close

    def __del__(self) -> None:
        self.close()


own = threading.local()  # each worker has a connection of its own, closed when the worker ends


def split(queries: int, rows: int, sum_rows: int, batch: int) -> List[Batch]:
    """Cut `queries` queries into batches of `batch`; one query is a unit."""
    return [Batch(first, min(first + batch, queries), rows, sum_rows) for first in range(0, queries, batch)]


def mix(seed: int) -> int:
    """Draw the first number of a SplitMix64 generator that begins with `seed`."""
    z = (seed + 0x9E3779B97F4A7C15) & MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def list_queries(batch: Batch) -> Iterator[Tuple[str, Tuple[int, ...]]]:
    """Spell the queries of a batch with their parameters: nine look-ups, then a sum, and so on."""
    begins = max(batch.rows - batch.sum_rows + 1, 1)  # rows with which a sum may begin
    for number in range(batch.first, batch.end):
        if number % 10 < 9:
            yield LOOK_UP, (mix(number) % batch.rows + 1,)
        else:
            begin = mix(number) % begins + 1
            yield ADD_UP, (begin, begin + batch.sum_rows - 1)


def spell(database: str) -> str:
    """Spell the path of a database so that SQLite only reads it, and makes none where there is none."""
    return f"file:{quote(database)}?mode=ro"


def is_url(database: str) -> bool:
    """Tell whether a database is a server's, and not the path of a file."""
    return database.startswith("postgresql://")


def open_database(database: str) -> Union[sqlite3.Connection, Server]:
    """Open a database, only to read; raises sqlite3.Error or QueryError if there is none."""
    return load_postgresql().Server(database) if is_url(database) else open_file(database)


def load_postgresql() -> ModuleType:
    """Import what an optional extra is for; raises QueryError where that is not installed."""
    return importlib.import_module("query.postgresql")


def open_file(database: str) -> sqlite3.Connection:
    """Open a database, only to read; raises sqlite3.Error if there is none."""
    return sqlite3.connect(spell(database), timeout=WAIT_S, check_same_thread=False, uri=True)


def connect(database: str) -> None:
    """Name the calling worker's database; its first query opens the connection."""
    own.database = database
    own.connection = None


def ask(sql: str, parameters: Tuple[int, ...]) -> int:
    """Do one unit on the calling worker's own connection; SQLite and libpq run without the GIL."""
    if own.connection is None:
        own.connection = Connection(open_database(own.database))
    return read_row(own.connection.execute(sql, parameters).fetchone())


def do_batch(batch: Batch) -> Answer:
    """Do the queries of a batch, one after another; raises QueryError if the database does not answer."""
    try:
        values = [ask(sql, parameters) for sql, parameters in list_queries(batch)]
    except sqlite3.Error as error:
        raise explain(error) from None
    return Answer(sum(values), len(values))


def read_row(row: Optional[Sequence[object]] = None) -> int:
    """Take the number out of what a query gave; raises QueryError if there is none."""
    if row is None or not isinstance(row[0], int):
        raise QueryError(
            "expected a number in each row of table item, got none: prepare as many rows as --rows says"
        )
    return row[0]


def explain(error: sqlite3.Error) -> QueryError:
    """Say what to do about a database that does not answer."""
    if "locked" in str(error):
        return QueryError("database is locked: close the program that writes to it, then run again")
    return foreign(error)


def foreign(got: object) -> QueryError:
    """Say that a database is not the one that is asked for."""
    return QueryError(
        f"expected a database with a table item(id, value), got '{got}': name one with --database"
    )


def total(answers: List[Answer]) -> Outcome:
    """Add up what the batches gave."""
    return Outcome(sum(answer.value for answer in answers), sum(answer.queries for answer in answers))

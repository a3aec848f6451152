"""query, PostgreSQL: connections to a server that only read, by psycopg and by asyncpg; no concurrency in here."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Tuple, Type

from query.kernel import QueryError, foreign

try:
    import asyncpg
    import psycopg
    from psycopg.types.numeric import Int4Dumper
except ModuleNotFoundError as error:
    remedy = "which is an optional extra: run 'make postgresql'"
    raise QueryError(f"no package {error.name}, {remedy}") from None

if TYPE_CHECKING:
    from asyncpg.prepared_stmt import PreparedStatement

PATIENCE_S = 5  # for a server to let us in
SETTINGS = {"default_transaction_read_only": "on", "statement_timeout": "20000"}  # no query takes for ever
NO_SERVER = "expected a PostgreSQL server, got none: start it, or name another with --database"
GONE = "expected the PostgreSQL server to stay, it went away: start it, then run again"


class Server:
    """A connection for a worker that waits for each answer; each query is prepared when it is first asked."""

    def __init__(self, url: str) -> None:
        """Connect; raises QueryError if the server does not let us in."""
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        try:
            self._opened = psycopg.connect(
                url, autocommit=True, prepare_threshold=0, connect_timeout=PATIENCE_S, options=options
            )
        except psycopg.Error as error:
            refused = re.search(r"FATAL: +(.*)|(no password supplied)", str(error))
            raise explain(refused and "", refused and (refused[1] or refused[2]), NO_SERVER) from None
        # One type for every number: a query of other types would be prepared once more.
        self._opened.adapters.register_dumper(int, Int4Dumper)
        self.close = self._opened.close

    def execute(self, sql: str, parameters: Tuple[int, ...]) -> psycopg.Cursor[Tuple[object, ...]]:
        """Ask a query; raises QueryError if it is not answered."""
        try:
            return self._opened.execute(sql.replace("?", "%s").encode(), parameters)
        except psycopg.Error as error:
            raise explain(error.sqlstate, error.diag.message_primary, GONE) from None


class AsyncServer:
    """A connection for a task, which lets go of the loop while it waits; used as aiosqlite's is."""

    def __init__(self, url: str) -> None:
        """Name a server; entering connects to it."""
        self._url = url
        self._prepared: Dict[str, PreparedStatement] = {}

    async def __aenter__(self) -> AsyncServer:  # noqa: PYI034  # Self came with Python 3.11
        """Connect; raises QueryError if the server does not let us in."""
        try:
            self._opened = await asyncpg.connect(self._url, timeout=PATIENCE_S, server_settings=SETTINGS)
        except asyncpg.PostgresError as error:
            raise explain(error.sqlstate, str(error), NO_SERVER) from None
        except (OSError, asyncpg.InterfaceError):
            raise QueryError(NO_SERVER) from None
        return self

    async def __aexit__(self, kind: Optional[Type[BaseException]], *_: object) -> None:
        """Close the connection; after an error there may be nobody to take leave of."""
        if kind:
            self._opened.terminate()
        else:
            await self._opened.close()

    async def execute_fetchall(self, sql: str, parameters: Tuple[int, ...]) -> List[Sequence[object]]:
        """Ask a query; raises QueryError if it is not answered."""
        try:
            if sql not in self._prepared:
                numbers = itertools.count(1)
                self._prepared[sql] = await self._opened.prepare(
                    re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
                )
            rows: List[Sequence[object]] = await self._prepared[sql].fetch(*parameters)
            return rows
        except asyncpg.PostgresError as error:
            raise explain(error.sqlstate, str(error), GONE) from None
        except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            raise QueryError(GONE) from None


def explain(code: Optional[str], message: Optional[str], gone: str) -> QueryError:
    """Say what to do about a server that does not answer; where it says nothing itself it is `gone`."""
    if code is None or code.startswith(("08", "57P")):  # it is being shut down, or started
        return QueryError(gone)
    if code.startswith("42"):  # something is not there, or not ours to see
        return foreign(message)
    return QueryError(
        f"expected the PostgreSQL server to answer, got '{message}': mend --database, or the server"
    )

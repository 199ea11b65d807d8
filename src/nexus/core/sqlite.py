"""SQLite's driver with one way to its thread and back for each statement.

aiosqlite runs each connection in a thread of its own and goes there for every call: for a statement to make a cursor,
execute, fetch and close, four times. A question runs some twenty statements of a tenth of a millisecond, so the ways
cost more than the work.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, cast

from sqlalchemy import event
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.engine import Engine


class _Statement:
    """The part of an asynchronous cursor that SQLAlchemy uses: all of a statement happens in `execute`."""

    def __init__(self, connection: Any) -> None:
        self._driver = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Iterable[Any] = ()) -> None:
        await self._run(lambda cursor: cursor.execute(operation, cast("Any", parameters)))

    async def executemany(self, operation: str, parameters: Iterable[Any]) -> None:
        await self._run(lambda cursor: cursor.executemany(operation, parameters))

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is left open."""

    async def _run(self, act: Callable[[sqlite3.Cursor], object]) -> None:
        def there() -> None:
            cursor = self._driver._conn.cursor()  # noqa: SLF001 - the only way to several calls at once
            try:
                act(cursor)
                self._rows = cursor.fetchall() if cursor.description else ()
                self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        await self._driver._execute(there)  # noqa: SLF001


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()

    def _make_new_cursor(self, connection: Any) -> Any:
        return _Statement(connection)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _Cursor


def shorten_ways(engine: Engine) -> None:
    """Makes the engine's connections, an aiosqlite one's, go to their thread once a statement."""

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:  # pyright: ignore[reportUnusedFunction]
        adapted = dialect.loaded_dbapi.connect(*arguments, **options)
        return _Connection(dialect.loaded_dbapi, adapted.driver_connection)

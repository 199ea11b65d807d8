"""Reading and adding whole tables in portable rows, a page at a time: memory does not grow with the installation."""

from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Double,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    insert,
    inspect,
    select,
    text,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import TypeEngine

from nexus.core.db import UtcDateTime
from nexus.core.errors import ConflictError
from nexus.moving.forms import (
    CarriedColumn,
    CarriedTable,
    Form,
    Row,
    decoder,
    encoder,
    tsvector_of_words,
    words_of_tsvector,
)

_PAGE: Final = 1000
_PAGE_BYTES: Final = 4 << 20
"""Of the columns of any length: rows beyond that come on the next page."""
_TYPES: Final[dict[Form, TypeEngine[Any]]] = {
    Form.UUID: Uuid(),
    Form.TEXT: Text(),
    Form.INTEGER: BigInteger(),
    Form.FLOAT: Double(),
    Form.BOOLEAN: Boolean(),
    Form.MOMENT: UtcDateTime(),
    Form.DATE: Date(),
    Form.JSON: JSON(),
    Form.BYTES: LargeBinary(),
    Form.WORDS: Text(),
}


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection, None]:
    """A connection that sees the database as it was at one moment, whatever is written meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with engine.connect() as connection:
        yield connection


def is_sqlite(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "sqlite"


async def database_bytes(connection: AsyncConnection) -> int:
    """What the database takes on disk, about."""
    if not is_sqlite(connection):
        return int(await connection.scalar(select(func.pg_database_size(func.current_database()))) or 0)
    pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
    return int(pages) * int((await connection.exec_driver_sql("PRAGMA page_size")).scalar_one())


# --- reading -----------------------------------------------------------------------------------------------------


async def read_table(
    connection: AsyncConnection, table: CarriedTable, lost: Collection[str] = ()
) -> AsyncGenerator[list[Row], None]:
    """Every row by its primary key, in pages. `lost`: files that went while they were read, which no row names then."""
    made, encode = _table(table), encoder(table)
    words = [place for place, column in enumerate(table.columns) if column.form is Form.WORDS]
    files = [table.place(column) for column in table.file_columns]
    shown = [_shown(made.c[column.name], column.form) for column in table.columns]
    keys = [made.c[name] for name in table.primary_key]
    key_places = [table.place(name) for name in table.primary_key]
    after: Sequence[Any] | None = None
    while True:
        size = await _page_size(connection, made, table, keys, after)
        found = (await connection.execute(_beyond(select(*shown), keys, after).limit(size))).all()
        page = [encode(row) for row in found]
        for row in page:
            if not is_sqlite(connection):
                for place in words:
                    row[place] = words_of_tsvector(row[place])
            for place in files:
                row[place] = None if row[place] in lost else row[place]
        if page:
            yield page
            after = [found[-1][place] for place in key_places]
        if len(found) < size:
            return


def _table(table: CarriedTable) -> Table:
    return Table(table.name, MetaData(), *(Column(column.name, _TYPES[column.form]) for column in table.columns))


def _shown(column: Column[Any], form: Form) -> ColumnElement[Any]:
    return cast(column, Text) if form in {Form.JSON, Form.WORDS} else column


def _beyond(query: Select[Any], keys: Sequence[Column[Any]], after: Sequence[Any] | None) -> Select[Any]:
    if after is not None:
        query = query.where(keys[0] > after[0] if len(keys) == 1 else tuple_(*keys) > tuple(after))
    return query.order_by(*keys)


async def _page_size(
    connection: AsyncConnection,
    made: Table,
    table: CarriedTable,
    keys: Sequence[Column[Any]],
    after: Sequence[Any] | None,
) -> int:
    """How many rows are read at once: as many as are no more than a page's bytes, but one."""
    long = [made.c[column.name] for column in table.columns if column.is_long]
    if not long:
        return _PAGE
    sizes = [
        func.coalesce(_size(connection, made.c[column.name], column), 0) for column in table.columns if column.is_long
    ]
    weight = sum(sizes[1:], sizes[0])
    weights = (await connection.scalars(_beyond(select(weight), keys, after).limit(_PAGE))).all()
    total = 0
    for place, each in enumerate(weights):
        total += each
        if total > _PAGE_BYTES:
            return max(place, 1)
    return _PAGE


def _size(connection: AsyncConnection, column: Column[Any], carried: CarriedColumn) -> ColumnElement[int]:
    if carried.form in {Form.JSON, Form.WORDS}:
        return func.length(cast(column, Text))
    # PostgreSQL knows the bytes without unpacking them.
    return (func.length if is_sqlite(connection) else func.octet_length)(column)


async def named_files(connection: AsyncConnection, tables: Iterable[CarriedTable]) -> AsyncGenerator[str, None]:
    """Every stored file that a row names, once, by its key."""
    columns = [_table(table).c[column] for table in tables for column in table.file_columns]
    if not columns:
        return
    named = union(*(select(column.label("key")).where(column.is_not(None)) for column in columns)).subquery()
    after = ""
    while True:
        query = select(named.c.key).where(named.c.key > after).order_by(named.c.key).limit(_PAGE)
        keys = (await connection.scalars(query)).all()
        for key in keys:
            yield key
        if len(keys) < _PAGE:
            return
        after = keys[-1]


async def is_named(connection: AsyncConnection, tables: Iterable[CarriedTable], key: str) -> bool:
    """Whether a row names the file."""
    columns = [_table(table).c[column] for table in tables for column in table.file_columns]
    for column in columns:
        if await connection.scalar(select(1).select_from(column.table).where(column == key).limit(1)):
            return True
    return False


async def file_bytes(connection: AsyncConnection, tables: Iterable[CarriedTable]) -> int:
    """What the rows say about the size of the files that they name."""
    total = 0
    for table in tables:
        made = _table(table)
        if "size" in made.c:
            for column in table.file_columns:
                total += int(
                    await connection.scalar(select(func.sum(made.c.size)).where(made.c[column].is_not(None))) or 0
                )
    return total


async def names_of_sets(connection: AsyncConnection, engine: str) -> list[str]:
    """The sets of vectors on a server that the database speaks of; none in a schema that knows no such sets."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("index_set")):
        return []
    rows = await connection.execute(text("SELECT name FROM index_set WHERE engine = :engine"), {"engine": engine})
    return list(rows.scalars())


async def running_jobs(connection: AsyncConnection, moment: datetime) -> int:
    """How many jobs somebody works on at this moment."""
    leased = text("SELECT count(*) FROM job WHERE state = 'running' AND lease_until > :moment")
    leased = leased.bindparams(bindparam("moment", moment, UtcDateTime()))
    return int(await connection.scalar(leased) or 0)


async def has_tables(connection: AsyncConnection) -> bool:
    return bool(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def holds_rows(connection: AsyncConnection, tables: Iterable[CarriedTable]) -> bool:
    for table in tables:
        if await connection.scalar(select(1).select_from(_table(table)).limit(1)):
            return True
    return False


# --- adding ------------------------------------------------------------------------------------------------------


class RowWriter:
    """Adds portable rows to one table."""

    def __init__(self, connection: AsyncConnection, table: CarriedTable) -> None:
        self._connection, self._table = connection, table
        self._decode = decoder(table)
        made = _table(table)
        self._names = [f"c{place}" for place in range(len(table.columns))]
        values = {
            column.name: self._bound(name, column.form) for name, column in zip(self._names, table.columns, strict=True)
        }
        self._statement = insert(made).values(values)
        self._words = [place for place, column in enumerate(table.columns) if column.form is Form.WORDS]

    def _bound(self, name: str, form: Form) -> ColumnElement[Any]:
        if is_sqlite(self._connection):
            return bindparam(name, type_=Text() if form is Form.JSON else _TYPES[form])
        if form is Form.JSON:
            return cast(bindparam(name, type_=Text()), JSON)
        if form is Form.WORDS:
            return cast(bindparam(name, type_=Text()), TSVECTOR)
        return bindparam(name, type_=_TYPES[form])

    async def add(self, rows: Sequence[Row]) -> None:
        """Raises ConflictError where the database will not have them."""
        decoded = [self._decode(row) for row in rows]
        if not is_sqlite(self._connection):
            for row in decoded:
                for place in self._words:
                    row[place] = tsvector_of_words(row[place])
        parameters = [dict(zip(self._names, row, strict=True)) for row in decoded]
        if not parameters:
            return
        try:
            await self._connection.execute(self._statement, parameters)
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise ConflictError(f"The database does not take the rows of {self._table.name}: {reason}") from error

"""What a database does by itself when rows are added, put aside while whole tables are.

Rows come in the order of their keys, not of who points to whom, and were checked once: their triggers have nothing to
say. Whatever is put aside is there again at the end, and every reference is looked at.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from nexus.core.errors import ConflictError
from nexus.moving.forms import CarriedTable, Form
from nexus.moving.row_queries import is_sqlite


@asynccontextmanager
async def adding_whole_tables(
    connection: AsyncConnection, tables: Sequence[CarriedTable]
) -> AsyncGenerator[None, None]:
    """The block adds every row of every table. Raises ConflictError where one points to nothing in the end."""
    if is_sqlite(connection):
        async with _on_sqlite(connection, tables):
            yield
    else:
        async with _on_postgresql(connection, tables):
            yield


@asynccontextmanager
async def _on_sqlite(connection: AsyncConnection, tables: Sequence[CarriedTable]) -> AsyncGenerator[None, None]:
    # References are looked at in the end: the connection was opened without looking at each.
    triggers = (await connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))).all()
    for trigger in triggers:
        await connection.exec_driver_sql(f'DROP TRIGGER "{trigger[0]}"')
    yield
    for table in tables:
        if any(column.form is Form.WORDS for column in table.columns):
            await _fill_full_text(connection, table)
    for trigger in triggers:
        await connection.exec_driver_sql(trigger[1])
    wrong = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).mappings().first()
    if wrong is not None:
        raise ConflictError(f"A row of {wrong['table']} points to one of {wrong['parent']} that is not there.")


async def _fill_full_text(connection: AsyncConnection, table: CarriedTable) -> None:
    query = text("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%' AND sql LIKE :content")
    for name in (await connection.scalars(query, {"content": f"%content='{table.name}'%"})).all():
        rebuild = f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')'  # noqa: S608 - a name of our own schema
        await connection.exec_driver_sql(rebuild)


_OWN_REFERENCES = text(
    "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint "
    "WHERE contype = 'f' AND conrelid = confrelid AND connamespace = current_schema()::regnamespace"
)
_TRIGGERED = text(
    "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
)
_SERIAL = text("SELECT pg_get_serial_sequence(:table, :column)")


@asynccontextmanager
async def _on_postgresql(connection: AsyncConnection, tables: Sequence[CarriedTable]) -> AsyncGenerator[None, None]:
    triggered = (await connection.scalars(_TRIGGERED)).all()
    own = (await connection.execute(_OWN_REFERENCES)).all()
    for table in triggered:
        await connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    # Tables come in the order of their references; only a table that points to itself can come in the wrong one.
    for table, name in own:
        await connection.exec_driver_sql(f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED")
    yield
    await connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name in own:
        await connection.exec_driver_sql(f"ALTER TABLE {table} ALTER CONSTRAINT {name} NOT DEFERRABLE")
    for table in triggered:
        await connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in tables:
        await _continue_numbers(connection, table)


async def _continue_numbers(connection: AsyncConnection, table: CarriedTable) -> None:
    """A column that the database numbers goes on behind the last row."""
    for column in table.columns:
        if column.form is not Form.INTEGER or column.name not in table.primary_key:
            continue
        sequence = await connection.scalar(_SERIAL, {"table": f'"{table.name}"', "column": column.name})
        if sequence is not None:
            last = f'coalesce(max("{column.name}"), 0)'
            go_on = f"SELECT setval('{sequence}', {last} + 1, false) FROM \"{table.name}\""  # noqa: S608 - our own schema
            await connection.exec_driver_sql(go_on)

"""SQL of the sets of vectors in PostgreSQL: how they are reached, made, written to by turns, and dropped.

Each set has five tables of its own in the schema `nexus_index`:

- `<set>_readers`: the distinct sets of readers, a number each. Documents share few of them.
- `<set>_document`: what filters look at, the numbers of its chunks, and how many words they have together.
- `<set>_chunk`: a chunk's number, document and vector (`halfvec`).
- `<set>_block`: runs of numbers, up to 65,536 each, and the lengths of the chunks in them.
- `<set>_page`: the words of a block, a page for several rare ones or for one that is common (`pgvector_packing`).

A document that is replaced gets a new place, and its chunks get new numbers. Numbers are not used again.
"""

import io
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nexus.core.ids import new_id
from nexus.core.postgresql import DatabaseAwayError
from nexus.providers.vectors.base import IndexUnavailableError, SetGoneError, StaleTurnError

# pyright: reportMissingTypeStubs=false
# asyncpg has no types.

SCHEMA: Final = "nexus_index"
_MAKING: Final = 0x6E78_7365
"""The advisory lock under which tables are made and dropped."""
_PLAIN: Final = 3_900
"""Dimensions of a vector that fits on a page; longer ones are kept apart, where reading them is slow."""

_TABLES: Final = (
    "CREATE TABLE @readers (place serial PRIMARY KEY, digest bytea UNIQUE, readers text[] NOT NULL)",
    "CREATE INDEX ON @readers USING gin (readers)",
    """CREATE TABLE @document (place int PRIMARY KEY, document_id uuid UNIQUE, version_id uuid NOT NULL,
    tenant_id uuid NOT NULL, knowledge_base_id uuid NOT NULL, readers int NOT NULL, media_type text NOT NULL,
    modified_at timestamptz NOT NULL, active bool NOT NULL, first int NOT NULL, chunks int NOT NULL,
    length bigint NOT NULL)""",
    "CREATE INDEX ON @document (tenant_id, knowledge_base_id, readers)",
    """CREATE TABLE @chunk (number int PRIMARY KEY, document int NOT NULL, chunk_id uuid NOT NULL, draw bigint NOT NULL,
    vector halfvec(DIMENSION) NOT NULL)""",
    "CREATE INDEX ON @chunk (document)",
    "CREATE INDEX ON @chunk (draw)",
    """CREATE TABLE @block (first int PRIMARY KEY, span int NOT NULL, live int NOT NULL, held int NOT NULL,
    written bigint NOT NULL, lengths bytea NOT NULL)""",
    "CREATE TABLE @page (first int, term bigint, words bytea NOT NULL, PRIMARY KEY (first, term))",
    # Compressed bytes would be unpacked for every question.
    "ALTER TABLE @block ALTER COLUMN lengths SET STORAGE EXTERNAL",
    "ALTER TABLE @page ALTER COLUMN words SET STORAGE EXTERNAL",
)


@asynccontextmanager
async def transaction(engine: AsyncEngine, *, seconds: float | None = None) -> AsyncGenerator[AsyncConnection, None]:
    """One view of everything for reading; with `seconds`, one change, each statement of which may take so long.

    Raises IndexUnavailableError or SetGoneError for whatever PostgreSQL cannot do.
    """
    try:
        async with engine.connect() as connection:
            if seconds is None:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with connection.begin():
                if seconds is not None:
                    await run(
                        connection, "", "SELECT set_config('statement_timeout', $1, true)", str(int(seconds * 1000))
                    )
                yield connection
    except (DBAPIError, asyncpg.PostgresError) as error:
        raise _told(error) from error
    except (DatabaseAwayError, OSError, TimeoutError, asyncpg.InterfaceError) as error:
        raise IndexUnavailableError("The server of the search index does not answer. Try again in a moment.") from error


def _told(error: DBAPIError | asyncpg.PostgresError) -> IndexUnavailableError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    match getattr(cause, "sqlstate", None):
        case "42P01":
            return SetGoneError("The search index is being changed over. Try again in a moment.")
        case "57014":
            return IndexUnavailableError("The search index did not answer in time. Try again in a moment.")
        case "42501" | "0A000" | "58P01":
            return IndexUnavailableError(
                "PostgreSQL lacks what the search index needs: the extension `vector` and the right to make a schema."
            )
        case _:
            return IndexUnavailableError("The search index cannot be read or written now. Try again in a moment.")


async def run(connection: AsyncConnection, name: str, statement: str, *parameters: Any) -> Sequence[Any]:
    """The rows of a statement in which `@` stands before a table of the set `name`; none where it returns none."""
    result = await connection.exec_driver_sql(statement.replace("@", f"{SCHEMA}.{name}_"), parameters)
    return result.all() if result.returns_rows else ()


async def make_tables(connection: AsyncConnection, name: str, dimension: int) -> None:
    """The set's tables, unless they are there."""
    await run(connection, name, "SELECT pg_advisory_xact_lock($1)", _MAKING)
    for statement in (
        "CREATE SCHEMA IF NOT EXISTS nexus_index",
        "CREATE EXTENSION IF NOT EXISTS vector",
        """CREATE TABLE IF NOT EXISTS nexus_index.known_set (name text PRIMARY KEY, made uuid NOT NULL,
        turn bigint NOT NULL, written bigint NOT NULL, next_place int NOT NULL, next_number int NOT NULL)""",
    ):
        await run(connection, name, statement)
    making = """INSERT INTO nexus_index.known_set VALUES ($1, $2, 0, 0, 1, 1) ON CONFLICT DO NOTHING RETURNING name"""
    if not await run(connection, name, making, name, new_id()):
        return
    for statement in _TABLES:
        await run(connection, name, statement.replace("DIMENSION", str(dimension)))
    if dimension <= _PLAIN:
        await run(connection, name, "ALTER TABLE @chunk ALTER COLUMN vector SET STORAGE PLAIN")


async def drop_tables(connection: AsyncConnection, name: str) -> None:
    await run(connection, name, "SELECT pg_advisory_xact_lock($1)", _MAKING)
    await run(connection, name, "DROP TABLE IF EXISTS @page, @block, @chunk, @document, @readers")
    await run(connection, name, "DELETE FROM nexus_index.known_set WHERE name = $1", name)


async def newest_turn(connection: AsyncConnection, name: str) -> int | None:
    """None where there is no such set."""
    there = "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'known_set'"
    if not await run(connection, name, there, SCHEMA):
        return None
    rows = await run(connection, name, "SELECT turn FROM nexus_index.known_set WHERE name = $1", name)
    return rows[0][0] if rows else None


async def analyze(connection: AsyncConnection, name: str) -> None:
    await run(connection, name, "ANALYZE @readers, @document, @chunk")


async def state(connection: AsyncConnection, name: str) -> tuple[UUID, int]:
    """Which set of this name it is, and how many writes it has seen. Raises SetGoneError."""
    rows = await run(connection, name, "SELECT made, written FROM nexus_index.known_set WHERE name = $1", name)
    if not rows:
        raise SetGoneError("The search index is being changed over. Try again in a moment.")
    return rows[0][0], rows[0][1]


@dataclass(frozen=True, slots=True)
class Write:
    """One write to a set, while its transaction lasts."""

    written: int
    """Its number, one more than that of the write before."""
    place: int
    """The first of the places taken for it."""
    number: int
    """The first of the numbers of chunks taken for it."""


async def begin_write(connection: AsyncConnection, name: str, turn: int, *, places: int = 0, numbers: int = 0) -> Write:
    """Locks the set until the transaction ends.

    Raises StaleTurnError when somebody with a later turn has written, and SetGoneError.
    """
    rows = await run(
        connection,
        name,
        """UPDATE nexus_index.known_set SET turn = greatest(turn, $2), written = written + 1,
        next_place = next_place + $3::int, next_number = next_number + $4::int
        WHERE name = $1 RETURNING turn, written, next_place - $3::int, next_number - $4::int""",
        name,
        turn,
        places,
        numbers,
    )
    if not rows:
        raise SetGoneError("The search index is being changed over. Try again in a moment.")
    newest, *taken = rows[0]
    if newest > turn:
        raise StaleTurnError("Another process follows the documents now.")
    return Write(*taken)


async def copy(connection: AsyncConnection, name: str, part: str, rows: bytes) -> None:
    """Adds rows, as COPY reads them in its binary form, to the table `part` of a set."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_to_table(f"{name}_{part}", schema_name=SCHEMA, source=io.BytesIO(rows), format="binary")

"""The database: SQLite or PostgreSQL, one way of using either.

`Database.read()` and `Database.write()` are the only ways to a session. A write is one transaction,
committed when its block ends. On SQLite a write takes the database's single writer place at its start
(BEGIN IMMEDIATE), because a reader that turns writer half-way cannot wait for its turn, and writers of
this process queue on a lock, which is fair where SQLite's own waiting is not.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, DateTime, Dialect, MetaData, TypeDecorator, Uuid, event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

_WRITING = "nexus_writing"
_RELAXED = "nexus_relaxed"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment on both engines; SQLite has no time zones, so they are put on and taken off here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
    }


def create_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine with the product's ways of connecting."""
    if not url.startswith("sqlite"):
        engine = create_async_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
        event.listen(engine.sync_engine, "begin", _on_postgresql_begin)
        return engine
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=pool_size, connect_args={"timeout": 30})
    event.listen(engine.sync_engine, "connect", _on_sqlite_connect)
    event.listen(engine.sync_engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions on its own: `_on_sqlite_begin` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "temp_store=MEMORY",
        "cache_size=-16000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(_WRITING, False):
        connection.exec_driver_sql("BEGIN")
        return
    # Outside a transaction this takes effect at once: it says whether the commit waits for the disk.
    connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if options.get(_RELAXED) else 'FULL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _on_postgresql_begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_RELAXED):
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")


def notify(session: AsyncSession, topic: str) -> None:
    """Calls the subscribers of `topic` once this session's transaction has been committed."""
    session.info.setdefault("topics", set[str]()).add(topic)


class Database:
    """Sessions of one engine, for one event loop."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._reading = engine
        self._writing = engine.execution_options(**{_WRITING: True})
        self._relaxed = engine.execution_options(**{_WRITING: True, _RELAXED: True})
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._subscribers: dict[str, list[Callable[[], None]]] = {}
        self._writer: asyncio.Lock | nullcontext[None] = asyncio.Lock() if self.is_sqlite else nullcontext()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession, None]:
        """A session whose changes are thrown away."""
        async with AsyncSession(self._reading, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self, *, durable: bool = True) -> AsyncGenerator[AsyncSession, None]:
        """One transaction: committed when the block ends, rolled back when it raises.

        It survives the death of this process at any moment. A `durable` one also survives a power cut, for which
        the commit waits for the disk (some milliseconds); without, a power cut may take the last ones back, whole
        and in order. That is right for leases, progress and the words of an answer.
        """
        engine = self._writing if durable else self._relaxed
        async with self._writer, AsyncSession(engine, expire_on_commit=False) as session:
            yield session
            await session.commit()
        for topic in session.info.get("topics", ()):
            for subscriber in self._subscribers.get(topic, ()):
                subscriber()

    def subscribe(self, topic: str, subscriber: Callable[[], None]) -> None:
        """`subscriber` is called after each commit of this process that spoke of `topic`; it must not wait."""
        self._subscribers.setdefault(topic, []).append(subscriber)

    async def aclose(self) -> None:
        await self.engine.dispose()

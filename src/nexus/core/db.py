"""The database: SQLite or PostgreSQL, one way of using either.

`Database.read()` and `Database.write()` are the only ways to a session. A write is one transaction,
committed when its block ends. On SQLite a write takes the database's single writer place at its start
(BEGIN IMMEDIATE), because a reader that turns writer half-way cannot wait for its turn, and writers of
this process queue on a lock, which is fair where SQLite's own waiting is not.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import JSON, DateTime, Dialect, MetaData, TypeDecorator, Uuid, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

from nexus.core.postgresql import tell_when_away
from nexus.core.sqlite import shorten_ways

_WRITING = "nexus_writing"
_RELAXED = "nexus_relaxed"
_SYNCHRONOUS = "nexus_synchronous"
_LAST_ACTS = "last_acts"
_WAL_ATTEMPTS = 250


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


def create_engine(url: str, *, pool_size: int = 10, parameters: Mapping[str, str] | None = None) -> AsyncEngine:
    """An engine with the product's ways of connecting. `parameters`: of PostgreSQL, for each of its connections."""
    if not url.startswith("sqlite"):
        arguments = {"server_settings": dict(parameters)} if parameters else {}
        engine = create_async_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, connect_args=arguments
        )
        event.listen(engine.sync_engine, "begin", _on_postgresql_begin)
        tell_when_away(engine.sync_engine)
        return engine
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=pool_size, connect_args={"timeout": 30})
    shorten_ways(engine.sync_engine)
    event.listen(engine.sync_engine, "connect", _on_sqlite_connect)
    event.listen(engine.sync_engine, "begin", _on_sqlite_begin)
    return engine


def without_references(engine: AsyncEngine) -> AsyncEngine:
    """The same database, where it is SQLite by connections that look at no reference: a table that is made anew, as
    SQLite wants it for most changes of one, would take the rows with it that point to it. Whoever uses it looks
    himself, and disposes of it."""
    if engine.dialect.name != "sqlite":
        return engine
    blind = create_engine(engine.url.render_as_string(hide_password=False), pool_size=1)

    @event.listens_for(blind.sync_engine, "connect")
    def look_away(connection: Any, _entry: ConnectionPoolEntry) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.execute("PRAGMA foreign_keys=OFF")

    return blind


def _on_sqlite_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions on its own: `_on_sqlite_begin` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    _enter_wal(cursor)
    for pragma in ("foreign_keys=ON", "busy_timeout=30000", "temp_store=MEMORY", "cache_size=-16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _enter_wal(cursor: Any) -> None:
    """Two processes that open a new database together both change its mode, and SQLite refuses one without waiting."""
    for _ in range(_WAL_ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.02)
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")


def _on_sqlite_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(_WRITING, False):
        connection.exec_driver_sql("BEGIN")
        return
    # Outside a transaction this takes effect at once: it says whether the commit waits for the disk.
    wanted = "NORMAL" if options.get(_RELAXED) else "FULL"
    if connection.info.get(_SYNCHRONOUS) != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info[_SYNCHRONOUS] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _on_postgresql_begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_RELAXED):
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")


def insert_into(session: AsyncSession, table: type[Base]) -> Any:
    """An INSERT that can say what happens on conflict: each database has a class of its own for it."""
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)


def notify(session: AsyncSession, topic: str) -> None:
    """Calls the subscribers of `topic` once this session's transaction has been committed."""
    session.info.setdefault("topics", set[str]()).add(topic)


def before_commit(session: AsyncSession, act: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Has `act` done as the last thing of this session's transaction, once however often it is asked for.

    What fails there takes the transaction with it. Raises RuntimeError for a session that will not be committed.
    """
    if _LAST_ACTS not in session.info:
        raise RuntimeError("only what Database.write opens is committed")
    session.info[_LAST_ACTS][act] = None


@asynccontextmanager
async def committing(session: AsyncSession) -> AsyncGenerator[None, None]:
    """Commits when the block ends, after what `before_commit` was asked for; not when the block raises."""
    acts: dict[Callable[[AsyncSession], Awaitable[None]], None] = {}
    session.info[_LAST_ACTS] = acts
    yield
    for act in acts:
        await act(session)
    await session.commit()


class _Turns:
    """A lock whose waiters are served in order, the urgent ones before the others."""

    def __init__(self) -> None:
        self._taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def take(self, *, urgent: bool) -> AsyncGenerator[None, None]:
        if self._taken:
            turn = asyncio.get_running_loop().create_future()
            (self._urgent if urgent else self._others).append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    # The turn had just been given: the next one must have it.
                    self._pass_on()
                raise
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        """Gives the turn to the first who still waits; it stays taken meanwhile, so that nobody slips in between."""
        for waiting in (self._urgent, self._others):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._taken = False


class Elsewhere(Protocol):
    """The other processes that use this database."""

    @property
    def hears(self) -> bool:
        """Whether what they commit is told here at present; when not, whoever waits for it must look more often."""
        ...

    def tell(self, topics: Collection[str]) -> None:
        """Has their subscribers called; never waits, and may be in vain."""
        ...

    def follow(self, topic: str) -> None: ...

    def leave(self, topic: str) -> None: ...


class Database:
    """Sessions of one engine, for one event loop. `elsewhere` is None where there is no way to the other processes."""

    elsewhere: Elsewhere | None = None

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # SQLite's one writer has a connection of its own: it must not stand in line behind a crowd of readers.
        self._writer = create_engine(engine.url.render_as_string(), pool_size=1) if self.is_sqlite else engine
        self._writing = self._writer.execution_options(**{_WRITING: True})
        self._relaxed = self._writer.execution_options(**{_WRITING: True, _RELAXED: True})
        self._subscribers: dict[str, list[Callable[[], None]]] = {}
        self._turns = _Turns() if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession, None]:
        """A session whose changes are thrown away."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self, *, durable: bool = True, urgent: bool = False) -> AsyncGenerator[AsyncSession, None]:
        """One transaction: committed when the block ends, rolled back when it raises.

        It survives the death of this process at any moment. A `durable` one also survives a power cut, for which
        the commit waits for the disk (some milliseconds); without, a power cut may take the last ones back, whole
        and in order. That is right for leases, progress and the words of an answer.

        On SQLite an `urgent` one goes before all that wait and are not: for what people are watching, when a crowd of
        others has only just come. There must be few.
        """
        engine = self._writing if durable else self._relaxed
        turn = self._turns.take(urgent=urgent) if self._turns else nullcontext()
        async with turn, AsyncSession(engine, expire_on_commit=False) as session, committing(session):
            yield session
        if topics := session.info.get("topics"):
            for topic in topics:
                self.tell_here(topic)
            if self.elsewhere is not None:
                self.elsewhere.tell(topics)

    def subscribe(self, topic: str, subscriber: Callable[[], None], *, everywhere: bool = False) -> Callable[[], None]:
        """`subscriber` is called after each commit of this process that spoke of `topic`; it must not wait.

        With `everywhere` also after those of the other processes, as far as they can be heard (`hears_others`), and
        sometimes without one. Returns what ends it.
        """
        subscribers = self._subscribers.setdefault(topic, [])
        subscribers.append(subscriber)
        if everywhere and self.elsewhere is not None:
            self.elsewhere.follow(topic)

        def leave() -> None:
            subscribers.remove(subscriber)
            if not subscribers and self._subscribers.pop(topic, None) is not None and self.elsewhere is not None:
                self.elsewhere.leave(topic)

        return leave

    @property
    def hears_others(self) -> bool:
        """Whether commits of other processes call the subscribers here."""
        return self.elsewhere is not None and self.elsewhere.hears

    def tell_here(self, topic: str) -> None:
        """Calls the subscribers of this process."""
        for subscriber in tuple(self._subscribers.get(topic, ())):
            subscriber()

    async def aclose(self) -> None:
        await self._writer.dispose()
        await self.engine.dispose()

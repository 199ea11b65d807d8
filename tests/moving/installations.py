"""Installations to carry: every table has rows, every column of every kind has values that are hard to carry."""

import random
import string
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table, cast, insert, literal, select, types, update
from sqlalchemy.dialects.postgresql import TSVECTOR

from nexus.audit.acts import INSTALLATION, Action, Actor, Credential, Target
from nexus.audit.service import record
from nexus.chat.message_words import for_postgresql, for_sqlite
from nexus.core.db import AsyncSession, Database, UtcDateTime, create_engine
from nexus.core.ids import new_id
from nexus.core.migrate import migrate
from nexus.core.settings import Settings, load_settings
from nexus.moving.schema_queries import LEFT_BEHIND
from nexus.providers.blobs.local import LocalBlobStore
from nexus.tables import metadata

Place = Callable[[str], Settings]
"""The settings of an empty installation on one of the databases."""
ROWS = 5
"""Of each table."""
OWNER = new_id()
LETTERS = string.ascii_letters + " \n\t\"'\\,;{}[]äßé€漢字🐝\u2028\u00a0"
APART = {"audit_event", "audit_head", "index_state", "message_entry"}


def settings_of(folder: Path, url: str = "", **more: Any) -> Settings:
    return load_settings(data_dir=folder, db={"url": url}, _env_file=None, **more)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


class Filling:
    """Puts rows of random values into every table."""

    def __init__(self, session: AsyncSession, blobs: LocalBlobStore, seed: int) -> None:
        self._session, self._blobs = session, blobs
        self._random = random.Random(seed)
        self._keys: dict[str, list[Any]] = {}

    async def fill(self) -> None:
        for table in metadata.sorted_tables:
            if table.name not in APART:
                await self._fill(table)
        state = metadata.tables["index_state"]
        await self._session.execute(
            insert(state).values(id=1, revision=2**40 + 7, embedding_model="local/all-MiniLM-L6-v2", dimension=20)
        )
        await self._entries()
        for number, tenant_id in enumerate([INSTALLATION, *self._keys["tenant"]]):
            actor = Actor(tenant_id, None, "Zoë <zoe@acme.test>", Credential.OPERATOR)
            for _ in range(number + 1):
                target = Target("backup", new_id(), "Übung — 演習")
                record(self._session, actor, Action.SECRETS_ROTATED, target, {"count": number, "names": ["ä", "\\"]})

    async def _fill(self, table: Table) -> None:
        rows = [{c.name: await self._value(table, c, number) for c in table.columns} for number in range(ROWS)]
        own = [c for c in table.columns for key in c.foreign_keys if key.column.table is table]
        # Who points to another of the same table points to a later one: they do not come in the order of references.
        await self._session.execute(insert(table), [row | {column.name: None for column in own} for row in rows])
        if len(table.primary_key.columns) == 1:
            (key,) = table.primary_key.columns
            self._keys[table.name] = [row[key.name] for row in rows]
            for column in own:
                ids = sorted(self._keys[table.name])
                await self._session.execute(update(table).where(key == ids[0]).values({column.name: ids[-1]}))

    async def _value(self, table: Table, column: Column[Any], number: int) -> Any:
        for key in column.foreign_keys:
            if key.column.table is not table:
                return self._keys[key.column.table.name][number]
        if column.name == "blob_key":
            content = self._random.randbytes(self._random.randint(0, 3000))
            return (await self._blobs.put(pieces(content), limit=1 << 20)).key if number else None
        if column.nullable and number == 1:
            return None
        return self._of_kind(column, number)

    def _of_kind(self, column: Column[Any], number: int) -> Any:
        rng = self._random
        match column.type:
            case types.Uuid():
                return new_id()
            case UtcDateTime():
                return datetime(2020, 2, 29, tzinfo=UTC) + timedelta(microseconds=rng.randrange(10**15))
            case types.Date():
                return date(2026, 1, 1) + timedelta(days=number)
            case types.Boolean():
                return number == 2
            case types.BigInteger() if column.name == "size":
                return rng.randrange(10_000)
            case types.BigInteger():
                return rng.choice([0, -1, 2**53 + 1, 2**62]) + number
            case types.Integer():
                return rng.randrange(2**31 - 1) if not column.primary_key else number
            case types.Float():
                return rng.choice([0.1 + 0.2, 1e-300, -5e300, 3.0, -0.0])
            case types.JSON():
                return rng.choice([{"b": [1.0, None, True], "a": {"ü": self._text(9)}}, {}, {"n": 0.1, "big": 10**17}])
            case types.LargeBinary():
                # A vector of 20 components, or the packed words of a passage: an index can be made of them.
                return rng.randbytes(40) if column.name == "vector" else b"\x04\0\0\0" + rng.randbytes(36)
            case types.TypeDecorator() | types.String():
                return self._text(
                    getattr(column.type, "length", None) or 6000, unique=column.unique or column.primary_key
                )
            case _:
                raise TypeError(f"{column} is a {column.type!r}")

    def _text(self, longest: int, *, unique: bool | None = True) -> str:
        size = self._random.randint(1 if longest < 16 else 12, longest) if unique else self._random.randint(0, longest)
        return "".join(self._random.choice(LETTERS) for _ in range(min(size, 6000)))

    async def _entries(self) -> None:
        on_sqlite = self._session.get_bind().dialect.name == "sqlite"
        table = metadata.tables["message_entry"]
        texts = ["The hotels of London", "again " * 300 + "and once more", "", "Übung macht den Meister", "x' y\\ z"]
        for message_id, text in zip(self._keys["message"], texts, strict=True):
            words = for_sqlite(OWNER, text) if on_sqlite else cast(literal(for_postgresql(OWNER, text)), TSVECTOR)
            await self._session.execute(insert(table).values(message_id=message_id, words=words))


async def fill(settings: Settings, seed: int = 7) -> None:
    """A migrated database and its files."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(create_engine(settings.database_url))
    try:
        await migrate(db.engine)
        async with db.write() as session:
            await Filling(session, LocalBlobStore(settings.files_dir), seed).fill()
    finally:
        await db.aclose()


Everything = dict[str, list[tuple[Any, ...]]]


async def read_everything(settings: Settings, *, words: bool = True) -> Everything:
    """Every row of every table as Python values, sorted by key: by other means than those that carry them."""
    db = Database(create_engine(settings.database_url))
    try:
        async with db.read() as session:
            found: Everything = {}
            for table in metadata.sorted_tables:
                if table.name in LEFT_BEHIND:
                    continue
                columns = [c for c in table.columns if words or (table.name, c.name) != ("message_entry", "words")]
                rows = (await session.execute(select(*columns))).all()
                places = [columns.index(key) for key in table.primary_key.columns]
                found[table.name] = sorted((tuple(row) for row in rows), key=lambda row: [row[p] for p in places])
            return found
    finally:
        await db.aclose()


def without_acts(everything: Everything, *actions: Action) -> Everything:
    """Without these events of nobody's log, and without its head, which they moved."""
    events = [column.name for column in metadata.tables["audit_event"].columns]
    place = events.index("action")
    return everything | {
        "audit_event": [row for row in everything["audit_event"] if row[place] not in actions],
        "audit_head": [row for row in everything["audit_head"] if row[0] != INSTALLATION],
    }


def files_of(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in settings.files_dir.rglob("*") if path.is_file()}


def blobs_of(settings: Settings) -> LocalBlobStore:
    return LocalBlobStore(settings.files_dir)


async def one_event(settings: Settings, action: Action) -> dict[str, Any]:
    """The details of the one event of this kind in nobody's log."""
    table = metadata.tables["audit_event"]
    db = Database(create_engine(settings.database_url))
    try:
        async with db.read() as session:
            query = select(table.c.details).where(table.c.action == action, table.c.tenant_id == INSTALLATION)
            return (await session.execute(query)).scalar_one()
    finally:
        await db.aclose()

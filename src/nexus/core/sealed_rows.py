"""Columns of sealed secrets, found by their type wherever a table has one; their care: sealing anew, and checking."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, MetaData, String, Table, TypeDecorator, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.db import Database
from nexus.core.secrets import Place, SecretBox, UnsealError, key_id

BATCH: Final = 200
"""Rows sealed anew in one transaction."""


class Sealed(TypeDecorator[str]):
    """The text of a sealed secret. The row belongs to the tenant that `tenant_id` names, its own or that of the row
    to which `owner` points."""

    impl = String
    cache_ok = True

    def __init__(self, length: int, *, owner: str = "", former_context: str = "") -> None:
        """`former_context`: see `Place`, with `{}` for the row's id in hex."""
        super().__init__(length)
        self.owner = owner
        self.former_context = former_context


@dataclass(frozen=True, slots=True)
class SealedColumn:
    table: Table
    column: Column[str]
    kind: Sealed

    def __str__(self) -> str:
        return f"{self.table.name}.{self.column.name}"

    @property
    def id(self) -> Column[UUID]:
        (only,) = self.table.primary_key.columns
        return only

    @property
    def tenant_id(self) -> ColumnElement[UUID]:
        if not self.kind.owner:
            return self.table.c.tenant_id
        (key,) = self.table.c[self.kind.owner].foreign_keys
        owner = key.column.table
        return select(owner.c.tenant_id).where(key.column == self.table.c[self.kind.owner]).scalar_subquery()

    def place(self, tenant_id: UUID, row_id: UUID) -> Place:
        former = self.kind.former_context.format(row_id.hex)
        return Place(tenant_id, self.table.name, self.column.name, str(row_id), former)


@dataclass(slots=True)
class Batch:
    """What became of some rows of one column."""

    column: SealedColumn
    sealed_anew: int = 0
    current: int = 0
    """Those that the newest key had sealed before."""
    unreadable: list[UnsealError] = field(default_factory=list[UnsealError])


@dataclass(slots=True)
class Findings:
    rows: int = 0
    keys: Counter[str] = field(default_factory=Counter[str])
    """Key id → rows that it opens or should open."""
    unreadable: list[UnsealError] = field(default_factory=list[UnsealError])


def sealed_columns(metadata: MetaData) -> Iterator[SealedColumn]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                yield SealedColumn(table, column, column.type)


def place_in(table: Any, column: str, tenant_id: UUID, row_id: UUID) -> Place:
    """The place of one row's secret; `table` is the mapped class."""
    found: Column[str] = table.__table__.c[column]
    if not isinstance(found.type, Sealed):
        raise TypeError(f"{found} holds no sealed secret")
    return SealedColumn(table.__table__, found, found.type).place(tenant_id, row_id)


async def seal_anew(
    session: AsyncSession, box: SecretBox, column: SealedColumn, after: UUID | None
) -> tuple[Batch, UUID | None]:
    """The next rows of the column under the newest key, and the last one's id; None behind the last of all.

    A row that somebody changes meanwhile is left to them: they seal with the newest key.
    """
    batch, rows = Batch(column), await _rows(session, column, after)
    for row_id, tenant_id, sealed in rows:
        if key_id(sealed) == box.newest.id:
            batch.current += 1
            continue
        place = column.place(tenant_id, row_id)
        try:
            fresh = box.seal(box.unseal(sealed, place), place)
        except UnsealError as error:
            batch.unreadable.append(error)
            continue
        unchanged = (column.id == row_id) & (column.column == sealed)
        statement = update(column.table).where(unchanged).values({column.column: fresh})
        batch.sealed_anew += len((await session.execute(statement.returning(column.id))).all())
    return batch, rows[-1][0] if len(rows) == BATCH else None


async def check(db: Database, box: SecretBox, metadata: MetaData) -> Findings:
    """Opens every secret and keeps none."""
    findings = Findings()
    for column in sealed_columns(metadata):
        async for row_id, tenant_id, sealed in _all(db, column):
            findings.rows += 1
            findings.keys[key_id(sealed)] += 1
            try:
                box.unseal(sealed, column.place(tenant_id, row_id))
            except UnsealError as error:
                findings.unreadable.append(error)
    return findings


async def _all(db: Database, column: SealedColumn) -> AsyncGenerator[tuple[UUID, UUID, str], None]:
    after = None
    while True:
        async with db.read() as session:
            rows = await _rows(session, column, after)
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


async def _rows(session: AsyncSession, column: SealedColumn, after: UUID | None) -> Sequence[tuple[UUID, UUID, str]]:
    """Id, tenant and sealed secret, by id."""
    statement = select(column.id, column.tenant_id, column.column).where(column.column.is_not(None))
    if after is not None:
        statement = statement.where(column.id > after)
    found = await session.execute(statement.order_by(column.id).limit(BATCH))
    return [(row_id, tenant_id, sealed) for row_id, tenant_id, sealed in found]

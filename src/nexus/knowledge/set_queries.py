"""SQL of the sets of vectors on a shared server: which is live, how far it has followed the rows, whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.core.db import insert_into
from nexus.core.ids import new_id
from nexus.knowledge.models import VectorSet

State = Literal["building", "live", "old"]


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A row as it was read."""

    name: str
    model: str
    dimension: int
    state: State
    revision: int
    turn: int
    settled: bool
    """It has been in this state for so long that every process knows."""


async def sets(session: AsyncSession, engine: str, *, settled: timedelta) -> Sequence[KnownSet]:
    """All of an engine; `settled` says how long it takes for everybody to know."""
    rows = await session.scalars(select(VectorSet).where(VectorSet.engine == engine).order_by(VectorSet.changed_at))
    return [_known(row, settled) for row in rows]


def _known(row: VectorSet, settled: timedelta) -> KnownSet:
    state: State = "live" if row.state == "live" else "building" if row.state == "building" else "old"
    return KnownSet(row.name, row.model, row.dimension, state, row.revision, row.turn, now() - row.changed_at > settled)


async def find_live(session: AsyncSession, engine: str) -> KnownSet | None:
    row = await session.scalar(select(VectorSet).where(VectorSet.engine == engine, VectorSet.state == "live"))
    return _known(row, timedelta()) if row else None


async def building_set(session: AsyncSession, engine: str, model: str, dimension: int) -> str:
    """The name of the set that is being built for this model: a new one where there is none. One of another model is
    given up."""
    building = (VectorSet.engine == engine, VectorSet.state == "building")
    others = or_(VectorSet.model != model, VectorSet.dimension != dimension)
    await session.execute(
        update(VectorSet)
        .where(*building, others)
        .values(state="old", changed_at=now())
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        insert_into(session, VectorSet)
        .values(
            name=f"s{new_id().hex}",
            engine=engine,
            model=model,
            dimension=dimension,
            state="building",
            changed_at=now(),
            revision=0,
            turn=0,
        )
        .on_conflict_do_nothing()
    )
    return (await session.scalars(select(VectorSet.name).where(*building))).one()


async def take_turn(session: AsyncSession, name: str, lease: timedelta) -> KnownSet | None:
    """The set, for whoever may now write to it; None while it is somebody else's turn, or when it is old or gone."""
    taken = await session.scalar(
        update(VectorSet)
        .where(
            VectorSet.name == name,
            VectorSet.state != "old",
            or_(VectorSet.turn_until.is_(None), VectorSet.turn_until < now()),
        )
        .values(turn=VectorSet.turn + 1, turn_until=now() + lease)
        .returning(VectorSet)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    return _known(taken, timedelta()) if taken else None


async def keep_turn(session: AsyncSession, name: str, turn: int, lease: timedelta) -> bool:
    """Prolongs it; False when it is over."""
    return await _change(session, name, turn, turn_until=now() + lease)


async def note_revision(session: AsyncSession, name: str, turn: int, revision: int) -> bool:
    """The set has followed so far; False when the turn is over."""
    return await _change(session, name, turn, revision=revision)


async def give_back_turn(session: AsyncSession, name: str, turn: int) -> None:
    await _change(session, name, turn, turn_until=None)


async def retire(session: AsyncSession, name: str) -> None:
    """It is searched until another one is live, and followed no more."""
    await session.execute(
        update(VectorSet)
        .where(VectorSet.name == name, VectorSet.state != "old")
        .values(state="old", changed_at=now(), turn_until=None)
        .execution_options(synchronize_session=False)
    )


async def make_live(session: AsyncSession, engine: str, name: str, turn: int) -> bool:
    """Puts it in the place of the one that is live; False when the turn is over."""
    if not await _change(session, name, turn, turn_until=None):
        return False
    for state, becomes, only in (("live", "old", VectorSet.name != name), ("building", "live", VectorSet.name == name)):
        await session.execute(
            update(VectorSet)
            .where(VectorSet.engine == engine, VectorSet.state == state, only)
            .values(state=becomes, changed_at=now())
            .execution_options(synchronize_session=False)
        )
    return True


async def forget(session: AsyncSession, name: str) -> None:
    await session.execute(delete(VectorSet).where(VectorSet.name == name, VectorSet.state == "old"))


async def _change(session: AsyncSession, name: str, turn: int, **values: object) -> bool:
    changed = await session.scalar(
        update(VectorSet)
        .where(VectorSet.name == name, VectorSet.turn == turn, VectorSet.state != "old")
        .values(**values)
        .returning(VectorSet.name)
        .execution_options(synchronize_session=False)
    )
    return changed is not None

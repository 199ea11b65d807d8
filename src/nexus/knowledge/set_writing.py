"""Writing to the sets of vectors on a shared server: by turns, behind the rows, and a new set beside the live one."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Final

from nexus.core.db import Database
from nexus.core.tasks import BackgroundTasks
from nexus.knowledge import index_queries, set_queries
from nexus.knowledge.replaying import changes
from nexus.knowledge.set_queries import KnownSet
from nexus.providers.vectors.base import IndexedDocument, SetGoneError, SharedEngine, StaleTurnError

LEASE: Final = timedelta(seconds=6)
"""How long a dead process holds up the others."""
SETTLED: Final = timedelta(seconds=60)
"""After this, every process searches the set that is live."""
LOOK_SECONDS: Final = 0.03
"""How often whoever waits for a turn looks."""
_WRITTEN: Final = 2_000
"""Chunks of one write, but for a document that has more."""


class TurnOverError(Exception):
    """Another process has the turn now, or the set is old."""


class AheadError(Exception):
    """The server holds what this database has not committed: the database was set back."""


class SetWriter:
    """This process's part in keeping the sets of an engine level with the rows."""

    def __init__(self, db: Database, engine: SharedEngine, tasks: BackgroundTasks) -> None:
        self._db = db
        self._engine = engine
        self._tasks = tasks

    async def retire(self, name: str) -> None:
        """It is searched until another one is live, and followed no more."""
        async with self._db.write() as session:
            await set_queries.retire(session, name)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncGenerator[KnownSet | None, None]:
        """The set as this process may write to it until the block ends; None while it is somebody else's turn."""
        async with self._db.write() as session:
            mine = await set_queries.take_turn(session, name, LEASE)
        if mine is None:
            yield None
            return
        keeping = self._tasks.start(self._keep(mine), name="index-turn")
        try:
            yield mine
        finally:
            keeping.cancel()
            async with self._db.write(durable=False) as session:
                await set_queries.give_back_turn(session, name, mine.turn)

    async def _keep(self, mine: KnownSet) -> None:
        kept = True
        while kept:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            async with self._db.write(durable=False) as session:
                kept = await set_queries.keep_turn(session, mine.name, mine.turn, LEASE)

    async def write(self, mine: KnownSet) -> int:
        """Replays what the set has not followed; the revision it has come to."""
        writer = self._engine.open_set(mine.name, mine.dimension, mine.turn)
        reached = mine.revision
        async with aclosing(changes(self._db, reached, mine.model, mine.dimension)) as batches:
            async for some in batches:
                try:
                    await writer.remove(some.gone)
                    for part in _parts(some.entries):
                        await writer.upsert(part)
                except StaleTurnError as error:
                    raise await self._why_stale(mine) from error
                reached = some.reached
                async with self._db.write(durable=False) as session:
                    if not await set_queries.note_revision(session, mine.name, mine.turn, reached):
                        raise TurnOverError
        return reached

    async def _why_stale(self, mine: KnownSet) -> Exception:
        """Refused in our own turn: a later one that this database knows nothing of has written."""
        async with self._db.write(durable=False) as session:
            is_ours = await set_queries.keep_turn(session, mine.name, mine.turn, LEASE)
        return AheadError() if is_ours else TurnOverError()

    async def build(self, model: str, dimension: int) -> None:
        """Fills a new set, or goes on where somebody was stopped, until it is live, by whomever."""
        async with self._db.write() as session:
            name = await set_queries.building_set(session, self._engine.name, model, dimension)
        while True:
            async with self._db.read() as session:
                known = {
                    each.name: each for each in await set_queries.sets(session, self._engine.name, settled=SETTLED)
                }
            if name not in known or known[name].state != "building":
                return
            try:
                async with self.turn(name) as mine:
                    if mine is None:
                        await asyncio.sleep(LOOK_SECONDS)
                    else:
                        await self._engine.make_set(name, dimension)
                        await self._fill(mine)
            except TurnOverError:
                continue
            except (SetGoneError, AheadError):
                await self.retire(name)
                raise

    async def _fill(self, mine: KnownSet) -> None:
        reached = await self.write(mine)
        await self._engine.settle(mine.name)
        while not await self._change_over(mine, reached):
            async with self._db.read() as session:
                known = {
                    each.name: each for each in await set_queries.sets(session, self._engine.name, settled=SETTLED)
                }
            if mine.name not in known or known[mine.name].turn != mine.turn:
                raise TurnOverError
            reached = await self.write(known[mine.name])

    async def _find(self, name: str) -> KnownSet | None:
        async with self._db.read() as session:
            sets = await set_queries.sets(session, self._engine.name, settled=SETTLED)
        return next((each for each in sets if each.name == name), None)

    async def _change_over(self, mine: KnownSet, reached: int) -> bool:
        """Only if, in this very transaction, nothing is missing from the new set."""
        async with self._db.write() as session:
            state = await index_queries.lock_index_state(session)
            if state.revision > reached:
                return False
            return await set_queries.make_live(session, self._engine.name, mine.name, mine.turn)

    async def drop_old(self) -> None:
        """Once all processes must have left it."""
        async with self._db.read() as session:
            sets = await set_queries.sets(session, self._engine.name, settled=SETTLED)
        if not any(each.state == "live" and each.settled for each in sets):
            return
        for each in sets:
            if each.state == "old" and each.settled:
                await self._engine.drop_set(each.name)
                async with self._db.write() as session:
                    await set_queries.forget(session, each.name)


def _parts(entries: Sequence[IndexedDocument]) -> Iterator[Sequence[IndexedDocument]]:
    """Writes of a bounded size."""
    part: list[IndexedDocument] = []
    chunks = 0
    for entry in entries:
        if part and chunks + len(entry.chunk_ids) > _WRITTEN:
            yield part
            part, chunks = [], 0
        part.append(entry)
        chunks += len(entry.chunk_ids)
    if part:
        yield part

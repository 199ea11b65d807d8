"""The search index of an installation that was moved: brought up from its rows, and compared with the source's."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError, NexusError
from nexus.core.settings import Settings
from nexus.knowledge import index_queries
from nexus.knowledge.index_samples import SampleQuestion, sample_questions
from nexus.knowledge.live_index import LiveIndex
from nexus.knowledge.models import IndexState
from nexus.moving.backing_up import Tell, silence
from nexus.providers.vectors.base import Candidate, Candidates

OpenIndex = Callable[[Settings, Database], LiveIndex]
"""The index that settings speak of, on a database; nothing is read or called yet."""

_QUESTIONS: Final = 40
_BEST: Final = 50
"""Of each side of a search, as many are compared."""
_ROUNDING: Final = 1e-5
"""By which scores of two engines may differ."""


@dataclass(frozen=True, slots=True)
class _Seen:
    engine: str
    model: str
    chunks: int
    answers: Sequence[Candidates]

    def report(self) -> dict[str, Any]:
        return {"engine": self.engine, "model": self.model, "chunks": self.chunks}


async def prove_index(
    source: Settings, target: Settings, open_index: OpenIndex, *, tell: Tell = silence
) -> dict[str, Any] | None:
    """Both indexes hold what the rows say, equally many vectors, and answer the same questions with the same ranking.

    None where both have the same, and before the first start of an installation. Rows and files are proved to be the
    same already. The target's index is ready for its first start then. Raises ConflictError.
    """
    if (source.database_url, source.index) == (target.database_url, target.index):
        return None
    async with _database(source) as db:
        state = await _state(db)
        if state is None:
            return None
        questions = await sample_questions(db, state.embedding_model, state.dimension, _QUESTIONS)
        tell("index of the source", 0, 0)
        ours = await _look(db, open_index(source, db), state, questions, keep=False)
    async with _database(target) as db:
        tell("index of the target", 0, 0)
        try:
            theirs = await _look(db, open_index(target, db), state, questions, keep=True)
        except NexusError as error:
            raise ConflictError(
                f"Rows and files are in the target, but not the index: {error.detail} "
                "See to it, then run it again with `--prove`."
            ) from error
    if ours.chunks != theirs.chunks:
        raise ConflictError(f"The source's index holds {ours.chunks} vectors, the target's {theirs.chunks}.")
    differing = sum(not _alike(*pair) for pair in zip(ours.answers, theirs.answers, strict=True))
    if differing:
        raise ConflictError(f"{differing} of {len(questions)} questions are not answered alike by the target's index.")
    return {"questions": len(questions), "source": ours.report(), "target": theirs.report()}


@asynccontextmanager
async def _database(settings: Settings) -> AsyncGenerator[Database, None]:
    db = Database(create_engine(settings.database_url))
    try:
        yield db
    finally:
        await db.aclose()


async def _state(db: Database) -> IndexState | None:
    async with db.read() as session:
        return await index_queries.index_state(session)


async def _look(
    db: Database, index: LiveIndex, state: IndexState, questions: Sequence[SampleQuestion], *, keep: bool
) -> _Seen:
    """`keep`: whether it is the one that is served from next."""
    try:
        await index.open(state.embedding_model, state.dimension)
        await index.catch_up(state.revision)
        async with db.read() as session:
            stored = await index_queries.stored_versions(session, index.model)
            tenants = await index_queries.tenants_with_documents(session)
        missing, ghosts, wrong = await index.check(stored, tenants)
        if amiss := [*missing, *ghosts, *wrong]:
            raise ConflictError(
                f"{len(amiss)} documents are not in the {index.engine} index as the rows say, {amiss[0]} first. "
                "`nexus index rebuild` mends it."
            )
        answers = [await index.search(each.index_filter, each.vector, each.terms, _BEST) for each in questions]
        if keep:
            await index.save()
        return _Seen(index.engine, index.model, (await index.statistics()).chunks, answers)
    finally:
        await index.aclose()


def _alike(ours: Candidates, theirs: Candidates) -> bool:
    """The same passages with the same scores, and so in the same order, out of equally many."""
    one, other = _by_chunk(ours), _by_chunk(theirs)
    return (
        (ours.searched, list(ours.term_chunks)) == (theirs.searched, list(theirs.term_chunks))
        and one.keys() == other.keys()
        and all(
            abs((mine or 0.0) - (yours or 0.0)) <= _ROUNDING * max(1.0, abs(mine or 0.0))
            for chunk_id, hit in one.items()
            for mine, yours in (
                (hit.dense, other[chunk_id].dense),
                (hit.keyword, other[chunk_id].keyword),
            )
        )
    )


def _by_chunk(found: Candidates) -> dict[UUID, Candidate]:
    return {hit.chunk_id: hit for hit in found.hits}

"""What a question is asked of: what its asker may find at this moment, and the languages it is in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from nexus.access import service as access
from nexus.access.principal import Principal
from nexus.core.db import AsyncSession
from nexus.knowledge import index_queries
from nexus.knowledge import queries as knowledge
from nexus.providers.vectors.base import IndexFilter
from nexus.retrieval.hints import Hints
from nexus.retrieval.languages import LanguageCache, common_languages
from nexus.retrieval.preferring import hints_in
from nexus.retrieval.reuse import Place, SearchCache
from nexus.retrieval.searches import SearchRequest


@dataclass(frozen=True, slots=True)
class Where:
    """`revision`: what the index has to follow to before it is searched. `place`: for the cache, where it is asked."""

    index_filter: IndexFilter
    languages: Sequence[str]
    hints: Hints
    revision: int
    place: Place | None = None

    def at(self, place: Place) -> "Where":
        """Asked there. Its revisions may be read later than this one: the index has to follow to the newest of them, or
        what it finds would stand for what it has not seen."""
        newest = max((revision for _, revision in place.knowledge_bases), default=0)
        return replace(self, place=place, revision=max(self.revision, newest))


async def look_where(
    session: AsyncSession,
    principal: Principal,
    request: SearchRequest,
    also: Principal | None,
    cache: LanguageCache,
) -> Where:
    """From the grants of this moment. Raises NotFoundError for a named knowledge base that is unreadable."""
    index_filter = await access.index_filter(
        session,
        principal,
        also=also,
        knowledge_bases=request.knowledge_bases,
        media_types=request.media_types,
        modified_from=request.modified_from,
        modified_before=request.modified_before,
    )
    if request.within is not None:
        index_filter = replace(index_filter, knowledge_bases=index_filter.knowledge_bases & request.within)
    if request.department_id is not None:
        theirs = await knowledge.readable_of_department(session, principal, request.department_id)
        theirs |= {request.attached} if request.attached else set()
        index_filter = replace(index_filter, knowledge_bases=index_filter.knowledge_bases & theirs)
    shelves = index_filter.knowledge_bases
    hints = await hints_in(session, request.query, shelves) if request.hinted else Hints()
    state = await index_queries.index_state(session)
    revision = state.revision if state else 0
    languages = cache.get((revision, index_filter))
    if languages is None:
        counts = await knowledge.readable_languages(session, principal, shelves)
        languages = cache.put((revision, index_filter), common_languages(counts))
    return Where(index_filter, languages, hints, revision)


async def find_place(
    session: AsyncSession, principal: Principal, index_filter: IndexFilter, cache: SearchCache, model: str
) -> Place:
    """The same for all who may find exactly the same documents, as they are at this moment."""
    shelves = index_filter.knowledge_bases
    revisions = await index_queries.revisions_of(session, shelves)
    key = (index_filter.principals, revisions)
    digest = cache.restricted.get(key)
    if digest is None:
        readable = await knowledge.readable_restricted(session, principal, shelves)
        digest = cache.restricted.put(key, sha256(b"".join(each.bytes for each in readable)).digest())
    return Place(
        index_filter.tenant_id,
        revisions,
        digest,
        index_filter.media_types,
        index_filter.modified_from,
        index_filter.modified_before,
        model,
    )

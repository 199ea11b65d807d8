"""The files of a conversation, as one run meets them: waited for, and shown to the model from their beginning on."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import ResourceKind
from nexus.access.principal import Principal
from nexus.agents.passages import Shelf, Shown, attribute
from nexus.chat import queries
from nexus.chat.attachment_schemas import QuestionScope
from nexus.chat.models import Message, Run
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError
from nexus.knowledge import attached_queries
from nexus.knowledge import queries as knowledge
from nexus.knowledge.attached import MOST_FILES
from nexus.knowledge.models import Document
from nexus.knowledge.queries import Passage
from nexus.retrieval.searches import SearchResult

WAIT_SECONDS: Final = 60.0
_LOOK_EVERY: Final = 0.3
_TOKENS: Final = 2400
"""Of the files' beginnings, altogether."""
_OPENED: Final = 6
"""Files whose beginning is shown at most."""
_ON_THE_WAY: Final = ("uploaded", "queued", "processing")

Emit = Callable[[Literal["attachments.reading"], dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Files:
    """What a run may use besides knowledge bases."""

    shelf_id: UUID
    asked_with: frozenset[UUID] = frozenset()
    """Those that were attached with this question."""
    wait: bool = True
    only: bool = False
    """The question is asked of them alone."""

    def beside(self, knowledge_bases: Sequence[UUID] | None) -> Sequence[UUID] | None:
        """Where the question looks that names these knowledge bases; None, as always, is everywhere."""
        if self.only:
            return [self.shelf_id]
        return None if knowledge_bases is None else [*knowledge_bases, self.shelf_id]

    @property
    def meant(self) -> bool:
        """Whether the question is about them, whatever its words are."""
        return self.only or bool(self.asked_with)


async def files_for(
    session: AsyncSession, run: Run, message: Message, scope: QuestionScope, *, wait: bool
) -> Files | None:
    """Of the run's conversation, which the caller knows to be the asker's; None where nothing was attached to it.

    Raises NotFoundError where the question names a file that is not there, ConflictError where it wants only files.
    """
    shelf = await attached_queries.find_shelf(session, run.conversation_id)
    named = frozenset(UUID(each) for each in message.attachments or ())
    if named and (shelf is None or not named <= await attached_queries.ids_on(session, shelf.id)):
        raise access.not_found(ResourceKind.DOCUMENT)
    if shelf is None:
        if scope.attachments_only:
            raise ConflictError("No file is attached to this conversation. Attach one first, or ask everywhere.")
        return None
    return Files(shelf.id, named, wait, scope.attachments_only)


async def wait_until_read(
    db: Database, principal: Principal, run_id: UUID, files: Files, emit: Emit, seconds: float = WAIT_SECONDS
) -> Sequence[Document]:
    """The conversation's files, once all of them have been read or nobody wants to wait longer. Tells what is awaited
    by ids and stages alone: names are for who may read the files. Holds no session meanwhile."""
    clock = asyncio.get_running_loop().time
    until = clock() + (seconds if files.wait else 0.0)
    told: list[dict[str, str]] = []
    while True:
        async with db.read() as session:
            documents = await attached_queries.list_files(session, principal, files.shelf_id, limit=MOST_FILES)
            hurried = bool(told) and await queries.is_hurried(session, run_id)
        pending = [{"id": str(d.id), "stage": d.stage} for d in documents if d.state in _ON_THE_WAY]
        if not pending or hurried or clock() >= until:
            if told:
                emit("attachments.reading", {"pending": [], "left_out": left_out(documents, files)})
            return documents
        if pending != told:
            told = pending
            emit("attachments.reading", {"pending": pending, "left_out": []})
        await asyncio.sleep(_LOOK_EVERY)


def left_out(documents: Sequence[Document], files: Files) -> list[dict[str, Any]]:
    """Of these files, those that an answer given now has nothing of. One that could not be read is told of once: with
    the question that it came with."""
    return [
        {
            "id": str(d.id),
            "state": "failed" if d.state == "failed" else "not_ready",
            "failure_code": d.failure_code,
            "failure": d.failure,
        }
        for d in documents
        if d.active_version_id is None and (d.state != "failed" or files.only or d.id in files.asked_with)
    ]


async def beginnings(
    db: Database, principal: Principal, documents: Sequence[Document], files: Files
) -> Sequence[Passage]:
    """The first passages of the files, those of this question before the newest of the others: of what somebody has
    just attached, a model has to know what it is, whether or not the question shares a word with it."""
    ready = [each for each in documents if each.active_version_id is not None]
    ready.sort(key=lambda each: (each.id not in files.asked_with, -each.id.int))
    opened = ready[:_OPENED]
    chunk_ids: list[UUID] = []
    async with db.read() as session:
        for document in opened:
            if document.active_version_id is not None:
                share = _TOKENS // len(opened)
                chunk_ids += await attached_queries.first_chunks(session, document.active_version_id, share)
        # The second lock, as for what a search finds.
        passages = await knowledge.readable_passages(session, principal, chunk_ids)
    return [passages[each] for each in chunk_ids if each in passages]


@dataclass(frozen=True, slots=True)
class Opened:
    """The files as one answer has them."""

    files: Files
    documents: Sequence[Document]
    begun: Sequence[Passage]

    def answers(self, *, with_model: bool) -> bool:
        """Whether there is something to say where the search has found nothing that fits: a model sees for itself what
        the files are; quotations need somebody who means them."""
        return bool(self.begun) and (with_model or self.files.meant)

    def shown(self, search: SearchResult) -> list[Shown]:
        return [Shown(each, 0.0, search) for each in self.begun]

    def shelf_with(self, search: SearchResult, *, fits: bool) -> Shelf:
        """What the search has found and all that the model is told of the files, which come first where the search has
        found nothing that fits."""
        shelf, found, begun = Shelf(search), Shelf.found(search.hits, search), self.shown(search)
        shelf.put([*found, *begun] if fits else [*begun, *found])
        for document in self.documents:
            shelf.name(document.id, document.name, document.title)
        if self.documents:
            shelf.notes.append(render_files(self.documents))
        return shelf


def render_files(documents: Sequence[Document]) -> str:
    """What the model is told of the files besides their passages."""
    opening = "The person has attached these files to the conversation; passages of them are among the numbered ones."
    return "\n".join([opening, *map(_line, documents)])


def _line(document: Document) -> str:
    name = attribute(document.name)
    if document.active_version_id is not None:
        return f"- {name}: document {document.id}, {document.page_count} pages"
    state = "could not be read" if document.state == "failed" else "is still being read"
    return f"- {name}: {state}, so nothing is known of it"

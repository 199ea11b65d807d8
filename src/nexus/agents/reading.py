"""The tool that has a model read every document within reach, one by one, for a question about all of them.

What it tells is findings with numbers of passages, and how many documents were read of how many. What was not read is
counted by its reason. Rights are those of the moment at which each is read, and are looked at once more at the end.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from nexus.agents import queries
from nexus.agents.builtin import own_tool
from nexus.agents.catalogue import CatalogueArguments, bounds_of
from nexus.agents.coverage import Coverage
from nexus.agents.findings import Line, ModelReader, condense, read_passages, renumbered
from nexus.agents.passages import Shown, defuse, telling_words
from nexus.agents.queries import Bounds
from nexus.agents.tools import Outcome, Tool, ToolError, Touches
from nexus.core.errors import NotFoundError
from nexus.identity.errors import InvalidTokenError
from nexus.knowledge import queries as knowledge
from nexus.providers.embeddings.base import EmbeddingError
from nexus.providers.llm.base import LlmError

if TYPE_CHECKING:
    from nexus.agents.workbench import Workbench

READ_ALL: Final = "read_all_documents"

_OF_ONE: Final = 6000
"""Tokens of a document that are read; of a longer one how it begins, and what has most words of the question."""
_LEAST: Final = 800
_LOOKED: Final = 400
"""Chunks of a document among which those are."""
_TOGETHER: Final = 4
_FIRST: Final = 50
_HOPELESS: Final = 3
"""So many documents one after another for which no model answered: the rest is not tried."""
_BEHIND: Final = 300.0
"""Seconds for what is under way when the time is over, and for bringing the findings together."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Of one answer."""

    documents: int = 200
    tokens: int = 250_000
    seconds: float = 300.0
    """In which a document may be begun."""


class ReadAllArguments(CatalogueArguments):
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)] = Field(
        description="What to find out of each document, as a question or a wish that can be understood alone."
    )


_READ_ALL: Final = """\
Reads every document that the asker may read, one by one, and tells what each says about a question, with numbered
passages to cite, and how many were read of how many. For summaries, overviews and comparisons of all documents, or of
all in a knowledge base, of a department, kind or time. Slow: use it once, and only where a search finds too little."""


def reading_tool(limits: ReadingLimits) -> Tool:
    async def use(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
        return await _use(bench, limits, ReadAllArguments.model_validate(arguments))

    tool = own_tool(READ_ALL, _READ_ALL, ReadAllArguments, use, Touches(company=True))
    return replace(tool, seconds=limits.seconds + _BEHIND)


@dataclass
class _Course:
    """One reading on its way. `left`: ids of documents that are not begun."""

    bench: "Workbench"
    reader: ModelReader
    wanted: ReadAllArguments
    bounds: Bounds
    end: float
    share: int
    """Tokens of each document."""
    left: list[UUID]
    whole: int
    found: dict[UUID, tuple[list[Line], list[Shown]]] = field(
        default_factory=dict[UUID, tuple[list[Line], list[Shown]]]
    )
    counts: Counter[str] = field(default_factory=Counter[str])
    hopeless: int = 0
    ended: InvalidTokenError | None = None

    async def work(self) -> None:
        while self.left and self.ended is None and self._may_begin():
            document_id = self.left.pop(0)
            try:
                await self._read(document_id)
            except InvalidTokenError as error:
                self.ended = error
            except (LlmError, TimeoutError):
                self.counts["failed"] += 1
                self.hopeless += 1

    def _may_begin(self) -> bool:
        if self.hopeless >= _HOPELESS and not self.counts["read"]:
            self.counts["failed"] += len(self.left)
        elif asyncio.get_running_loop().time() > self.end:
            self.counts["late"] += len(self.left)
        elif self.reader.left <= 0:
            self.counts["over"] += len(self.left)
        else:
            return True
        self.left.clear()
        return False

    async def _read(self, document_id: UUID) -> None:
        passages, partly = await self._passages(document_id)
        if not passages:
            # It has been closed, deleted or replaced since it was counted.
            self.counts["gone"] += 1
            return
        lines = await read_passages(self.reader, self.wanted.question, [each.numbered() for each in passages])
        self.found[document_id] = lines, passages
        self.counts["read"] += 1
        self.counts["partly"] += partly
        done = self.counts["read"]
        if done % max(1, self.whole // 50) == 0:
            self.bench.progress(done, self.whole)

    async def _passages(self, document_id: UUID) -> tuple[list[Shown], bool]:
        """What of it is read, and whether that is less than all of it."""
        bench = self.bench
        async with bench.db.read() as session:
            principal = await bench.renewed(session)
            document = await queries.find_document(session, principal, self.bounds, document_id)
            if document is None or document.active_version_id is None:
                return [], False
            chunk_ids = await queries.chunks_around(session, document.active_version_id, 0, _LOOKED)
            more = len(chunk_ids) == _LOOKED
            readable = await knowledge.readable_passages(session, principal, chunk_ids)
        found = [Shown(readable[each], 0.01, bench.shelf.search) for each in chunk_ids if each in readable]
        chosen = _chosen(found, self.wanted.question, self.share)
        return chosen, more or len(chosen) < len(found)


def _chosen(found: Sequence[Shown], question: str, budget: int) -> list[Shown]:
    """All, or how it begins and what has most words of the question, in the order of reading."""
    words = telling_words(question)
    often = Counter(word for each in found for word in words & telling_words(each.text))
    fit = {at: sum(1 / often[w] for w in words & telling_words(each.text)) for at, each in enumerate(found)}
    kept: list[int] = []
    for at in sorted(fit, key=lambda at: (at > 0, -fit[at], at)):
        size = found[at].passage.chunk.token_count
        if kept and size > budget:
            break
        kept.append(at)
        budget -= size
    return [found[at] for at in sorted(kept)]


async def _use(bench: "Workbench", limits: ReadingLimits, wanted: ReadAllArguments) -> Outcome:
    reader = bench.reader
    if not isinstance(reader, ModelReader):
        raise ToolError("No language model is there to read with. Count or list the documents instead.")
    began = time.monotonic()
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        bounds = await bounds_of(bench, session, principal, wanted)
        counted = await queries.count_documents(session, principal, bounds, name=wanted.name)
        ids = await queries.ids_with_text(session, principal, bounds, name=wanted.name)
    most = max(0, min(limits.documents, reader.left // _LEAST))
    if ids and not most:
        raise ToolError("As much as one answer may have read has been read. Answer with what you have.")
    if len(ids) > most:
        ids = await _best_first(bench, wanted.question, ids)
    share = max(_LEAST, min(_OF_ONE, reader.left // max(1, min(most, len(ids)))))
    end = asyncio.get_running_loop().time() + limits.seconds
    course = _Course(bench, reader, wanted, bounds, end, share, ids[:most], counted.documents)
    course.counts["over"] = len(ids) - len(course.left)
    bench.progress(0, course.whole)
    async with asyncio.TaskGroup() as workers:
        for _ in range(_TOGETHER):
            workers.create_task(course.work())
    if course.ended is not None:
        raise course.ended
    if ids and not course.counts["read"] and course.counts["failed"]:
        raise ToolError("The language model did not answer while it read. Answer with what you have.")
    outcome = await _told(course, [each for each in ids if each in course.found], counted.without_text)
    bench.granted_seconds += time.monotonic() - began
    return outcome


async def _best_first(bench: "Workbench", question: str, ids: Sequence[UUID]) -> list[UUID]:
    """Where not all can be read, those that a search finds come before the rest."""
    try:
        request = replace(bench.request, query=question, limit=_FIRST, tokens=0)
        result = await bench.retriever.search(bench.principal, request)
    except (NotFoundError, EmbeddingError):
        return list(ids)
    first = dict.fromkeys(hit.passage.document.id for hit in result.hits)
    known = set(ids)
    return [*(each for each in first if each in known), *(each for each in ids if each not in first)]


@dataclass
class _Heard:
    """The findings of some documents, in order, with numbers of their own for the passages they rest on."""

    lines: list[Line] = field(default_factory=list[Line])
    sources: list[Shown] = field(default_factory=list[Shown])

    def add(self, lines: Sequence[Line], passages: Sequence[Shown]) -> None:
        places = {number: len(self.sources) + n for n, number in enumerate(_numbers(lines), 1)}
        self.sources += [passages[number - 1] for number in places]
        self.lines += [renumbered(line, places) for line in lines]


def _numbers(lines: Sequence[Line]) -> list[int]:
    return sorted({number for line in lines for number in line.numbers})


async def _told(course: _Course, order: Sequence[UUID], without_text: int) -> Outcome:
    """What is said of it: only of what may still be read when all of it is brought together."""
    bench, counts = course.bench, course.counts
    told = order
    heard, kept, untold = _Heard(), list[Line](), 0
    while True:
        open_ids = await _still_open(bench, told)
        if heard.lines and len(open_ids) == len(told):
            break
        closed = len(told) - len(open_ids)
        counts["gone"] += closed
        counts["read"] -= closed
        told = [each for each in told if each in open_ids]
        heard = _Heard()
        for each in told:
            heard.add(*course.found[each])
        if not heard.lines:
            break
        kept, untold = await condense(course.reader, course.wanted.question, heard.lines)
    kept = kept if heard.lines else []
    numbers = _numbers(kept)
    places = dict(zip(numbers, bench.shelf.put_noted([heard.sources[n - 1] for n in numbers]), strict=True))
    names = _name(bench, heard, kept)
    whole = course.whole - counts["gone"]
    narrowed = course.bounds != Bounds() or bool(course.wanted.name)
    reasons = [counts[each] for each in ("over", "late", "failed", "partly")]
    coverage = Coverage(counts["read"], whole, without_text, *reasons, untold=untold, narrowed=narrowed)
    speaking = len([each for each in told if course.found[each][0]])
    about = [f"{counts['read']} of the {whole} documents that the asker may read were read; {speaking} say something."]
    about += _unread(coverage)
    lines = [_with_name(renumbered(line, places), {_document(heard, n) for n in line.numbers}, names) for line in kept]
    bench.shelf.cover(coverage, "\n".join([*about, "<findings>", *lines, "</findings>"]))
    return Outcome(bench.shelf.notes[-1], speaking, list(names.items()), (counts["read"], whole))


def _document(heard: _Heard, number: int) -> UUID:
    return heard.sources[number - 1].passage.document.id


def _with_name(line: Line, documents: set[UUID], names: Mapping[UUID, str]) -> str:
    return f"{defuse(names[documents.pop()])}: {line.text}" if len(documents) == 1 else line.text


async def _still_open(bench: "Workbench", ids: Sequence[UUID]) -> set[UUID]:
    async with bench.db.read() as session:
        return await knowledge.readable_ids(session, await bench.renewed(session), ids)


def _name(bench: "Workbench", heard: _Heard, kept: Sequence[Line]) -> dict[UUID, str]:
    """Titles; the words of what was found go with their documents, as names do."""
    names: dict[UUID, str] = {}
    for line in kept:
        for document in (heard.sources[number - 1].passage.document for number in line.numbers):
            names[document.id] = document.title or document.name
            bench.shelf.name(document.id, document.name, document.title, line.text)
    return names


def _unread(coverage: Coverage) -> list[str]:
    reasons = {
        "have no text: they are still being read, or could not be": coverage.without_text,
        "were left out: one answer may read no more": coverage.over,
        "were not reached in the time there was": coverage.late,
        "were not read because the model did not answer": coverage.failed,
        "of those read are long and were read in part": coverage.partly,
    }
    said = [f"{count} {reason}." for reason, count in reasons.items() if count]
    if coverage.untold:
        said.append(f"{coverage.untold} findings had no room here.")
    if not coverage.is_whole:
        said.append("This is not the whole: say so.")
    return said

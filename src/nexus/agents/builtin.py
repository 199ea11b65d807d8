"""The tools that everybody's model has: they read what the asker may read at that moment, and change nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from nexus.access import service as access
from nexus.access.models import ResourceKind
from nexus.agents import queries
from nexus.agents.calculator import LONGEST, CalculationError, calculate
from nexus.agents.passages import Shown, defuse
from nexus.agents.queries import Bounds
from nexus.agents.tools import Outcome, Tool, ToolError, Touches, Use
from nexus.core.clock import now
from nexus.core.errors import NotFoundError
from nexus.knowledge import queries as knowledge
from nexus.providers.llm.base import ToolSpec

if TYPE_CHECKING:
    from nexus.access.principal import Principal
    from nexus.agents.workbench import Workbench
    from nexus.core.db import AsyncSession

_FOUND: Final = 6
_FOUND_TOKENS: Final = 3000
_AROUND: Final = 3
"""Chunks before and behind the passage that a document is read around."""
_PART: Final = 8
"""Chunks of one part of a document that is read from an end to the other."""

Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Day = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Dated(Arguments):
    modified_from: Day = Field(default="", alias="from", description="Documents changed on this day or later.")
    modified_to: Day = Field(default="", alias="to", description="Documents changed on this day or before.")


class SearchArguments(Dated):
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="What to look for, in the words the documents may use."
    )
    knowledge_bases: list[Word] = Field(
        default=[], max_length=20, description="Names of knowledge bases to look in; all of them when empty."
    )


class ReadArguments(Arguments):
    passage: int = Field(default=0, ge=0, le=10_000, description="Number of a passage: reads what stands around it.")
    document: Word = Field(default="", description="Id of a document as list_documents gives it, to read it in parts.")
    part: int = Field(default=1, ge=1, le=10_000, description="Which part of the document, from 1.")


class CalculateArguments(Arguments):
    expression: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)] = Field(
        description="Numbers, + - * / ** % and parentheses, as in (12.5 + 3) * 4."
    )


class NoArguments(Arguments):
    pass


@cache
def builtin_tools() -> Sequence[Tool]:
    reading = Touches(company=True)
    return (
        own_tool("search_knowledge", _SEARCH, SearchArguments, _search, reading),
        own_tool("read_document", _READ, ReadArguments, _read, reading),
        own_tool("calculate", _CALCULATE, CalculateArguments, _calculate, Touches()),
        own_tool("today", "Tells today's date.", NoArguments, _today, Touches()),
    )


_SEARCH: Final = """\
Searches the documents that the asker may read, and gives numbered passages to cite. Search again in other words, for
another part of the question, or for what a passage names, when the passages at hand do not answer all of it."""
_READ: Final = "Reads a document around a passage, or part by part. Gives numbered passages to cite."
_CALCULATE: Final = "Calculates exactly. Use it for every sum, difference, product or share that stands in no passage."


def own_tool(name: str, description: str, shape: type[Arguments], use: Use, touches: Touches) -> Tool:
    schema = shape.model_json_schema(by_alias=True)
    schema.pop("title", None)
    schema.setdefault("properties", {})
    return Tool(ToolSpec(name, " ".join(description.split()), schema), touches, _checker(shape), use)


def _checker(shape: type[Arguments]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    def check(given: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            # Models write null where they mean nothing at all.
            checked = shape.model_validate({name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
            raise ToolError(f"The tool does not take these arguments. {wrong}") from None
        return checked.model_dump(by_alias=True, exclude_defaults=True)

    return check


async def _search(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
    wanted = SearchArguments.model_validate(arguments)
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        bounds = await narrowed(bench, session, principal, wanted.knowledge_bases, wanted)
    request = replace(
        bench.request,
        query=wanted.query,
        knowledge_bases=None if bounds.knowledge_bases is None else sorted(bounds.knowledge_bases),
        modified_from=bounds.modified_from,
        modified_before=bounds.modified_before,
        limit=_FOUND,
        tokens=_FOUND_TOKENS,
    )
    try:
        result = await bench.retriever.search(principal, request)
    except NotFoundError:
        # A right ended between the two looks.
        raise ToolError("There is no such knowledge base.") from None
    if not result.hits:
        return Outcome("No passage was found.", 0)
    numbers = bench.shelf.put(bench.shelf.given(result))
    opening = "" if result.confident else "These passages fit only weakly.\n"
    titles = {hit.passage.document.id: _title(hit.passage.document) for hit in result.hits}
    return Outcome(opening + bench.shelf.render(numbers), len(numbers), list(titles.items()))


async def _read(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
    wanted = ReadArguments.model_validate(arguments)
    missing = ToolError("There is no such document.")
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        document_id, ordinal = _place(bench, wanted)
        bounds = await narrowed(bench, session, principal, (), None)
        document = await queries.find_document(session, principal, bounds, document_id) if document_id else None
        if document is None or document.active_version_id is None:
            raise missing
        version_id = document.active_version_id
        first = max(0, ordinal - _AROUND) if ordinal is not None else (wanted.part - 1) * _PART
        count = 2 * _AROUND + 1 if ordinal is not None else _PART
        chunk_ids = await queries.chunks_around(session, version_id, first, count)
        whole = await queries.count_chunks(session, version_id)
        # The second lock, as for what a search finds.
        passages = await knowledge.readable_passages(session, principal, chunk_ids)
        title = _title(document)
    parts = -(-whole // _PART)
    if not passages:
        raise ToolError(f"The document has {parts} parts." if whole else "There is no text in this document.")
    shown = [Shown(passages[each], 0.0, bench.shelf.search) for each in chunk_ids if each in passages]
    text = bench.shelf.render(bench.shelf.put(shown))
    if ordinal is None:
        text = f"Part {wanted.part} of {parts}.\n{text}"
    return Outcome(text, len(shown), [(document_id, title)] if document_id else [])


def _place(bench: "Workbench", wanted: ReadArguments) -> tuple[UUID | None, int | None]:
    """The document that is meant and, for a passage of it, where that stands."""
    if wanted.passage:
        entries = bench.shelf.entries
        entry = entries[wanted.passage - 1] if wanted.passage <= len(entries) else None
        if not isinstance(entry, Shown):
            raise ToolError("There is no passage of that number.")
        return entry.passage.document.id, entry.passage.chunk.ordinal
    try:
        return UUID(wanted.document), None
    except ValueError:
        return None, None


async def _calculate(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
    expression = arguments["expression"]
    try:
        result = calculate(expression)
    except CalculationError as error:
        raise ToolError(str(error)) from None
    return _tell(bench, f"{expression} = {result}")


async def _today(bench: "Workbench", _: Mapping[str, Any]) -> Outcome:
    moment = now()
    return _tell(bench, f"Today is {moment:%A}, {moment.date().isoformat()} (UTC).")


def _tell(bench: "Workbench", sentence: str) -> Outcome:
    bench.shelf.told.append(sentence)
    bench.shelf.notes.append(defuse(sentence))
    return Outcome(bench.shelf.notes[-1])


def _title(document: Any) -> str:
    return document.title or document.name


async def narrowed(
    bench: "Workbench",
    session: "AsyncSession",
    principal: "Principal",
    names: Sequence[str],
    dates: Dated | None,
) -> Bounds:
    """The question's scope, narrowed further. Raises ToolError for a knowledge base that is unknown or unreadable."""
    bounds = bench.bounds
    scope = bench.request
    if bounds.knowledge_bases is not None and not bounds.knowledge_bases <= await access.readable_knowledge_bases(
        session, principal
    ):
        raise ToolError(access.not_found(ResourceKind.KNOWLEDGE_BASE).detail)
    if names or scope.department_id is not None or scope.within is not None:
        shelves = await queries.readable_shelves(session, principal, bounds, scope.department_id, scope.attached)
        if scope.within is not None:
            shelves = {shelf_id: name for shelf_id, name in shelves.items() if shelf_id in scope.within}
        if names:
            wanted = {name.casefold() for name in names}
            known = {name.casefold() for name in shelves.values()}
            if not wanted <= known:
                raise ToolError("There is no knowledge base of that name. Leave the name out to look everywhere.")
            shelves = {shelf_id: name for shelf_id, name in shelves.items() if name.casefold() in wanted}
        bounds = replace(bounds, knowledge_bases=frozenset(shelves))
    if dates is not None:
        first, last = _day(dates.modified_from), _day(dates.modified_to)
        behind = None if last is None else last.replace(hour=23, minute=59, second=59, microsecond=999_999)
        bounds = replace(
            bounds,
            modified_from=max(filter(None, (bounds.modified_from, first)), default=None),
            modified_before=min(filter(None, (bounds.modified_before, behind)), default=None),
        )
    return bounds


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ToolError("Write days as 2026-01-31.") from None

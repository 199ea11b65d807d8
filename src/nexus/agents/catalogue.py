"""The tools for questions about the whole: how many documents there are, which, and which of them say a word.

They count and look through every document that the asker may read at that moment, not what a search finds, and say how
many that were.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import UUID

import regex
from pydantic import Field, StringConstraints

from nexus.agents import queries
from nexus.agents.builtin import Dated, Word, narrowed, own_tool
from nexus.agents.kinds import MEDIA_TYPES, Kind, kind_of
from nexus.agents.passages import Shown, attribute, defuse
from nexus.agents.queries import Bounds, Counted, Grouping, ListedDocument
from nexus.agents.tools import Outcome, Tool, ToolError, Touches
from nexus.knowledge import queries as knowledge
from nexus.knowledge.queries import Passage

if TYPE_CHECKING:
    from nexus.access.principal import Principal
    from nexus.agents.workbench import Workbench
    from nexus.core.db import AsyncSession

COUNT: Final = "count_documents"
LIST: Final = "list_documents"
FIND: Final = "find_mentions"

LISTED: Final = 50
_BATCH: Final = 50
"""Texts that are looked through together."""
_SECONDS: Final = 20.0
"""For looking through texts: what was not reached by then is said."""
_QUOTED: Final = 12
"""Documents of which a model is shown the passage that has the words."""
_PLAIN: Final = regex.compile(r"[0-9A-Za-z]+")
_SPACE: Final = r"[\s\u00ad]+"


class CatalogueArguments(Dated):
    name: Word = Field(default="", description="Part of the documents' names or titles; all when empty.")
    knowledge_base: Word = Field(default="", description="Name of the only knowledge base to look in.")
    department: Word = Field(default="", description="Name of the department whose knowledge bases to look in.")
    kind: Literal["", Kind] = Field(default="", description="The only kind of file.")


class CountArguments(CatalogueArguments):
    by: Literal["", Grouping] = Field(default="", description="Tells the number of each kind, department and so on.")


class ListArguments(CatalogueArguments):
    next_page: Annotated[str, StringConstraints(max_length=800)] = Field(
        default="", description="What the list before gave, to go on from there."
    )


class FindArguments(CatalogueArguments):
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)] = Field(
        description="A word, name, number or short phrase exactly as it is written; any case."
    )


@cache
def catalogue_tools() -> Sequence[Tool]:
    reading = Touches(company=True)
    return (
        own_tool(COUNT, _COUNT, CountArguments, _count, reading),
        own_tool(LIST, _LIST, ListArguments, _list, reading),
        replace(own_tool(FIND, _FIND, FindArguments, _find, reading), seconds=_SECONDS + 20),
    )


_COUNT: Final = """\
Counts the documents that the asker may read, exactly; by kind, department, knowledge base, language or year of the last
change if you like. For every question that asks how many documents there are."""
_LIST: Final = """\
Lists the documents that the asker may read, and tells exactly how many there are. For every question that asks which or
all documents."""
_FIND: Final = """\
Looks through the whole text of every document that the asker may read, and tells exactly which of them have a word or
phrase. For questions like "which documents mention X": a search finds the best passages only, this finds all."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A document that has the words: how often, and where first in its version's text."""

    document: ListedDocument
    version_id: UUID
    times: int
    start: int
    end: int
    passage: Passage | None = None
    """The chunk in which that is."""


@dataclass(slots=True)
class Mentions:
    counted: Counted
    looked: int = 0
    """Documents whose text was looked through."""
    found: list[Mention] = field(default_factory=list[Mention])


async def counted(bench: "Workbench", wanted: CatalogueArguments) -> Counted:
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        bounds = await bounds_of(bench, session, principal, wanted)
        return await queries.count_documents(session, principal, bounds, name=wanted.name)


async def listed(bench: "Workbench", wanted: ListArguments) -> tuple[Counted, list[ListedDocument]]:
    """How many there are, and one more than a page of them."""
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        bounds = await bounds_of(bench, session, principal, wanted)
        count = await queries.count_documents(session, principal, bounds, name=wanted.name)
        after = _cursor(wanted.next_page)
        return count, await queries.list_documents(
            session, principal, bounds, name=wanted.name, after=after, limit=LISTED + 1
        )


async def mentions(bench: "Workbench", wanted: FindArguments) -> Mentions:
    """Of all documents within the bounds, as far as the time goes."""
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        bounds = await bounds_of(bench, session, principal, wanted)
        found = Mentions(await queries.count_documents(session, principal, bounds, name=wanted.name))
        ids = await queries.ids_with_text(session, principal, bounds, name=wanted.name)
    pattern = _pattern(wanted.words)
    # Databases differ in what they take for the same letter in another case: they are asked for what they agree on.
    part = max(_PLAIN.findall(wanted.words), key=len, default="")
    end = asyncio.get_running_loop().time() + _SECONDS
    for start in range(0, len(ids), _BATCH):
        if asyncio.get_running_loop().time() > end:
            break
        batch = ids[start : start + _BATCH]
        async with bench.db.read() as session:
            texts = await queries.texts_holding(session, principal, batch, part)
        found.looked += len(batch)
        for each in texts:
            places = [match.span() for match in pattern.finditer(each.text)]
            if places:
                found.found.append(Mention(each.document, each.version_id, len(places), *places[0]))
    found.found = await _located(bench, found.found)
    return found


async def _located(bench: "Workbench", found: Sequence[Mention]) -> list[Mention]:
    """The first of them with their passages, all as far as they may be read by now: looking takes its time."""
    places = [(each.version_id, each.start) for each in found[:LISTED]]
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        readable = await knowledge.readable_ids(session, principal, [each.document.id for each in found])
        chunks = await queries.chunks_holding(session, places)
        passages = await knowledge.readable_passages(session, principal, list(chunks.values()))
    by_version = {version_id: passages.get(chunk_id) for version_id, chunk_id in chunks.items()}
    return [replace(each, passage=by_version.get(each.version_id)) for each in found if each.document.id in readable]


def _pattern(words: str) -> regex.Pattern[str]:
    """Whole words, in any case, with whatever breaks the line between them."""
    inner = _SPACE.join(map(regex.escape, words.split()))
    before = r"(?<![\p{L}\p{N}_])" if words[0].isalnum() else ""
    behind = r"(?![\p{L}\p{N}_])" if words[-1].isalnum() else ""
    return regex.compile(before + inner + behind, regex.IGNORECASE)


async def _count(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
    wanted = CountArguments.model_validate(arguments)
    count = await counted(bench, wanted)
    lines = [f"There are {count.documents} such documents that the asker may read.", *_unread(count)]
    named: list[tuple[UUID, str]] = []
    if wanted.by and count.documents:
        async with bench.db.read() as session:
            principal = await bench.renewed(session)
            bounds = await bounds_of(bench, session, principal, wanted)
            rows = await queries.count_by(session, principal, bounds, wanted.by, name=wanted.name)
            if wanted.by in {"knowledge_base", "department"}:
                # The names of places are known through what stands there.
                for one in await queries.one_of_each(session, principal, bounds, wanted.by, name=wanted.name):
                    named.append((one.id, one.title or one.name))
                    bench.shelf.name(one.id, one.knowledge_base, *(value for value, _ in rows))
        numbers = Counter[str]()
        for value, number in rows:
            numbers[(kind_of(value) if wanted.by == "kind" else value) or "none"] += number
        lines += [f"{defuse(value)}: {number}" for value, number in numbers.most_common()]
    _know(bench, "\n".join(lines), [str(count.documents), *lines[1:]])
    return Outcome(bench.shelf.notes[-1], count.documents, named, (count.documents, count.documents))


async def _list(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
    count, found = await listed(bench, ListArguments.model_validate(arguments))
    shown = found[:LISTED]
    lines = [f"There are {count.documents} such documents.", "<documents>"]
    lines += [*map(_line, shown), "</documents>"]
    if len(found) > LISTED:
        lines.append(f"There are more: next_page={json.dumps([shown[-1].name, str(shown[-1].id)])}")
    _name(bench, shown)
    _know(bench, "\n".join(lines), [str(count.documents)])
    return Outcome(
        bench.shelf.notes[-1],
        count.documents,
        [(one.id, one.title or one.name) for one in shown],
        covered=(count.documents, count.documents),
    )


async def _find(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
    wanted = FindArguments.model_validate(arguments)
    found = await mentions(bench, wanted)
    about = f"{len(found.found)} documents have these words, of {found.looked} that were looked through"
    lines = [f"{about}; the asker may read {found.counted.documents}.", *_unread(found.counted)]
    if found.looked < found.counted.with_text:
        left = found.counted.with_text - found.looked
        lines.append(f"{left} were not reached in the time there was. Say so, or narrow the question.")
    documents = [each.document for each in found.found]
    lines += ["<documents>"]
    lines += [_line(each.document, times=each.times) for each in found.found[:LISTED]]
    lines += ["</documents>"]
    if len(documents) > LISTED:
        lines.append(f"{len(documents) - LISTED} more are not named here.")
    _name(bench, documents[:LISTED])
    quoted = [Shown(each.passage, 0.01, bench.shelf.search) for each in found.found[:_QUOTED] if each.passage]
    _know(bench, "\n".join(lines), [str(len(documents)), *lines[:1]])
    text = bench.shelf.notes[-1]
    if quoted:
        text += "\n" + bench.shelf.render(bench.shelf.put(quoted))
    return Outcome(
        text,
        len(documents),
        [(one.id, one.title or one.name) for one in documents[:LISTED]],
        covered=(found.looked, found.counted.documents),
    )


def _know(bench: "Workbench", note: str, told: Sequence[str]) -> None:
    bench.shelf.told.extend(told)
    bench.shelf.notes.append(note)
    bench.shelf.grounded = True


def _name(bench: "Workbench", shown: Sequence[ListedDocument]) -> None:
    for one in shown:
        bench.shelf.name(one.id, one.name, one.title, one.knowledge_base)


def _unread(count: Counted) -> list[str]:
    if not count.without_text:
        return []
    return [f"{count.without_text} of them have no text: they are still being read, or could not be."]


def _line(one: ListedDocument, times: int | None = None) -> str:
    named = {"name": one.name, "title": one.title, "knowledge_base": one.knowledge_base}
    fields = " ".join(f'{key}="{attribute(value)}"' for key, value in named.items())
    often = "" if times is None else f' times="{times}"'
    return (
        f'<document id="{one.id}" {fields} changed="{one.modified_at.date().isoformat()}" pages="{one.pages}"{often}/>'
    )


def _cursor(given: str) -> tuple[str, UUID] | None:
    if not given:
        return None
    try:
        name, document_id = json.loads(given)
        return str(name), UUID(document_id)
    except (ValueError, TypeError, AttributeError):
        raise ToolError("next_page has to be what the list before gave.") from None


async def bounds_of(
    bench: "Workbench", session: "AsyncSession", principal: "Principal", wanted: CatalogueArguments
) -> Bounds:
    """Raises ToolError for a knowledge base or department of which the asker may read nothing, existing or not."""
    names = [wanted.knowledge_base] if wanted.knowledge_base else []
    bounds = await narrowed(bench, session, principal, names, wanted)
    if wanted.kind:
        types = MEDIA_TYPES[wanted.kind]
        bounds = replace(bounds, media_types=types if bounds.media_types is None else types & bounds.media_types)
    if wanted.department:
        shelves = await queries.readable_shelves(session, principal, bounds)
        names_of = await queries.department_names(session, list(shelves))
        meant = wanted.department.casefold()
        theirs = frozenset(shelf_id for shelf_id, name in names_of.items() if name.casefold() == meant)
        if not theirs:
            raise ToolError("There is no department of that name. Leave the name out to look everywhere.")
        bounds = replace(bounds, knowledge_bases=theirs)
    return bounds

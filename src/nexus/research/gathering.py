"""One part of a plan: search, have the model say what is worth keeping and what to look for besides, search again."""

from dataclasses import dataclass
from typing import Any, Final, cast

from nexus.agents.passages import Shelf
from nexus.chat.steps import documents_of
from nexus.core.text.plain import plain
from nexus.research.planning import read_object
from nexus.research.prompts import READ, render_part
from nexus.research.schemas import Part
from nexus.research.work import Work
from nexus.retrieval.searches import SearchResult

_FURTHER: Final = 2
"""Searches of one part after the first."""
_LONGEST_QUERY: Final = 300
_DIGITS: Final = 6
_KEPT: Final = 8
"""Passages that a section may rest on."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """As `models.ResearchStep` has it."""

    searches: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    read_documents: list[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said of the passages it read. `useful` None: it said nothing that can be read."""

    useful: list[int] | None
    searches: list[str]


async def gather(work: Work, number: int, part: Part) -> Gathered:
    """Raises LlmError, LimitError, NotFoundError, InvalidTokenError."""
    first_step = len(work.answer.steps)
    result = await work.search(number, part.question)
    shelf = Shelf.of(result)
    kept, wanted = await _read(work, part, shelf, list(range(1, len(shelf.shown) + 1)), result)
    found: list[int] = []
    for query in wanted[:_FURTHER]:
        known = len(shelf.shown)
        result = await work.search(number, query, shelf.documents)
        found += [each for each in shelf.put(shelf.found(result.hits, result)) if each > known]
    if found:
        kept += (await _read(work, part, shelf, found, result))[0]
    notes = [shelf.shown[each - 1] for each in dict.fromkeys(kept)][:_KEPT]
    searches = work.answer.steps[first_step:]
    return Gathered(
        searches,
        [{"chunk": str(each.passage.chunk.id), "score": round(each.score, 4)} for each in notes],
        sorted({str(each) for each in shelf.documents} | documents_of(searches)),
    )


async def _read(
    work: Work, part: Part, shelf: Shelf, numbers: list[int], result: SearchResult
) -> tuple[list[int], list[str]]:
    """Of these passages, those to keep, and what else to search for. Without the model's word the ranking decides."""
    said = await work.ask(READ, render_part(part.question, shelf.render(numbers)))
    reply = read_reply(said)
    if reply.useful is None:
        return (numbers if result.confident else []), []
    given = set(numbers)
    asked = part.question.casefold()
    return [n for n in reply.useful if n in given], [q for q in reply.searches if q.casefold() != asked]


def read_reply(reply: str) -> Reply:
    found = read_object(reply)
    useful, searches = found.get("useful"), found.get("searches")
    numbers: list[int] | None = None
    if isinstance(useful, list):
        # Some write [1], some "1".
        numbers = [
            int(each) for each in map(str, cast("list[Any]", useful)) if each.isdecimal() and len(each) < _DIGITS
        ]
    queries = cast("list[Any]", searches) if isinstance(searches, list) else []
    asked = [plain(each)[:_LONGEST_QUERY] for each in queries if isinstance(each, str)]
    return Reply(numbers, [each for each in dict.fromkeys(asked) if each])

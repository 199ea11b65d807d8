"""Answers without a language model that are no quotations: how many documents there are, which, which say a word."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from uuid import UUID

from nexus.agents import catalogue, queries
from nexus.agents.catalogue import CatalogueArguments, CountArguments, FindArguments, ListArguments, Mentions
from nexus.agents.passages import Shown
from nexus.agents.queries import Counted, ListedDocument
from nexus.agents.tools import Outcome
from nexus.agents.workbench import Workbench
from nexus.chat.linking import LinkFilter
from nexus.chat.telling import Answer, Emit, cite, plain_name, say
from nexus.chat.wholes import Language, Whole
from nexus.knowledge import queries as knowledge
from nexus.knowledge.queries import Passage
from nexus.providers.llm.base import ToolCall
from nexus.retrieval.extractive import Quotation

T = TypeVar("T")

_LONGEST_QUOTE: Final = 160
_AROUND: Final = 60
"""Characters before and behind a mention that are quoted with it."""

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "none": "There is nothing of that kind among what you may read{place}.",
        "count": "You may read {count} {noun}{place}.",
        "mentions": "“{words}” stands in {found} of the {looked} {noun} that were looked through{place}.",
        "place": " in “{place}”",
        "unread": "{count} of them have no text: they are still being read, or could not be.",
        "late": "{count} were not reached in the time there was.",
        "more": "{count} more are not listed here.",
        "times": "{count} times",
        "summary": "A summary of all documents needs a language model, and none is set up here. An administrator can "
        "add one under Administration, Models. “List all documents” names them, “How many documents” counts them, and "
        "a question about one thing is answered with quotations.",
    },
    "de": {
        "none": "Unter dem, was Sie lesen dürfen, gibt es nichts dergleichen{place}.",
        "count": "Sie dürfen {count} {noun}{place} lesen.",
        "mentions": "„{words}“ steht in {found} von {looked} durchgesehenen {noun}{place}.",
        "place": " in „{place}“",
        "unread": "{count} davon haben keinen Text: sie werden noch gelesen oder waren nicht lesbar.",
        "late": "{count} wurden in der Zeit nicht erreicht.",
        "more": "{count} weitere stehen hier nicht.",
        "times": "{count}-mal",
        "summary": "Eine Zusammenfassung aller Dokumente braucht ein Sprachmodell, und hier ist keines eingerichtet. "
        "Wer verwaltet, kann unter Verwaltung, Modelle eines hinzufügen. „Liste alle Dokumente“ nennt sie, „Wie viele "
        "Dokumente“ zählt sie, und eine Frage nach einer Sache wird mit Zitaten beantwortet.",
    },
}
_NOUNS: Final[dict[Language, dict[str, tuple[str, str, str]]]] = {
    "en": {
        "": ("document", "documents", "documents"),
        "pdf": ("PDF document", "PDF documents", "PDF documents"),
        "word": ("Word document", "Word documents", "Word documents"),
        "spreadsheet": ("spreadsheet", "spreadsheets", "spreadsheets"),
        "presentation": ("presentation", "presentations", "presentations"),
        "mail": ("e-mail", "e-mails", "e-mails"),
        "image": ("image", "images", "images"),
    },
    "de": {
        "": ("Dokument", "Dokumente", "Dokumenten"),
        "pdf": ("PDF-Dokument", "PDF-Dokumente", "PDF-Dokumenten"),
        "word": ("Word-Dokument", "Word-Dokumente", "Word-Dokumenten"),
        "spreadsheet": ("Tabellendokument", "Tabellendokumente", "Tabellendokumenten"),
        "presentation": ("Präsentation", "Präsentationen", "Präsentationen"),
        "mail": ("E-Mail", "E-Mails", "E-Mails"),
        "image": ("Bild", "Bilder", "Bildern"),
    },
}


@dataclass(frozen=True, slots=True)
class Cataloguing:
    """One such answer. Nothing has been said when `answer` returns False: the question means something else."""

    bench: Workbench
    asked: Whole
    said: Answer
    emit: Emit
    links: LinkFilter

    async def answer(self) -> bool:
        arguments = await self._arguments()
        if arguments is None:
            return False
        if self.asked.words:
            found = await self._with(catalogue.FIND, FindArguments, catalogue.mentions, arguments)
            return found is not None and await self._tell_mentions(found)
        if self.asked.act in ("count", "summarise"):
            count = await self._with(catalogue.COUNT, CountArguments, catalogue.counted, arguments)
            return count is not None and self._tell_count(count)
        listed = await self._with(catalogue.LIST, ListArguments, catalogue.listed, arguments)
        return listed is not None and await self._tell_list(*listed)

    async def _arguments(self) -> dict[str, Any] | None:
        """None where the question names a place that is none, as far as its asker may know."""
        wanted = {"kind": self.asked.kind, "words": self.asked.words}
        if place := self.asked.place:
            scope = self.bench.request
            async with self.bench.db.read() as session:
                principal = await self.bench.renewed(session)
                shelves = await queries.readable_shelves(
                    session, principal, self.bench.bounds, scope.department_id, scope.attached
                )
                departments = await queries.department_names(session, list(shelves))
            if place.casefold() in {name.casefold() for name in shelves.values()}:
                wanted["knowledge_base"] = place
            elif place.casefold() in {name.casefold() for name in departments.values()}:
                wanted["department"] = place
            else:
                return None
        return {name: value for name, value in wanted.items() if value}

    async def _with(
        self,
        name: str,
        shape: type[CatalogueArguments],
        look: Callable[[Workbench, Any], Awaitable[T]],
        arguments: Mapping[str, Any],
    ) -> T | None:
        """What the tool of that name finds, told as a step like any other; None where it is not to be used."""
        tool = self.bench.tools.get(name)
        if tool is None:
            return None
        found: list[T] = []

        async def use(bench: Workbench, given: Mapping[str, Any]) -> Outcome:
            found.append(await look(bench, shape.model_validate(given)))
            return _outcome(found[0])

        self.bench.tools = {name: replace(tool, use=use)}
        await self.bench.use(ToolCall("1", name, json.dumps(arguments)))
        return found[0] if found else None

    def _tell_count(self, count: Counted) -> bool:
        if self.asked.act == "summarise":
            self._say(self._word("summary"))
        self._say(self._sentence(count.documents))
        self._say_unread(count)
        return True

    async def _tell_list(self, count: Counted, listed: Sequence[ListedDocument]) -> bool:
        self._say(self._sentence(count.documents))
        shown = listed[: catalogue.LISTED]
        async with self.bench.db.read() as session:
            principal = await self.bench.renewed(session)
            chunks = await queries.first_chunks(session, [one.id for one in shown])
            passages = await knowledge.readable_passages(session, principal, list(chunks.values()))
        cited = 0
        for one in shown:
            if passage := passages.get(chunks.get(one.id, UUID(int=0))):
                cited += 1
                self._say_document(one, passage, _beginning(passage))
        # Those without a text cannot be opened at any place, and are counted below.
        if left := count.with_text - cited:
            self._say(self._word("more", count=left))
        self._say_unread(count)
        return True

    async def _tell_mentions(self, found: Mentions) -> bool:
        noun = self._noun(found.looked, 2 if self.asked.language == "de" else 1)
        about = {"words": plain_name(self.asked.words), "found": len(found.found), "looked": found.looked, "noun": noun}
        self._say(self._word("mentions", **about, place=self._place()))
        shown = found.found[: catalogue.LISTED]
        for each in shown:
            if each.passage is not None:
                often = self._word("times", count=each.times) if each.times > 1 else ""
                self._say_document(each.document, each.passage, _around(each.passage, each.start, each.end), often)
        if left := len(found.found) - len([each for each in shown if each.passage]):
            self._say(self._word("more", count=left))
        if late := found.counted.with_text - found.looked:
            self._say(self._word("late", count=late))
        self._say_unread(found.counted)
        return True

    def _say_document(self, one: ListedDocument, passage: Passage, span: tuple[int, int], beside: str = "") -> None:
        number = len(self.said.citations) + 1
        search = self.bench.shelf.search
        cite(self.said, number, Shown(passage, 0.01, search), Quotation(0, *span, 0.0), self.emit)
        name = f"**{plain_name(one.title or one.name)}**"
        parts = [
            name,
            *([plain_name(one.name)] if one.title and one.title != one.name else []),
            plain_name(one.knowledge_base),
        ]
        self._say(f"- {' · '.join([*parts, *filter(None, [beside])])} [{number}]")

    def _say_unread(self, count: Counted) -> None:
        if count.without_text:
            self._say(self._word("unread", count=count.without_text))

    def _sentence(self, count: int) -> str:
        if not count:
            return self._word("none", place=self._place())
        return self._word("count", count=count, noun=self._noun(count), place=self._place())

    def _noun(self, count: int, many: int = 1) -> str:
        return _NOUNS[self.asked.language][self.asked.kind][0 if count == 1 and many == 1 else many]

    def _place(self) -> str:
        return self._word("place", place=plain_name(self.asked.place)) if self.asked.place else ""

    def _word(self, key: str, **values: Any) -> str:
        return _WORDS[self.asked.language][key].format(**values)

    def _say(self, paragraph: str) -> None:
        """A paragraph of its own: what cites a document that is closed later is taken back alone."""
        blank = "\n\n" if self.said.text else ""
        say(self.said, self.links.feed(f"{blank}{paragraph}") + self.links.close(), self.emit)


def _outcome(found: Any) -> Outcome:
    match found:
        case Counted():
            return Outcome("", found.documents, covered=(found.documents, found.documents))
        case Mentions():
            named = [(each.document.id, each.document.title or each.document.name) for each in found.found]
            covered = found.looked, found.counted.documents
            return Outcome("", len(found.found), named[: catalogue.LISTED], covered)
        case (Counted() as count, documents):
            named = [(one.id, one.title or one.name) for one in documents[: catalogue.LISTED]]
            return Outcome("", count.documents, named, (count.documents, count.documents))
        case _:
            return Outcome("")


def _beginning(passage: Passage) -> tuple[int, int]:
    """The first line of a passage's text."""
    text = passage.chunk.text
    first = len(text) - len(text.lstrip())
    end = text.find("\n", first)
    return first, min(len(text) if end < 0 else end, first + _LONGEST_QUOTE)


def _around(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """The line of a passage in which `[start, end)` of its version's text stands, as much of it as is quoted."""
    text, offset = passage.chunk.text, passage.chunk.start
    first, last = max(0, start - offset), min(len(text), end - offset)
    line = text.rfind("\n", 0, first) + 1
    behind = text.find("\n", last)
    return max(line, first - _AROUND), min(len(text) if behind < 0 else behind, last + _AROUND)

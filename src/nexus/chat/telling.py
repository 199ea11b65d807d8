"""What is said on its way to the reader, and what is kept of it: words, citations, steps."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from nexus.agents.loop import Spent, added
from nexus.agents.passages import Shelf, Shown, WebShown, page_of
from nexus.chat.addresses import addresses_of
from nexus.chat.checking import BESIDE, Embed, Finding, LiveCheck, support_score
from nexus.chat.citing import Cited, MarkerFilter
from nexus.chat.events import Kind
from nexus.chat.linking import LinkFilter
from nexus.chat.models import NANO, Citation, RunEvent, WebCitation
from nexus.chat.prompts import VERSION as RULES_VERSION
from nexus.chat.spending import Aside
from nexus.chat.steps import fold_step
from nexus.chat.web_citing import cite_web, web_rows
from nexus.core.clock import now
from nexus.llms.choosing import Chosen
from nexus.providers.llm.base import LlmUsage
from nexus.retrieval.extractive import Quotation
from nexus.retrieval.reading import Source
from nexus.retrieval.searches import SearchResult

Emit = Callable[[Kind, dict[str, Any]], None]


_PAUSE: Final = "\n\n"
"""Between what the model said before it used a tool and what it says after."""


@dataclass
class Answer:
    """What has been said so far; whoever ends the run keeps it, however it ends."""

    text: str = ""
    kind: Literal["extractive", "generated"] = "extractive"
    model: str = ""
    citations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    web_citations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Of pages of the public web, with numbers of the same row."""
    read_documents: list[str] | None = field(default_factory=list[str])
    """All that the model was told of, cited or not; None where it also knows what no document's readers can be asked
    for: what a foreign server said to the asker, or counted for them."""
    findings: list[dict[str, Any]] | None = None
    """Of each sentence, whether it stands in what it cites; None where that was not looked at."""
    support: float | None = None
    usage: LlmUsage = field(default_factory=lambda: LlmUsage(0, 0))
    spent: list[Spent] = field(default_factory=list[Spent])
    """Who answered each of the model's turns, and for how many tokens; nothing while it is quotations."""
    chosen: Chosen | None = None
    """By which route, which knows the prices."""
    first_token_at: datetime | None = None
    steps: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What its tools did, in order (`steps.fold_step`)."""
    rests_on: list[str] = field(default_factory=list[str])
    """Ids of documents whose words it takes up without citing them."""
    asides: list[Aside] = field(default_factory=list[Aside])
    """What was asked beside it, for what that costs."""
    left_out: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Attached files that it has nothing of (`files.left_out`)."""


@dataclass
class Telling:
    """What the model says on its way to the reader: its markers are checked, its citations and steps are kept."""

    answer: Answer
    emit: Emit
    shelf: Shelf
    links: LinkFilter
    markers: MarkerFilter = field(default_factory=lambda: MarkerFilter(0))
    spent: list[Spent] = field(default_factory=list[Spent])
    needs_sources: bool = False
    """Nothing is said before something was shown: where the documents have no answer, a model has none of its own."""
    heard: Callable[[str, Mapping[int, Source]], None] = lambda _text, _sources: None

    sources: dict[int, Source] = field(default_factory=dict[int, Source])
    """What stands behind its sentences, by the numbers in the text."""

    @property
    def cited(self) -> dict[int, int]:
        return self.markers.cited

    @property
    def is_mute(self) -> bool:
        return self.needs_sources and not (self.shelf.entries or self.shelf.grounded)

    def hear(self, delta: str) -> None:
        if self.is_mute:
            return
        self._look()
        self._show(*self.markers.feed(delta))
        self.heard(self.answer.text.lstrip(), self.sources)

    def close(self) -> None:
        self._look()
        self._show(*self.markers.close())
        if rest := self.links.close():
            say(self.answer, rest, self.emit)

    def _look(self) -> None:
        for entry in self.shelf.entries[self.markers.passages :]:
            # Of a page of the web its own address alone: what it says may lead anywhere.
            self.links.allowed.add([entry.url] if isinstance(entry, WebShown) else addresses_of(_told(entry)))
        self.markers.passages = len(self.shelf.entries)

    def tell_removed(self) -> None:
        if self.links.removed:
            self.emit("link.blocked", self.links.told)

    def pause(self) -> None:
        self.close()
        if self.answer.text and not self.answer.text.endswith(_PAUSE):
            say(self.answer, _PAUSE, self.emit)

    def step(self, kind: Kind, data: dict[str, Any]) -> None:
        behind = [str(each) for each in self.shelf.documents] if kind == "tool.called" else ()
        fold_step(self.answer.steps, kind, data, behind)
        if self.shelf.told:
            self.sources[BESIDE] = Source("\n".join(self.shelf.told))
        self.emit(kind, data)

    def know(self, sentence: str) -> None:
        """Something that we know ourselves, and say or have a model say."""
        self.shelf.told.append(sentence)
        self.sources[BESIDE] = Source("\n".join(self.shelf.told))

    def _show(self, text: str, new_ones: Sequence[Cited]) -> None:
        for new in new_ones:
            shown = self.shelf.entries[new.passage]
            if isinstance(shown, WebShown):
                cited = cite_web(new.number, shown, self.shelf.search)
                self.answer.web_citations.append(cited)
                self.emit("web.cited", cited)
                self.sources[new.number] = Source(shown.text, shown.title)
                continue
            cite(self.answer, new.number, shown, shown.best_quotation(), self.emit)
            self.sources[new.number] = _source(shown)
        if harmless := self.links.feed(text):
            say(self.answer, harmless, self.emit)


@asynccontextmanager
async def checked(telling: Telling, embed: Embed, asked: str) -> AsyncGenerator[None]:
    """What the model says meanwhile is laid beside what it cites; what it cost and rests on is kept however it ends.

    `asked`: what the asker has said, which an answer may take up without resting on a document.
    """
    answer = telling.answer

    def tell(findings: Sequence[Finding], support: float | None = None) -> None:
        answer.findings, answer.support = [asdict(each) for each in findings], support
        telling.emit("answer.checked", {"support": support, "findings": answer.findings})

    async with LiveCheck(embed, tell) as check:
        telling.heard = check.heard
        try:
            yield
        finally:
            telling.close()
            telling.tell_removed()
            answer.spent, answer.usage = telling.spent, added(telling.spent)
            answer.rests_on = [str(each) for each in telling.shelf.repeated(answer.text, asked, telling.cited)]
        # Offsets are those of the text as it will be stored: without blanks around it.
        findings = await check.finish(answer.text.strip(), telling.sources)
    tell(findings, support_score(findings))


def read_documents(shelf: Shelf, steps: Sequence[Mapping[str, Any]]) -> list[str] | None:
    if shelf.told or any(step["source"] for step in steps):
        return None
    return [str(each) for each in shelf.documents]


def _told(shown: Shown) -> tuple[str | None, str]:
    return shown.passage.document.source_url, shown.text


def quote_all(found: Sequence[Shown], result: SearchResult, answer: Answer, emit: Emit, links: LinkFilter) -> None:
    """Each quotation in a paragraph of its own, with its marker."""
    for number, quotation in enumerate(result.quote(found), 1):
        shown = found[quotation.passage]
        links.allowed.add(addresses_of(_told(shown)))
        cite(answer, number, shown, quotation, emit)
    for citation in answer.citations:
        line = " ".join(citation["quote"].split())
        blank = "\n\n" if answer.text else ""
        say(answer, links.feed(f"{blank}> {line} [{citation['number']}]") + links.close(), emit)
    if links.removed:
        emit("link.blocked", links.told)


def say(answer: Answer, text: str, emit: Emit) -> None:
    answer.first_token_at = answer.first_token_at or now()
    emit("text.delta", {"text": text})
    answer.text += text


def plain_name(text: str) -> str:
    """A name that can be no marker and no markup."""
    return " ".join(text.translate(str.maketrans("[]*`<>", "()    ")).split())


def cite(answer: Answer, number: int, shown: Shown, quotation: Quotation | None, emit: Emit) -> None:
    """The quotation's exact span in the version's text, or the whole chunk's."""
    start, end = shown.span(quotation)
    chunk = shown.excerpt.passage_at(start).chunk
    version, document = shown.passage.version, shown.passage.document
    page, label = page_of(version.pages, start, chunk.page)
    label = shown.cells.label[:200] if shown.cells else label
    data: dict[str, Any] = {
        "number": number,
        "available": True,
        "document_id": str(document.id),
        "document_name": document.name,
        "document_title": document.title,
        "knowledge_base_id": str(shown.passage.knowledge_base.id),
        "knowledge_base_name": shown.passage.knowledge_base.name,
        "version_id": str(version.id),
        "chunk_id": str(chunk.id),
        "page": page,
        "page_label": label,
        "start": start,
        "end": end,
        "quote": shown.excerpt.text[start - shown.excerpt.start : end - shown.excerpt.start],
        "score": round(shown.score, 4),
        "modified_at": document.modified_at.isoformat(),
        "source_url": document.source_url,
        "addresses": addresses_of(_told(shown)),
        "superseded": False,
        "version_number": version.number,
        "read_at": version.created_at.isoformat(),
        "version_removed": False,
    }
    answer.citations.append(data)
    emit("citation.added", data)


def citation_rows(
    message_id: UUID, documents: Iterable[dict[str, Any]], pages: Iterable[dict[str, Any]]
) -> list[Citation | WebCitation]:
    """The rows of citations that were emitted."""
    return [*(_citation_row(message_id, each) for each in documents), *web_rows(message_id, pages)]


def rows_told(message_id: UUID, events: Sequence[RunEvent]) -> list[Citation | WebCitation]:
    """As `citation_rows`, of a run's events."""
    cited, pages = ([event.data for event in events if event.kind == kind] for kind in ("citation.added", "web.cited"))
    return citation_rows(message_id, cited, pages)


def _citation_row(message_id: UUID, data: dict[str, Any]) -> Citation:
    return Citation(
        message_id=message_id,
        number=data["number"],
        document_id=UUID(data["document_id"]),
        version_id=UUID(data["version_id"]),
        chunk_id=UUID(data["chunk_id"]),
        page=data["page"],
        page_label=data["page_label"],
        start=data["start"],
        end=data["end"],
        quote=data["quote"],
        score=data["score"],
    )


def _source(shown: Shown) -> Source:
    document = shown.passage.document
    modified = document.modified_at.date().isoformat()
    return Source(shown.text, "\n".join(filter(None, (document.title, document.name, shown.context, modified))))


async def who_answered(answer: Answer) -> dict[str, Any]:
    """For the run's row; the cost is frozen with it."""
    if not answer.spent or answer.chosen is None:
        return {}
    served = answer.spent[-1].served
    prices = [await answer.chosen.price(each.served, each.usage) for each in answer.spent]
    known = [price for price in prices if price is not None]
    is_known = len(known) == len(prices)
    return {
        "prompt_version": answer.chosen.prompt_version,
        "instructions_version": answer.chosen.instructions_version,
        "rules_version": RULES_VERSION,
        "provider": served.provider,
        "region": served.region,
        "cached_tokens": answer.usage.cached_tokens,
        "cost_nanousd": int(sum(price.usd for price in known) * NANO) if is_known else None,
        "price_source": known[-1].source if is_known else "",
    }

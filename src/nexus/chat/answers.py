"""From a question to an answer with citations: quotations without a language model, sentences with one."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from nexus.access.principal import Principal
from nexus.agents import approvals
from nexus.agents.loop import Brief, Loop, Spent, added
from nexus.agents.passages import Shelf, Shown, page_of
from nexus.agents.profiles import Engaged
from nexus.agents.toolbox import Toolbox
from nexus.agents.tools import Tool
from nexus.agents.workbench import Workbench
from nexus.chat.addresses import Allowed, addresses_of
from nexus.chat.asides import stand_alone
from nexus.chat.checking import BESIDE, Finding, LiveCheck, support_score
from nexus.chat.citing import Cited, MarkerFilter
from nexus.chat.events import Kind
from nexus.chat.files import Files, Opened, beginnings, left_out, wait_until_read
from nexus.chat.linking import LinkFilter
from nexus.chat.models import Citation
from nexus.chat.prompts import SYSTEM, SYSTEM_WITH_TOOLS, nothing_found, render_question, with_instructions, with_wishes
from nexus.chat.spending import Aside
from nexus.chat.steps import fold_step
from nexus.core.clock import now
from nexus.core.text.languages import detect_language
from nexus.llms.choosing import Chosen, Models
from nexus.llms.schemas import Purpose
from nexus.providers.llm.base import ChatTurn, LlmUsage
from nexus.retrieval.extractive import Quotation
from nexus.retrieval.reading import Source
from nexus.retrieval.service import GIVEN, Retriever, SearchRequest, SearchResult

Emit = Callable[[Kind, dict[str, Any]], None]


@dataclass
class Answer:
    """What has been said so far; whoever ends the run keeps it, however it ends."""

    text: str = ""
    kind: Literal["extractive", "generated"] = "extractive"
    model: str = ""
    citations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
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


_PAUSE: Final = "\n\n"
"""Between what the model said before it used a tool and what it says after."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Where no language model is there to be chosen, answers are quotations; without a `toolbox` it has no tools."""

    retriever: Retriever
    models: Models
    toolbox: Toolbox | None = None
    origin: str = ""
    """Our own scheme, host and port: an answer may lead to our pages."""
    passage_tokens: int = 6000
    """How many the passages that a model is given before it answers may take."""
    tried_prompt: str | None = None
    """In the place of the tenant's own."""
    agent: Engaged | None = None
    """Which answers in the place of a mode; where it looks stands in the request."""

    async def answer(
        self,
        run_id: UUID,
        principal: Principal,
        request: SearchRequest,
        history: Sequence[ChatTurn],
        answer: Answer,
        emit: Emit,
        files: Files | None = None,
    ) -> None:
        """Searches, then speaks through `emit` and fills `answer`. Raises LlmError and what a search raises.

        With `files` it waits until they have been read, and `principal` is within their conversation.
        """
        opened = await self._open(run_id, principal, files, answer, emit)
        agent_id = self.agent.id if self.agent else None
        chosen = await self.models.choose(principal.tenant_id, Purpose.KNOWLEDGE, agent_id)
        if chosen is not None and self.tried_prompt is not None:
            chosen = replace(chosen, prompt=self.tried_prompt)
        anew = await self._anew(principal, request, answer) if chosen and request.earlier else None
        wanted = replace(request, query=anew, earlier=(request.query,)) if anew else request
        wanted = replace(wanted, hinted=True)
        if chosen:
            wanted = replace(wanted, limit=GIVEN, tokens=self.passage_tokens)
        result, tools = await asyncio.gather(
            self.retriever.search(principal, wanted), self._tools(principal, with_model=chosen is not None)
        )
        fits = bool(result.hits) and result.confident
        shelf = opened.shelf_with(result, fits=fits) if chosen and opened else Shelf.of(result)
        answer.read_documents = sorted({str(hit.passage.document.id) for hit in result.hits})
        emit("retrieval.finished", _summarise(result, anew, shelf if chosen else None))
        links = LinkFilter(Allowed((), self.origin))
        if not fits and (opened is None or not opened.answers(with_model=chosen is not None)):
            _say(answer, nothing_found(detect_language(request.query, "en")), emit)
        elif chosen is None:
            _quote(shelf.shown if fits or opened is None else opened.shown(result), result, answer, emit, links)
        else:
            telling = Telling(answer, emit, shelf, links)

            async def approve(step: int, tool: Tool, arguments: Mapping[str, Any]) -> bool:
                return await approvals.ask(self.retriever.db, telling.step, run_id, step, tool, arguments)

            # What a model searches for stands alone.
            alone = replace(request, earlier=())
            bench = Workbench(
                self.retriever.db, self.retriever, principal, alone, tools, telling.shelf, telling.step, approve
            )
            await self._generate(chosen, bench, history, telling)

    async def _anew(self, principal: Principal, request: SearchRequest, answer: Answer) -> str | None:
        """The question with what it leaves to those before it."""
        chosen = await self.models.choose(principal.tenant_id, Purpose.ASIDES)
        if chosen is None:
            return None
        spent: list[Spent] = []
        answer.asides.append(Aside(chosen, spent))
        return await stand_alone(chosen.model, request.query, request.earlier, spent)

    async def _open(
        self, run_id: UUID, principal: Principal, files: Files | None, answer: Answer, emit: Emit
    ) -> Opened | None:
        """The conversation's files, as far as they can be read by now."""
        if files is None:
            return None
        documents = await wait_until_read(self.retriever.db, principal, run_id, files, emit)
        answer.left_out = left_out(documents, files)
        return Opened(files, documents, await beginnings(self.retriever.db, principal, documents, files))

    async def _tools(self, principal: Principal, *, with_model: bool) -> Mapping[str, Tool]:
        if not with_model or self.toolbox is None:
            return {}
        tools = await self.toolbox.tools_for(principal)
        if self.agent is None or self.agent.tools is None:
            return tools
        return {name: tool for name, tool in tools.items() if name in self.agent.tools}

    async def _generate(
        self, chosen: Chosen, bench: Workbench, history: Sequence[ChatTurn], telling: "Telling"
    ) -> None:
        answer, shelf, question = telling.answer, telling.shelf, bench.request.query
        answer.kind, answer.model, answer.chosen = "generated", chosen.model.name, chosen

        def render() -> str:
            return render_question(question, [each.numbered() for each in shelf.shown], shelf.notes)

        def tell(findings: Sequence[Finding], support: float | None = None) -> None:
            answer.findings, answer.support = [asdict(each) for each in findings], support
            telling.emit("answer.checked", {"support": support, "findings": answer.findings})

        brief = Brief(
            with_instructions(with_wishes(SYSTEM, chosen.prompt), chosen.instructions),
            with_instructions(with_wishes(SYSTEM_WITH_TOOLS, chosen.prompt), chosen.instructions),
            history,
            render,
            chosen.max_tokens,
            chosen.temperature,
        )
        loop = self.toolbox.loop if self.toolbox else Loop()
        async with LiveCheck(self.retriever.embed_texts, tell) as check:
            telling.heard = check.heard
            try:
                await loop.run(chosen.model, brief, bench, telling)
            finally:
                telling.close()
                telling.tell_removed()
                answer.spent, answer.usage = telling.spent, added(telling.spent)
                if telling.spent:
                    served = telling.spent[-1].served
                    answer.model = f"{served.provider}/{served.model}"
                asked = "\n".join([question, *(turn.text for turn in history)])
                answer.read_documents = _read_documents(shelf, answer.steps)
                answer.rests_on = [str(each) for each in shelf.repeated(answer.text, asked, telling.cited)]
            # Offsets are those of the text as it will be stored: without blanks around it.
            findings = await check.finish(answer.text.strip(), telling.sources)
        tell(findings, support_score(findings))


@dataclass
class Telling:
    """What the model says on its way to the reader: its markers are checked, its citations and steps are kept."""

    answer: Answer
    emit: Emit
    shelf: Shelf
    links: LinkFilter
    markers: MarkerFilter = field(default_factory=lambda: MarkerFilter(0))
    spent: list[Spent] = field(default_factory=list[Spent])
    heard: Callable[[str, Mapping[int, Source]], None] = lambda _text, _sources: None

    sources: dict[int, Source] = field(default_factory=dict[int, Source])
    """What stands behind its sentences, by the numbers in the text."""

    @property
    def cited(self) -> dict[int, int]:
        return self.markers.cited

    def hear(self, delta: str) -> None:
        self._look()
        self._show(*self.markers.feed(delta))
        self.heard(self.answer.text.lstrip(), self.sources)

    def close(self) -> None:
        self._look()
        self._show(*self.markers.close())
        if rest := self.links.close():
            _say(self.answer, rest, self.emit)

    def _look(self) -> None:
        for shown in self.shelf.shown[self.markers.passages :]:
            self.links.allowed.add(addresses_of(_told(shown)))
        self.markers.passages = len(self.shelf.shown)

    def tell_removed(self) -> None:
        if self.links.removed:
            self.emit("link.blocked", self.links.told)

    def pause(self) -> None:
        self.close()
        if self.answer.text and not self.answer.text.endswith(_PAUSE):
            _say(self.answer, _PAUSE, self.emit)

    def step(self, kind: Kind, data: dict[str, Any]) -> None:
        fold_step(self.answer.steps, kind, data, [str(each) for each in self.shelf.documents])
        if self.shelf.told:
            self.sources[BESIDE] = Source("\n".join(self.shelf.told))
        self.emit(kind, data)

    def _show(self, text: str, cited: Sequence[Cited]) -> None:
        for new in cited:
            shown = self.shelf.shown[new.passage]
            _cite(self.answer, new.number, shown, shown.best_quotation(), self.emit)
            self.sources[new.number] = _source(shown)
        if harmless := self.links.feed(text):
            _say(self.answer, harmless, self.emit)


def _read_documents(shelf: Shelf, steps: Sequence[Mapping[str, Any]]) -> list[str] | None:
    if shelf.told or any(step["source"] for step in steps):
        return None
    return [str(each) for each in shelf.documents]


def _told(shown: Shown) -> tuple[str | None, str]:
    return shown.passage.document.source_url, shown.text


def _quote(found: Sequence[Shown], result: SearchResult, answer: Answer, emit: Emit, links: LinkFilter) -> None:
    """Each quotation in a paragraph of its own, with its marker."""
    for number, quotation in enumerate(result.quote(found), 1):
        shown = found[quotation.passage]
        links.allowed.add(addresses_of(_told(shown)))
        _cite(answer, number, shown, quotation, emit)
    for citation in answer.citations:
        line = " ".join(citation["quote"].split())
        blank = "\n\n" if answer.text else ""
        _say(answer, links.feed(f"{blank}> {line} [{citation['number']}]") + links.close(), emit)
    if links.removed:
        emit("link.blocked", links.told)


def _say(answer: Answer, text: str, emit: Emit) -> None:
    answer.first_token_at = answer.first_token_at or now()
    emit("text.delta", {"text": text})
    answer.text += text


def _cite(answer: Answer, number: int, shown: Shown, quotation: Quotation | None, emit: Emit) -> None:
    """The quotation's exact span in the version's text, or the whole chunk's."""
    start, end = shown.span(quotation)
    chunk = shown.excerpt.passage_at(start).chunk
    version, document = shown.passage.version, shown.passage.document
    page, label = page_of(version.pages, start, chunk.page)
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
        "quote": shown.text[start - shown.excerpt.start : end - shown.excerpt.start],
        "score": round(shown.score, 4),
        "modified_at": document.modified_at.isoformat(),
        "source_url": document.source_url,
        "addresses": addresses_of(_told(shown)),
        "superseded": False,
    }
    answer.citations.append(data)
    emit("citation.added", data)


def citation_row(message_id: UUID, data: dict[str, Any]) -> Citation:
    """The row of a citation that was emitted."""
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


def _summarise(result: SearchResult, anew: str | None, shelf: Shelf | None) -> dict[str, Any]:
    """`shelf`: what a model is shown, where there is one."""
    found: dict[str, Any] = {
        "knowledge_bases": result.knowledge_bases,
        "searched": result.searched,
        "passages": len(result.hits),
        "confident": result.confident,
        "kind": "generated" if shelf else "extractive",
    }
    if anew:
        found["rewritten"] = anew
    if result.hints:
        found["hints"] = list(result.hints)
    if shelf:
        # What a model has been shown may be behind its words, cited or not.
        found["documents"] = [str(each) for each in shelf.documents]
    return found

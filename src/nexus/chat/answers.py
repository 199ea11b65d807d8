"""From a question to an answer with citations: quotations without a language model, sentences with one."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from nexus.access.principal import Principal
from nexus.chat.checking import Finding, LiveCheck, support_score
from nexus.chat.citing import Cited, MarkerFilter
from nexus.chat.events import Kind
from nexus.chat.models import Citation
from nexus.chat.prompts import SYSTEM, NumberedPassage, nothing_found, render_question
from nexus.core.clock import now
from nexus.core.text.languages import detect_language
from nexus.llms.choosing import Chosen, Models
from nexus.llms.schemas import Purpose
from nexus.providers.llm.base import ChatTurn, LlmRequest, LlmUsage, Served
from nexus.retrieval.extractive import Quotation
from nexus.retrieval.service import Hit, Retriever, SearchRequest, SearchResult
from nexus.retrieval.support import Source

Emit = Callable[[Kind, dict[str, Any]], None]


@dataclass
class Answer:
    """What has been said so far; whoever ends the run keeps it, however it ends."""

    text: str = ""
    kind: Literal["extractive", "generated"] = "extractive"
    model: str = ""
    citations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    read_documents: list[str] = field(default_factory=list[str])
    """Those whose passages the answer was made from, cited or not."""
    findings: list[dict[str, Any]] | None = None
    """Of each sentence, whether it stands in what it cites; None where that was not looked at."""
    support: float | None = None
    usage: LlmUsage = field(default_factory=lambda: LlmUsage(0, 0))
    served: Served | None = None
    """Who answered; None while it is quotations."""
    chosen: Chosen | None = None
    """By which route, which knows the prices."""
    first_token_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answerer:
    """Where no language model is there to be chosen, answers are quotations."""

    retriever: Retriever
    models: Models

    async def answer(
        self, principal: Principal, request: SearchRequest, history: Sequence[ChatTurn], answer: Answer, emit: Emit
    ) -> None:
        """Searches, then speaks through `emit` and fills `answer`. Raises LlmError and what a search raises."""
        chosen = await self.models.choose(principal.tenant_id, Purpose.KNOWLEDGE)
        result = await self.retriever.search(principal, request)
        answer.read_documents = sorted({str(hit.passage.document.id) for hit in result.hits})
        emit("retrieval.finished", _summarise(result, with_model=chosen is not None))
        if not result.hits or not result.confident:
            _say(answer, nothing_found(detect_language(request.query, "en")), emit)
        elif chosen is None:
            _quote(result, answer, emit)
        else:
            await self._generate(chosen, result, history, answer, emit)

    async def _generate(
        self,
        chosen: Chosen,
        result: SearchResult,
        history: Sequence[ChatTurn],
        answer: Answer,
        emit: Emit,
    ) -> None:
        answer.kind, answer.model, answer.chosen = "generated", chosen.model.name, chosen
        markers = MarkerFilter(len(result.hits))
        sources: dict[int, Source] = {}
        turns = [
            *history,
            ChatTurn("user", render_question(result.question.text, [_numbered(hit) for hit in result.hits])),
        ]
        request = LlmRequest(SYSTEM, turns, chosen.max_tokens, chosen.temperature)

        def show(text: str, cited: Sequence[Cited]) -> None:
            for new in cited:
                hit = result.hits[new.passage]
                best = result.quote([hit])
                _cite(answer, new.number, hit, best[0] if best else None, emit)
                sources[new.number] = _source(hit)
            if text:
                _say(answer, text, emit)

        def tell(findings: Sequence[Finding], support: float | None = None) -> None:
            answer.findings, answer.support = [asdict(each) for each in findings], support
            emit("answer.checked", {"support": support, "findings": answer.findings})

        # Offsets are those of the text as it will be stored: without blanks around it.
        async with LiveCheck(self.retriever.embed_texts, tell) as check:
            async with chosen.model.stream(request) as stream:
                try:
                    async for delta in stream:
                        show(*markers.feed(delta))
                        check.heard(answer.text.lstrip(), sources)
                finally:
                    show(*markers.close())
                    answer.usage, answer.served = stream.usage, stream.served
                    answer.model = f"{stream.served.provider}/{stream.served.model}"
            findings = await check.finish(answer.text.strip(), sources)
        tell(findings, support_score(findings))


def _quote(result: SearchResult, answer: Answer, emit: Emit) -> None:
    """Each quotation in a paragraph of its own, with its marker."""
    quotations = result.quote(result.hits)
    for number, quotation in enumerate(quotations, 1):
        _cite(answer, number, result.hits[quotation.passage], quotation, emit)
    for citation in answer.citations:
        line = " ".join(citation["quote"].split())
        blank = "\n\n" if answer.text else ""
        _say(answer, f"{blank}> {line} [{citation['number']}]", emit)


def _say(answer: Answer, text: str, emit: Emit) -> None:
    answer.first_token_at = answer.first_token_at or now()
    emit("text.delta", {"text": text})
    answer.text += text


def _cite(answer: Answer, number: int, hit: Hit, quotation: Quotation | None, emit: Emit) -> None:
    """The quotation's exact span in the version's text, or the whole chunk's."""
    chunk = hit.passage.chunk
    start = chunk.start + (quotation.start if quotation else 0)
    end = chunk.start + (quotation.end if quotation else len(chunk.text))
    version, document = hit.passage.version, hit.passage.document
    page, label = _page(version.pages, start, chunk.page)
    data: dict[str, Any] = {
        "number": number,
        "available": True,
        "document_id": str(document.id),
        "document_name": document.name,
        "document_title": document.title,
        "knowledge_base_id": str(hit.passage.knowledge_base.id),
        "knowledge_base_name": hit.passage.knowledge_base.name,
        "version_id": str(version.id),
        "chunk_id": str(chunk.id),
        "page": page,
        "page_label": label,
        "start": start,
        "end": end,
        "quote": chunk.text[start - chunk.start : end - chunk.start],
        "score": round(hit.score, 4),
        "modified_at": document.modified_at.isoformat(),
        "source_url": document.source_url,
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


def _page(pages: Sequence[Any], start: int, otherwise: int) -> tuple[int, str]:
    """Number and label of the page that holds the character `start`."""
    for number, first, end, label in pages:
        if first <= start < end:
            return number, label
    return otherwise, ""


def _numbered(hit: Hit) -> NumberedPassage:
    chunk, document = hit.passage.chunk, hit.passage.document
    _, label = _page(hit.passage.version.pages, chunk.start, chunk.page)
    place = label or f"page {chunk.page}"
    text = f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text
    return NumberedPassage(document.title or document.name, place, document.modified_at.date().isoformat(), text)


def _source(hit: Hit) -> Source:
    chunk, document = hit.passage.chunk, hit.passage.document
    modified = document.modified_at.date().isoformat()
    return Source(chunk.text, "\n".join(filter(None, (document.title, document.name, chunk.context, modified))))


def _summarise(result: SearchResult, *, with_model: bool) -> dict[str, Any]:
    return {
        "knowledge_bases": result.knowledge_bases,
        "searched": result.searched,
        "passages": len(result.hits),
        "confident": result.confident,
        "kind": "generated" if with_model else "extractive",
    }

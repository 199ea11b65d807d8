"""Conversations and answers as files that people carry away, with their sources as far as they may read them now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel

from nexus.chat.addresses import Allowed, addresses_of
from nexus.chat.linking import strip_links
from nexus.chat.schemas import CitationOut, ConversationOut, MessageOut
from nexus.chat.web_schemas import WebCitationOut
from nexus.core.clock import now
from nexus.providers.documents.base import Report, Section, Source

ExportFormat = Literal["markdown", "json", "docx", "pdf"]
Language = Literal["en", "de"]

MEDIA_TYPES: Final[dict[str, tuple[str, str]]] = {
    "markdown": ("text/markdown", "md"),
    "json": ("application/json", "json"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "pdf": ("application/pdf", "pdf"),
}
_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "sources": "Sources",
        "web": "From the web",
        "read": "read on {day}",
        "page": "page {page}",
        "attached": "Attached",
        "gone": "no longer available",
        "exported": "Exported from Nexus on {day}",
        "signs": "{count} signs that this file's font does not have are shown as a stand-in; the Word file has them.",
    },
    "de": {
        "sources": "Quellen",
        "web": "Aus dem Web",
        "read": "gelesen am {day}",
        "page": "Seite {page}",
        "attached": "Angehängt",
        "gone": "nicht mehr verfügbar",
        "exported": "Aus Nexus exportiert am {day}",
        "signs": "{count} Zeichen, die der Schrift dieser Datei fehlen, sind ersetzt; die Word-Datei enthält sie.",
    },
}


class Export(BaseModel):
    """A conversation as one carries it away."""

    conversation: ConversationOut
    messages: list[MessageOut]


def newest_branch(messages: Sequence[MessageOut]) -> list[MessageOut]:
    """The messages from the first question down to the newest one of all."""
    by_id = {message.id: message for message in messages}
    branch: list[MessageOut] = []
    message = messages[-1] if messages else None
    while message is not None:
        branch.append(message)
        message = by_id.get(message.parent_id) if message.parent_id else None
    return branch[::-1]


def render_markdown(title: str, messages: Sequence[MessageOut]) -> str:
    """For people: questions as headings, answers with their sources below.

    Whoever opens it has another page than ours: names and quotations are written so that it fetches nothing.
    """
    parts = [f"# {_harmless(title)}"]
    for message in messages:
        if message.role == "user":
            parts.append(f"## {_harmless(message.text)}")
            if message.attachments:
                parts.append(_attached(message, "en"))
        else:
            parts.append(strip_links(message.text, Allowed(_told(message))))
            if sources := [_line(citation) for citation in message.citations]:
                parts.append("\n".join(sources))
            if pages := [_web_line(citation) for citation in message.web_citations]:
                parts.append(f"**{_WORDS['en']['web']}**\n\n" + "\n".join(pages))
    return "\n\n".join(parts) + "\n"


def _attached(question: MessageOut, language: Language) -> str:
    """The files that were attached with it; removed ones have no name any more."""
    words = _WORDS[language]
    names = [_harmless(each.name) if each.name else words["gone"] for each in question.attachments]
    return f"{words['attached']}: {', '.join(names)}"


def _line(citation: CitationOut) -> str:
    if not citation.available:
        return f"- [{citation.number}] no longer available"
    place = citation.page_label or f"page {citation.page}"
    name, quote = citation.document_title or citation.document_name or "", citation.quote or ""
    return f"- [{citation.number}] " + _harmless(f"{name}, {place}: “{quote}”")


def _web_line(citation: WebCitationOut) -> str:
    """With the whole address, which is what there is to look it up by."""
    told = _harmless(f"{citation.title}: “{citation.quote}”")
    return f"- [{citation.number}] {told} {citation.url} ({citation.retrieved_at.date().isoformat()})"


def _harmless(text: str) -> str:
    """In one line, with the addresses that it names, but none that would be fetched."""
    return strip_links(" ".join(text.split()), Allowed(addresses_of([text])))


def _told(message: MessageOut) -> list[str]:
    """Addresses that stand in what the message cites, and of the pages of the web that it does."""
    addresses = [address for citation in message.citations for address in citation.addresses or ()]
    return [*addresses, *(citation.url for citation in message.web_citations)]


def build_report(title: str, messages: Sequence[MessageOut], language: Language, origin: str) -> Report:
    """What a DOCX or PDF says. Links: our own pages, and the addresses of the sources that may still be read."""
    words = _WORDS[language]
    sections: list[Section] = []
    heading = attached = ""
    for message in messages:
        if message.role == "user":
            if heading:
                sections.append(Section(heading, attached))
            heading = " ".join(message.text.split())
            attached = _attached(message, language) if message.attachments else ""
        else:
            sources = tuple(_source(citation, words, origin) for citation in message.citations)
            text = f"{attached}\n\n{message.text}" if attached else message.text
            web = tuple(_web_source(citation, words, language) for citation in message.web_citations)
            sections.append(Section(heading, text, sources, web))
            heading = attached = ""
    if heading:
        sections.append(Section(heading, attached))
    day = _day(now(), language)
    return Report(
        title=" ".join(title.split()),
        subtitle=words["exported"].format(day=day),
        sections=tuple(sections),
        sources_heading=words["sources"],
        web_heading=words["web"],
        missing_signs=words["signs"],
        origin=origin,
        allowed_links=frozenset(
            citation.source_url
            for message in messages
            for citation in message.citations
            if citation.available and citation.source_url
        )
        | {address for message in messages for address in _told(message)},
    )


def _source(citation: CitationOut, words: dict[str, str], origin: str) -> Source:
    if not citation.available:
        return Source(citation.number, words["gone"], "", "")
    place = citation.page_label or words["page"].format(page=citation.page)
    own = f"{origin.rstrip('/')}/knowledge/document/?id={citation.document_id}" if origin else ""
    title = citation.document_title or citation.document_name or ""
    return Source(citation.number, title, place, citation.quote or "", citation.source_url or own)


def _web_source(citation: WebCitationOut, words: dict[str, str], language: Language) -> Source:
    read = words["read"].format(day=_day(citation.retrieved_at, language))
    return Source(citation.number, citation.title, f"{citation.url}, {read}", citation.quote, citation.url)


def _day(moment: datetime, language: Language) -> str:
    return moment.strftime("%d.%m.%Y" if language == "de" else "%d %B %Y")

"""What was found becomes a report: the passages are read again, under the rights of that moment, and cited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from nexus.agents.passages import Shelf, Shown
from nexus.chat.addresses import Allowed
from nexus.chat.linking import LinkFilter
from nexus.chat.prompts import nothing_found, with_wishes
from nexus.chat.telling import Telling, checked
from nexus.core.text.languages import detect_language
from nexus.core.text.plain import plain
from nexus.knowledge import queries as knowledge
from nexus.research.models import ResearchStep
from nexus.research.prompts import (
    MISSING,
    MISSING_HEADING,
    SECTION,
    SUMMARY,
    SUMMARY_HEADING,
    render_section,
)
from nexus.research.schemas import Part
from nexus.research.work import Work
from nexus.retrieval.searches import SearchResult

_IN_SUMMARY: Final = 3
"""Passages of each part that the summary may rest on."""


@dataclass
class Section:
    """`numbers`: what stands behind it, by the numbers of the report's shelf."""

    part: Part
    numbers: list[int] = field(default_factory=list[int])


async def write_report(
    work: Work, subject: str, title: str, parts: Sequence[Part], steps: Mapping[int, ResearchStep]
) -> None:
    """Speaks it. Raises LlmError, LimitError, NotFoundError, InvalidTokenError."""
    answer, language = work.answer, detect_language(subject, "en")
    shelf, sections = await _collect(work, parts, steps)
    read = {each for step in steps.values() for each in step.read_documents}
    answer.read_documents = sorted(read | {str(each) for each in shelf.documents})
    telling = Telling(answer, work.emit, shelf, LinkFilter(Allowed((), work.origin)), spent=answer.spent)

    async with checked(telling, work.retriever.embed_texts, subject):
        if shelf.shown:
            await _Writer(work, telling, subject, sections, language).write(title)
        else:
            telling.hear(nothing_found(language))


async def _collect(work: Work, parts: Sequence[Part], steps: Mapping[int, ResearchStep]) -> tuple[Shelf, list[Section]]:
    """The passages that were kept, as far as they may be read now: what was closed meanwhile is not there."""
    sections: list[Section] = []
    # Where the words of a part's question stand in what was kept for it is asked of the ranking.
    last = await work.look_up(parts[0].question)
    shelf = Shelf(last)
    for number, part in enumerate(parts, 1):
        section = Section(part)
        sections.append(section)
        if number in steps and (notes := steps[number].notes):
            last = last if number == 1 else await work.look_up(part.question)
            section.numbers = shelf.put(await _shown(work, notes, last))
    work.emit(
        "retrieval.finished",
        {
            "knowledge_bases": last.knowledge_bases,
            "searched": last.searched,
            "passages": len(shelf.shown),
            "confident": bool(shelf.shown),
            "kind": "generated",
            "documents": [str(each) for each in shelf.documents],
        },
    )
    return shelf, sections


async def _shown(work: Work, notes: Sequence[Mapping[str, Any]], result: SearchResult) -> list[Shown]:
    wanted = {UUID(note["chunk"]): float(note["score"]) for note in notes}
    async with work.db.read() as session:
        passages = await knowledge.readable_passages(session, work.principal, list(wanted))
    return [Shown(passages[each], score, result) for each, score in wanted.items() if each in passages]


@dataclass
class _Writer:
    work: Work
    telling: Telling
    subject: str
    sections: Sequence[Section]
    language: str

    async def write(self, title: str) -> None:
        self._put(f"# {plain(title)}\n\n")
        numbers = [number for section in self.sections for number in section.numbers[:_IN_SUMMARY]]
        await self._say(SUMMARY, self._word(SUMMARY_HEADING), self.subject, numbers)
        missing: list[Part] = []
        for section in self.sections:
            part = section.part
            if not await self._say(SECTION, plain(part.heading), part.question, section.numbers):
                missing.append(part)
        if missing:
            lines = "\n".join(f"- {plain(part.heading)}: {_asking(part.question)}" for part in missing)
            self._put(f"## {self._word(MISSING_HEADING)}\n\n{self._word(MISSING)}\n\n{lines}\n")

    def _put(self, text: str) -> None:
        """What is ours in it goes the same way as what the model says."""
        self.telling.pause()
        self.telling.hear(text)

    async def _say(self, system: str, heading: str, question: str, numbers: Sequence[int]) -> bool:
        """False, and nothing is said, where no passage is left to say it with."""
        numbers = await self._still_readable(numbers)
        if not numbers:
            return False
        self._put(f"## {heading}\n\n")
        headings = [plain(section.part.heading) for section in self.sections]
        passages = self.telling.shelf.render(numbers)
        system = with_wishes(system, self.work.chosen.prompt)
        await self.work.speak(system, render_section(self.subject, headings, question, passages), self.telling.hear)
        return True

    async def _still_readable(self, numbers: Sequence[int]) -> list[int]:
        """Writing takes minutes, in which a right may end."""
        principal = await self.work.renewed()
        chunks = {number: self.telling.shelf.shown[number - 1].passage.chunk.id for number in numbers}
        async with self.work.db.read() as session:
            passages = await knowledge.readable_passages(session, principal, list(chunks.values()))
        return [number for number, chunk in chunks.items() if chunk in passages]

    def _word(self, words: Mapping[str, str]) -> str:
        return words.get(self.language, words["en"])


def _asking(question: str) -> str:
    """A question states nothing that would have to stand in a passage."""
    asked = plain(question)
    return asked if asked.endswith(("?", "？")) else f"{asked.rstrip('.!;:')}?"

"""What a run has shown its model: passages, numbered on from call to call, and whatever else tools have said.

All of it is untrusted. It is delimited, cannot close its own frame, and is kept apart from instructions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import regex

from nexus.agents.coverage import Coverage
from nexus.knowledge.queries import Passage
from nexus.retrieval.extractive import Passage as Quotable
from nexus.retrieval.extractive import Quotation, quote
from nexus.retrieval.gathering import Excerpt
from nexus.retrieval.searches import Hit, SearchResult

_FRAMES: Final = regex.compile(r"<(/?)(?=(?:passages?|documents?|tables?|result|findings)\b)", regex.IGNORECASE)
_TELLING: Final = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}_.-]{2,}[\p{L}\p{N}]|\p{N}+")
"""Words that can give something away: of four characters at least, or numbers."""
_LONGEST_QUOTE: Final = 600


@dataclass(frozen=True, slots=True)
class NumberedPassage:
    """One source as the model sees it."""

    title: str
    place: str
    """Page, slide or sheet, and the heading it stands under."""
    date: str
    text: str
    address: str = ""
    """Of a page of the public web; `title` is that page's then."""


def render_passages(passages: Iterable[tuple[int, NumberedPassage]]) -> str:
    """In their frame, each with its number."""
    blocks = [
        f'<passage number="{number}" {_origin(p)} date="{p.date}">\n{defuse(p.text)}\n</passage>'
        for number, p in passages
    ]
    return "<passages>\n" + "\n".join(blocks) + "\n</passages>"


def _origin(passage: NumberedPassage) -> str:
    if passage.address:
        return f'from="the public web" page="{attribute(passage.title)}" address="{defuse(passage.address)}"'
    return f'document="{attribute(passage.title)}" place="{attribute(passage.place)}"'


def attribute(text: str) -> str:
    return defuse(text).replace('"', "'").replace("\n", " ")[:300]


def defuse(text: str) -> str:
    """What was read must not be able to close its own frame."""
    return _FRAMES.sub(r"<\1 ", text)


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a sheet that were calculated with: what came of it stands for the passage's text."""

    label: str
    """Sheet and range."""
    start: int
    end: int
    """Where the table begins in the version's text, within the passage's chunk."""
    result: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage that the model was shown, and the search from whose question its quotation is taken."""

    passage: Passage
    score: float
    search: SearchResult
    joined: Excerpt | None = None
    """Where it is shown as one with what stands beside it."""
    cells: Cells | None = None

    @property
    def excerpt(self) -> Excerpt:
        return self.joined or Excerpt.of(self.passage, self.score)

    @property
    def text(self) -> str:
        return self.cells.result if self.cells else self.excerpt.text

    @property
    def context(self) -> str:
        """What stands above its first character."""
        return self.excerpt.passages[0].chunk.context

    @property
    def chunk_ids(self) -> list[UUID]:
        return [each.chunk.id for each in self.excerpt.passages]

    def best_quotation(self) -> Quotation | None:
        if self.cells:
            return None
        found = quote(
            self.search.question, self.search.weights, [Quotable(self.text, self.context, max(self.score, 0.01))]
        )
        return found[0] if found else None

    def span(self, quotation: Quotation | None) -> tuple[int, int]:
        """Of the quotation in the version's text; without one, of the chunk that ranked best."""
        if self.cells:
            return self.cells.start, self.cells.end
        if quotation is None:
            return self.passage.chunk.start, self.passage.chunk.end
        return self.excerpt.start + quotation.start, self.excerpt.start + quotation.end

    def numbered(self) -> NumberedPassage:
        chunk, document = self.excerpt.passages[0].chunk, self.passage.document
        _, label = page_of(self.passage.version.pages, chunk.start, chunk.page)
        text = f"{self.context}\n{self.text}" if self.context and not self.cells else self.text
        date = document.modified_at.date().isoformat()
        place = self.cells.label if self.cells else label or f"page {chunk.page}"
        return NumberedPassage(document.title or document.name, place, date, text)


@dataclass(frozen=True, slots=True)
class WebShown:
    """A piece of the public web that the model was shown: nobody's document, and the word of nobody whom we know."""

    url: str
    title: str
    text: str
    retrieved_at: datetime
    published: str = ""
    """A day; empty where it is not told."""

    def quotation(self, search: SearchResult) -> str:
        """What of it answers the question of that search, or how it begins."""
        found = quote(search.question, search.weights, [Quotable(self.text, self.title, 0.01)])
        text = self.text[found[0].start : found[0].end] if found else self.text
        return text.strip()[:_LONGEST_QUOTE]

    def numbered(self) -> NumberedPassage:
        date = self.published or self.retrieved_at.date().isoformat()
        return NumberedPassage(self.title, "", date, self.text, self.url)


def page_of(pages: Sequence[Any], start: int, otherwise: int) -> tuple[int, str]:
    """Number and label of the page that holds the character `start`."""
    for number, first, end, label in pages:
        if first <= start < end:
            return number, label
    return otherwise, ""


@dataclass
class Shelf:
    """Everything that one run has shown its model, in the order of the numbers that stand in the answer's markers."""

    search: SearchResult
    entries: list[Shown | WebShown] = field(default_factory=list[Shown | WebShown])
    shown: list[Shown] = field(default_factory=list[Shown])
    """Of the entries, passages of documents: numbered as they stand here where nothing is of the web."""
    named: dict[UUID, set[str]] = field(default_factory=dict[UUID, set[str]])
    """Documents that a tool has named without showing their text, with the words of their names."""
    notes: list[str] = field(default_factory=list[str])
    """What tools said besides passages, as the model was told it."""
    told: list[str] = field(default_factory=list[str])
    """Of these, what we know ourselves: results of a calculation, counts, the date."""
    foreign: bool = False
    """Whether something was read that its author could have written for the model."""
    grounded: bool = False
    """Whether a tool has told what is so of all documents: that can be said without any passage."""
    coverages: list[Coverage] = field(default_factory=list[Coverage])
    """Of the readings of all documents that the answer rests on."""
    noted: set[int] = field(default_factory=set[int])
    """Numbers of passages of which a note tells what they say: their text is not shown."""
    _numbers: dict[UUID, int] = field(default_factory=dict[UUID, int])
    _web: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    @classmethod
    def of(cls, result: SearchResult) -> "Shelf":
        shelf = cls(result)
        shelf.put(shelf.given(result))
        return shelf

    @classmethod
    def given(cls, result: SearchResult) -> list[Shown]:
        """What a model is shown of a search."""
        if result.excerpts:
            return [Shown(each.best, each.score, result, each) for each in result.excerpts]
        return cls.found(result.hits, result)

    @staticmethod
    def found(hits: Sequence[Hit], result: SearchResult) -> list[Shown]:
        return [Shown(hit.passage, hit.score, result) for hit in hits]

    def put(self, found: Sequence[Shown]) -> list[int]:
        """Their numbers, each once; what was shown before keeps its own."""
        numbers: list[int] = []
        for each in found:
            if any(chunk_id not in self._numbers for chunk_id in each.chunk_ids):
                self.shown.append(each)
                self.entries.append(each)
                numbers.append(len(self.entries))
                for chunk_id in each.chunk_ids:
                    self._numbers.setdefault(chunk_id, len(self.entries))
            else:
                numbers.append(self._numbers[each.passage.chunk.id])
        numbers = list(dict.fromkeys(numbers))
        self.foreign = self.foreign or bool(numbers)
        self.noted.difference_update(numbers)
        return numbers

    def put_noted(self, found: Sequence[Shown]) -> list[int]:
        """The number of each. Their text is behind what a note says of them, and is not shown itself."""
        known, noted = len(self.entries), set(self.noted)
        numbers = [self.put([each])[0] for each in found]
        # What was shown before stays shown.
        self.noted |= {number for number in numbers if number > known or number in noted}
        return numbers

    def cover(self, coverage: Coverage, note: str) -> None:
        self.coverages.append(coverage)
        self.told += [str(coverage.read), str(coverage.whole)]
        self.notes.append(note)
        self.grounded = True

    def to_show(self) -> list[tuple[int, NumberedPassage]]:
        """What a model is shown of all this at once, with numbers."""
        return [(n, each.numbered()) for n, each in enumerate(self.entries, 1) if n not in self.noted]

    def put_cells(self, found: Sequence[Shown]) -> list[int]:
        """What was calculated: each time something of its own, whatever else is shown of its passage."""
        for each in found:
            self.shown.append(each)
            self.entries.append(each)
        self.foreign = self.foreign or bool(found)
        return list(range(len(self.entries) - len(found) + 1, len(self.entries) + 1))

    def put_web(self, found: Sequence[WebShown]) -> list[int]:
        """As `put`. Whoever wrote these may have written them for the model."""
        for each in found:
            if (each.url, each.text) not in self._web:
                self.entries.append(each)
                self._web[each.url, each.text] = len(self.entries)
        self.foreign = self.foreign or bool(found)
        return list(dict.fromkeys(self._web[each.url, each.text] for each in found))

    def has_address(self, url: str) -> bool:
        """Whether a search of the web has shown it."""
        return any(url == known for known, _ in self._web)

    def render(self, numbers: Iterable[int]) -> str:
        return render_passages((number, self.entries[number - 1].numbered()) for number in numbers)

    def name(self, document_id: UUID, *names: str) -> None:
        self.named.setdefault(document_id, set()).update(word for name in names for word in telling_words(name))
        self.foreign = True

    @property
    def documents(self) -> list[UUID]:
        """All that the model was told of, in order."""
        return list(dict.fromkeys([*(each.passage.document.id for each in self.shown), *self.named]))

    def repeated(self, answer: str, asked: str, cited: Iterable[int]) -> list[UUID]:
        """Documents whose words the answer takes up without citing them: words that neither the question nor anything
        cited has. What is withdrawn with a cited document has to be withdrawn with these as well."""
        entries = [self.entries[passage] for passage in cited]
        behind = {each.passage.document.id for each in entries if isinstance(each, Shown)}
        # What a page of the web says is not taken for known: it may be there because it was asked for.
        known = telling_words(asked)
        words = self._words()
        for document_id in behind:
            known |= words.get(document_id, set[str]())
        new = telling_words(answer) - known
        return [document_id for document_id in self.documents if document_id not in behind and new & words[document_id]]

    def _words(self) -> dict[UUID, set[str]]:
        words = {document_id: set(named) for document_id, named in self.named.items()}
        for each in self.shown:
            document = each.passage.document
            told = f"{document.title}\n{document.name}\n{each.context}\n{each.text}"
            words.setdefault(document.id, set()).update(telling_words(told))
        return words


def telling_words(text: str) -> set[str]:
    return {word.casefold() for word in _TELLING.findall(text)}

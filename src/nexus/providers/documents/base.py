"""The port: what is written into a file, and what can go wrong."""

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from nexus.core.errors import NexusError

Form = Literal["docx", "pdf"]


@dataclass(frozen=True, slots=True)
class Source:
    """A line of the list of sources. `url` empty: nowhere to go."""

    number: int
    title: str
    place: str
    quote: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Markdown under a heading, and the sources that its `[1]` speak of."""

    heading: str
    markdown: str
    sources: tuple[Source, ...] = ()
    web: tuple[Source, ...] = ()
    """Those that are pages of the public web; their numbers run with the others'."""


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    sources_heading: str
    missing_signs: str
    """The sentence, with `{count}`, that says that signs could not be shown."""
    origin: str
    """Ours: links there may stand in the file."""
    allowed_links: frozenset[str]
    """The other addresses that may be links. Whatever else looks like one stays text."""
    web_heading: str = ""


class DocumentError(NexusError):
    """The file cannot be made; the sentence says what to take instead."""

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "document-not-made"
    title: ClassVar[str] = "The file cannot be made"


class DocumentWriter(Protocol):
    async def write(self, report: Report, form: Form) -> bytes:
        """The file. Raises DocumentError, also when it takes too long or becomes too large."""
        ...

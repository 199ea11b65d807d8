"""Bodies about versions of a document, side by side."""

from typing import Literal

from pydantic import BaseModel, Field

from nexus.knowledge.schemas import VersionOut


class PlaceOut(BaseModel):
    """Where one side of a change stands: characters `[start, end)` of that version's text."""

    start: int
    end: int
    page: int
    page_label: str
    heading_path: list[str] = Field(description="The headings above it, of the version that answers.")


class WordsOut(BaseModel):
    kind: Literal["same", "added", "removed"]
    text: str


class ChangeOut(BaseModel):
    kind: Literal["added", "removed", "changed"]
    former: PlaceOut
    current: PlaceOut
    words: list[WordsOut] = Field(description="The change word by word, or as a whole where little is common.")
    is_cut: bool = Field(description="It is longer than what `words` has of it.")


class ComparisonOut(BaseModel):
    """What a version says otherwise than another one, in the order of the text."""

    former: VersionOut
    current: VersionOut
    changes: int = Field(description="How many there are in all.")
    items: list[ChangeOut]
    next: int | None = Field(default=None, description="`first` of the next page; null on the last one.")

"""How much of the whole an answer about the whole rests on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of a reading of all documents: how many were read of how many, and why not all."""

    read: int
    whole: int
    without_text: int = 0
    over: int = 0
    """Beyond what one answer may read."""
    late: int = 0
    failed: int = 0
    partly: int = 0
    """Of those read, those of which a part was."""
    untold: int = 0
    """Findings for which there was no room."""
    narrowed: bool = False
    """Whether it was about some of the documents alone: a knowledge base, a kind, a time."""

    @property
    def is_whole(self) -> bool:
        return self.read == self.whole and not (self.partly or self.untold)

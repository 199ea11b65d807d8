"""Why somebody can or cannot read a document, as facts and as sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nexus.access.models import Level


class Question(StrEnum):
    """The questions that decide, in this order; a no ends the chain."""

    TENANT = "tenant"
    KNOWLEDGE_BASE = "knowledge_base"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class GrantFact:
    subject: str
    """The word of `principal.subject()`."""
    level: Level


@dataclass(frozen=True, slots=True)
class Step:
    """One question with its answer. `through` are the grants that name the person, `others` those that do not."""

    question: Question
    holds: bool
    through: tuple[GrantFact, ...] = ()
    others: tuple[GrantFact, ...] = ()

    @property
    def _inherits(self) -> bool:
        return self.question is Question.DOCUMENT and self.holds and not self.through

    def in_words(self, names: Mapping[str, str]) -> str:
        """A sentence; a subject without an entry in `names` is called by its word."""
        if self.question is Question.TENANT:
            return (
                "The document belongs to this person's tenant."
                if self.holds
                else "The document belongs to another tenant."
            )
        if self._inherits:
            return "The document has no readers of its own: whoever may read its knowledge base may read it."
        place = "knowledge base" if self.question is Question.KNOWLEDGE_BASE else "restricted document"
        if self.holds:
            return f"The {place} is granted to {_listed(self.through, names)}."
        named = _listed(self.others, names) if self.others else "nobody"
        return (
            f"No grant on the {place} names this person, one of their groups, their department or their tenant; "
            f"it is granted to {named}."
        )


def _listed(grants: tuple[GrantFact, ...], names: Mapping[str, str]) -> str:
    return ", ".join(f"{names.get(grant.subject, grant.subject)} ({grant.level})" for grant in grants)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chain of reasons about one person and one document."""

    readable: bool
    steps: tuple[Step, ...]

    @property
    def subjects(self) -> frozenset[str]:
        """Every subject the sentences speak of, for the caller to find names."""
        return frozenset(grant.subject for step in self.steps for grant in (*step.through, *step.others))

    def in_words(self, names: Mapping[str, str]) -> list[str]:
        return [step.in_words(names) for step in self.steps]

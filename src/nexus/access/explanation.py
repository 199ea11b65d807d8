"""Why somebody can or cannot read something: facts with a code for each, and the English sentence of each code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from nexus.access.models import Level


class Question(StrEnum):
    """The questions in their order. A no about the account or the content does not end the chain, so that it can be
    said what else stands in the way."""

    TENANT = "tenant"
    ACCOUNT = "account"
    KNOWLEDGE_BASE = "knowledge_base"
    ROLE = "role"
    DOCUMENT = "document"
    CREDENTIAL = "credential"
    CONTENT = "content"


class AccountState(StrEnum):
    ACTIVE = "active"
    INVITED = "invited"
    DEACTIVATED = "deactivated"


class Code(StrEnum):
    """What was found. The words are part of the API: pages translate them."""

    SAME_TENANT = "tenant.same"
    OTHER_TENANT = "tenant.other"
    ACTIVE = "account.active"
    INVITED = "account.invited"
    DEACTIVATED = "account.deactivated"
    BASE_GRANTED = "knowledge_base.granted"
    BASE_NOT_GRANTED = "knowledge_base.not_granted"
    GOVERNS_ONLY = "role.governs_only"
    INHERITED = "document.inherited"
    DOCUMENT_GRANTED = "document.granted"
    DOCUMENT_NOT_GRANTED = "document.not_granted"
    DELETED = "document.deleted"
    PURGED = "document.purged"
    KEY_READS_ONLY = "credential.reads_only"
    SEARCHABLE = "content.searchable"
    WAITING = "content.waiting"
    FAILED = "content.failed"
    REPLACING = "content.replacing"
    REPLACEMENT_FAILED = "content.replacement_failed"


class Verdict(StrEnum):
    """The answer in one word."""

    MANAGES = "manages"
    READS = "reads"
    NOT_SEARCHABLE = "not_searchable"
    """Readable, but no search can find it yet."""
    DEACTIVATED = "deactivated"
    """Nothing but the account stands in the way."""
    GONE = "gone"
    DENIED = "denied"


_YES: Final = frozenset(
    {
        Code.SAME_TENANT,
        Code.ACTIVE,
        Code.INVITED,
        Code.BASE_GRANTED,
        Code.INHERITED,
        Code.DOCUMENT_GRANTED,
        Code.KEY_READS_ONLY,
        Code.SEARCHABLE,
        Code.REPLACING,
        Code.REPLACEMENT_FAILED,
    }
)

_SENTENCES: Final = {
    Code.SAME_TENANT: "It belongs to this person's tenant.",
    Code.OTHER_TENANT: "It belongs to another tenant.",
    Code.ACTIVE: "Their account is active.",
    Code.INVITED: "Their account is active, but they have not taken their invitation yet.",
    Code.DEACTIVATED: "Their account is deactivated: they are signed out everywhere and read nothing.",
    Code.GOVERNS_ONLY: "Their role lets them see the knowledge base's name and set its grants; reading takes a grant.",
    Code.INHERITED: "The document has no readers of its own: whoever may read its knowledge base may read it.",
    Code.DELETED: "The document was deleted.",
    Code.PURGED: "The document was deleted, and its content is gone.",
    Code.KEY_READS_ONLY: "This API key may only read: it lacks the scope to change knowledge.",
    Code.SEARCHABLE: "Its content is ready and is found by searches.",
    Code.WAITING: "It is not searchable yet: its content is still being prepared.",
    Code.FAILED: "It is not searchable: its content could not be prepared.",
    Code.REPLACING: "Searches find its former version while the new one is being prepared.",
    Code.REPLACEMENT_FAILED: "Searches find its former version: the new one could not be prepared.",
}

_VERDICTS: Final = {
    Verdict.MANAGES: "{name} can read and change this {noun}.",
    Verdict.READS: "{name} can read this {noun}.",
    Verdict.NOT_SEARCHABLE: "{name} can see this {noun}, but no search finds it.",
    Verdict.DEACTIVATED: "{name} is signed out; could read this {noun} if reactivated.",
    Verdict.GONE: "Nobody can read this {noun}: it was deleted.",
    Verdict.DENIED: "{name} cannot read this {noun}.",
}


@dataclass(frozen=True, slots=True)
class GrantFact:
    subject: str
    """The word of `principal.subject()`."""
    level: Level
    granted_by: UUID | None = None
    granted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One question with its answer. `through` are the grants that name the person, `others` those that do not."""

    question: Question
    code: Code
    through: tuple[GrantFact, ...] = ()
    others: tuple[GrantFact, ...] = ()
    detail: str = ""
    """Why content failed, as a code."""
    note: str = ""
    """The same in words, with what to do about it."""
    at: datetime | None = None

    @property
    def holds(self) -> bool:
        return self.code in _YES

    def in_words(self, names: Mapping[str, str]) -> str:
        """A sentence. A subject without an entry in `names` is gone."""
        match self.code:
            case Code.BASE_GRANTED | Code.DOCUMENT_GRANTED:
                through = f" to {_listed(self.through, names)}" if self.through else ""
                return f"The {self._place} is granted{through}."
            case Code.BASE_NOT_GRANTED | Code.DOCUMENT_NOT_GRANTED:
                said = (
                    f"No grant on the {self._place} names this person, one of their groups, their department or "
                    "their tenant."
                )
                if any(grant.subject in names for grant in self.others):
                    said += f" They are not in any of: {_listed(self.others, names)}."
                return said
            case _:
                return f"{_SENTENCES[self.code]} {self.note}".strip()

    @property
    def _place(self) -> str:
        return "knowledge base" if self.question is Question.KNOWLEDGE_BASE else "restricted document"


def _listed(grants: tuple[GrantFact, ...], names: Mapping[str, str]) -> str:
    return ", ".join(f"{names.get(grant.subject) or 'somebody who is gone'} ({grant.level})" for grant in grants)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chain of reasons about one person and one document or knowledge base."""

    steps: tuple[Step, ...]
    level: Level | None
    """What the grants give them, whatever their account is."""

    @property
    def readable(self) -> bool:
        return all(step.holds for step in self.steps if step.question is not Question.CONTENT)

    @property
    def manageable(self) -> bool:
        return self.readable and self.level is Level.MANAGE

    @property
    def searchable(self) -> bool:
        """Whether a search of theirs can find it now."""
        return all(step.holds for step in self.steps)

    @property
    def verdict(self) -> Verdict:
        wrong = {step.code for step in self.steps if not step.holds}
        if wrong & {Code.DELETED, Code.PURGED}:
            return Verdict.GONE
        if self.readable:
            if wrong:
                return Verdict.NOT_SEARCHABLE
            return Verdict.MANAGES if self.manageable else Verdict.READS
        return Verdict.DEACTIVATED if wrong <= {Code.DEACTIVATED, Code.WAITING, Code.FAILED} else Verdict.DENIED

    def with_step(self, step: Step) -> "Explanation":
        return Explanation((*self.steps, step), self.level)

    @property
    def subjects(self) -> frozenset[str]:
        """Every subject the sentences speak of, for the caller to find names."""
        return frozenset(grant.subject for step in self.steps for grant in (*step.through, *step.others))

    def in_words(self, names: Mapping[str, str]) -> list[str]:
        return [step.in_words(names) for step in self.steps]

    def summary(self, name: str, noun: str) -> str:
        """The verdict as a sentence about somebody of this name and a document or knowledge base."""
        return _VERDICTS[self.verdict].format(name=name, noun=noun)

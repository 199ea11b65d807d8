"""The chain: what an event's hash is, and whether rows that are read in order are the ones that were written.

The encoding below is a promise to every log that exists. It must never change: a new one gets a new name.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import UUID

GENESIS: Final = "0" * 64
"""What the first event of a chain follows."""
_ENCODING: Final = "nexus-audit-1"


class Event(Protocol):
    """A row of `audit_event`."""

    @property
    def tenant_id(self) -> UUID: ...
    @property
    def sequence(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def credential(self) -> str: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def target_kind(self) -> str: ...
    @property
    def target_id(self) -> UUID | None: ...
    @property
    def target_name(self) -> str: ...
    @property
    def ip(self) -> str: ...
    @property
    def user_agent(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def details(self) -> dict[str, Any]: ...
    @property
    def previous_hash(self) -> str: ...
    @property
    def hash(self) -> str: ...


def digest(event: Event) -> str:
    """SHA-256, in hex, of every column but `hash`: a JSON list in this order, without spaces, keys sorted, in ASCII."""
    encoded = json.dumps(
        [
            _ENCODING,
            event.tenant_id.hex,
            event.sequence,
            event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            event.actor_id.hex if event.actor_id else None,
            event.credential,
            event.actor_name,
            event.action,
            event.outcome,
            event.target_kind,
            event.target_id.hex if event.target_id else None,
            event.target_name,
            event.ip,
            event.user_agent,
            event.request_id,
            event.details,
            event.previous_hash,
        ],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return hashlib.sha256(encoded.encode("ascii")).hexdigest()


@dataclass(slots=True)
class ChainCheck:
    """Follows one chain row by row, oldest first, and remembers the first thing that is amiss, as a sentence."""

    sequence: int = 0
    """Of the last event that was followed."""
    hash: str = GENESIS
    fault: str | None = None
    expected: dict[int, str] = field(default_factory=dict[int, str])
    """Hashes that were written down elsewhere, by sequence."""

    def follow(self, events: Sequence[Event]) -> None:
        for event in events:
            if self.fault is None:
                self.fault = self._look(event)
            self.sequence, self.hash = event.sequence, event.hash

    def _look(self, event: Event) -> str | None:
        number = event.sequence
        if number <= self.sequence:
            return f"Event {number} was inserted: the chain begins with 1."
        if number > self.sequence + 1:
            missing = _numbers(self.sequence + 1, number - 1)
            return f"{missing} removed: event {number} comes after {self.sequence or 'the beginning'}."
        if digest(event) != event.hash:
            return f"Event {number} was changed: its content does not have its hash."
        if event.previous_hash != self.hash:
            return f"Event {number} was inserted or replaced: it does not follow event {self.sequence} as that one is."
        if self.expected.get(number, event.hash) != event.hash:
            return f"Event {number} is not the one that was written down: the chain was made anew."
        return None

    def end(self, head: tuple[int, str] | None) -> None:
        """After the last event: `head` is sequence and hash of the head's record."""
        self.fault = self.fault or self._look_at_end(head)

    def _look_at_end(self, head: tuple[int, str] | None) -> str | None:
        if head is None:
            return "The record of the chain's head was removed." if self.sequence else None
        sequence, hash_ = head
        if self.sequence < sequence:
            return f"{_numbers(self.sequence + 1, sequence)} removed at the end: the head's record knows of {sequence}."
        if self.sequence > sequence:
            return f"Event {sequence + 1} was inserted at the end: the head's record knows of {sequence} only."
        if self.hash != hash_:
            return f"Event {sequence} is not the one that the head's record knows: one of the two was changed."
        if beyond := [number for number in self.expected if number > sequence]:
            return f"{_numbers(sequence + 1, min(beyond))} removed at the end: a later one was written down."
        return None


def _numbers(first: int, last: int) -> str:
    return f"Event {first} was" if first == last else f"Events {first} to {last} were"

"""What a model's tools did on the way to an answer: folded from the run's events, shown as far as one may see it."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from nexus.chat.models import RunEvent

_KINDS: Final = frozenset({"tool.called", "tool.progress", "approval.requested", "approval.given", "tool.finished"})
_BEGUN: Final = {"found": None, "failed": None, "refused": False, "ms": None, "approval": None}


def fold_step(steps: list[dict[str, Any]], kind: str, data: dict[str, Any], behind: Sequence[str] = ()) -> None:
    """Takes one event in. `behind`: ids of the documents that the model had been shown before the call, whose words its
    arguments may hold."""
    if kind == "tool.called":
        steps.append({**data, **_BEGUN, "documents": [], "behind": list(behind)})
        return
    step = next((each for each in steps if each["id"] == data["id"]), None)
    if step is None:
        return
    if kind == "approval.requested":
        step["approval"] = "requested"
    elif kind == "approval.given":
        step["approval"] = "allowed" if data["allowed"] else "expired" if data["expired"] else "denied"
    elif kind in ("tool.progress", "tool.finished"):
        step.update(data)


def fold_steps(events: Sequence[RunEvent]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for number, event in enumerate(events):
        if event.kind in _KINDS:
            behind = shown_documents(events[:number]) if event.kind == "tool.called" else ()
            fold_step(steps, event.kind, event.data, behind)
    return steps


def shown_documents(events: Sequence[RunEvent]) -> list[str]:
    """Ids of everything that the model had been told of after these events, each once."""
    found: dict[str, None] = {}
    for event in events:
        if event.kind == "retrieval.finished":
            found |= dict.fromkeys(event.data.get("documents", ()))
        elif event.kind == "tool.finished":
            found |= dict.fromkeys(each["id"] for each in event.data["documents"])
    return list(found)


def documents_of(steps: Sequence[dict[str, Any]]) -> set[str]:
    """Ids of all documents that decide what may be seen of these steps."""
    return {i for step in steps for i in (*step["behind"], *(each["id"] for each in step["documents"]))}


def seen_step(step: dict[str, Any], closed: Collection[str]) -> dict[str, Any]:
    """The step to somebody who may not read the `closed` documents."""
    withheld = any(each in closed for each in step["behind"])
    seen = {**step, **_open(step, closed)}
    return seen | {"withheld": withheld} | ({"arguments": {}} if withheld else {})


def redacted_step(kind: str, data: dict[str, Any], closed: Collection[str], *, told: bool) -> dict[str, Any]:
    """One event's data to such a reader. `told`: whether the model had been told of a closed document before."""
    if kind == "retrieval.finished":
        return data | {"documents": [each for each in data.get("documents", ()) if each not in closed]}
    if kind == "tool.finished":
        return data | _open(data, closed)
    return data | {"arguments": {}, "withheld": True} if told and "arguments" in data else data


def _open(data: dict[str, Any], closed: Collection[str]) -> dict[str, Any]:
    """What a use of a tool has found, without the closed documents, and without what was calculated of any of them."""
    left = [each for each in data["documents"] if each["id"] not in closed]
    whole = len(left) == len(data["documents"])
    return {"documents": left} | ({} if whole or "table" not in data else {"table": None})

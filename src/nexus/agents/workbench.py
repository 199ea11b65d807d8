"""Where one run uses its tools: each call is checked, made under the asker's rights of that moment, timed and told."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, cast
from uuid import UUID

from nexus.access.principal import Principal
from nexus.agents.passages import Shelf
from nexus.agents.queries import Bounds
from nexus.agents.tools import Outcome, Tool, ToolError
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import NexusError
from nexus.core.text.storable import is_storable
from nexus.identity.errors import InvalidTokenError
from nexus.identity.principals import renew
from nexus.providers.llm.base import ToolCall, ToolSpec
from nexus.retrieval.searches import SearchRequest
from nexus.retrieval.service import Retriever

logger = logging.getLogger(__name__)

StepKind = Literal["tool.called", "tool.progress", "tool.finished", "approval.requested", "approval.given"]
Emit = Callable[[StepKind, dict[str, Any]], None]
Approve = Callable[[int, Tool, Mapping[str, Any]], Awaitable[bool]]
"""Asks the person who asked, and waits for what they say. Given the number of the step."""

LONGEST_ARGUMENTS: Final = 20_000
LONGEST_RESULT: Final = 60_000
"""Characters of one result that a model is shown."""


class Reader(Protocol):
    """Whom a tool can have read something, beside the answer and at its expense."""

    async def ask(self, system: str, text: str) -> str: ...


@dataclass
class Workbench:
    """The tools of one run. `request`: the question and its scope, which no tool leaves."""

    db: Database
    retriever: Retriever
    principal: Principal
    request: SearchRequest
    tools: Mapping[str, Tool]
    shelf: Shelf
    emit: Emit
    approve: Approve
    reader: Reader | None = None
    calls: int = 0
    told_characters: int = 0
    granted_seconds: float = 0.0
    """That a tool took because it reads for long: they are not taken from the answer's own time."""
    _step_id: str = ""
    _made: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return [tool.spec for tool in self.tools.values()]

    @property
    def bounds(self) -> Bounds:
        """Of the question's scope. The department's knowledge bases are asked for beside it."""
        wanted = self.request
        return Bounds(
            None if wanted.knowledge_bases is None else frozenset(wanted.knowledge_bases),
            None if wanted.media_types is None else frozenset(wanted.media_types),
            wanted.modified_from,
            wanted.modified_before,
        )

    async def renewed(self, session: AsyncSession) -> Principal:
        """The asker with the rights of this moment. Raises InvalidTokenError."""
        self.principal = await renew(session, self.principal)
        return self.principal

    async def use(self, call: ToolCall) -> str:
        """What the model is told. Raises InvalidTokenError where the asker may do nothing any more."""
        self.calls += 1
        tool = self.tools.get(call.name)
        if tool is None:
            return f"There is no tool named {call.name[:64]!r}."
        try:
            arguments = tool.check(_parse(call.arguments))
        except ToolError as error:
            return error.detail
        key = (tool.name, json.dumps(arguments, sort_keys=True))
        if key in self._made:
            return "You have made this very call before: its result stands above. Go on with what you have."
        step = self._made[key] = len(self._made) + 1
        return await self._step(step, tool, arguments)

    async def _step(self, step: int, tool: Tool, arguments: Mapping[str, Any]) -> str:
        self._step_id = str(step)
        about = {"id": str(step), "name": tool.name, "source": tool.source}
        self.emit("tool.called", {**about, "arguments": dict(arguments)})
        began = time.perf_counter()
        finished: dict[str, Any] = {"id": str(step), "found": None, "documents": [], "failed": None, "refused": False}
        text = ""
        try:
            if await self._allowed(step, tool, arguments):
                async with asyncio.timeout(tool.seconds):
                    outcome = await tool.use(self, arguments)
                text = self._take(outcome)
                finished |= {"found": outcome.found, "documents": [_named(*each) for each in outcome.documents]}
                if outcome.covered:
                    finished["covered"] = list(outcome.covered)
                if outcome.table:
                    finished["table"] = dict(outcome.table)
            else:
                finished["refused"] = True
                text = "The person did not allow this. Do not ask for it again; answer without it."
        except InvalidTokenError:
            raise
        except NexusError as error:
            finished["failed"] = text = error.detail
        except TimeoutError:
            finished["failed"] = text = "The tool took too long."
        finally:
            # Also when somebody stops the run meanwhile: nothing is left that seems to go on.
            finished["ms"] = round((time.perf_counter() - began) * 1000)
            self.emit("tool.finished", finished)
        return text

    def progress(self, looked: int, whole: int) -> None:
        """Tells how far the tool that is being used has come."""
        self.emit("tool.progress", {"id": self._step_id, "covered": [looked, whole]})

    async def _allowed(self, step: int, tool: Tool, arguments: Mapping[str, Any]) -> bool:
        touches = tool.touches.sends or tool.touches.changes
        if not tool.needs_approval and not (touches and self.shelf.foreign):
            return True
        return await self.approve(step, tool, arguments)

    def _take(self, outcome: Outcome) -> str:
        text = outcome.text
        if len(text) > LONGEST_RESULT:
            text = text[:LONGEST_RESULT] + "\n(The rest is left out.)"
        self.told_characters += len(text)
        return text


def _parse(arguments: str) -> Mapping[str, Any]:
    if len(arguments) > LONGEST_ARGUMENTS:
        raise ToolError("The arguments are too long.")
    try:
        parsed: object = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        raise ToolError("The arguments are no JSON.") from None
    if not isinstance(parsed, dict):
        raise ToolError("The arguments have to be a JSON object.")
    if not is_storable(json.dumps(parsed, ensure_ascii=False).replace("\\u0000", "\x00")):
        raise ToolError("The arguments hold characters that are none.")
    return cast("dict[str, Any]", parsed)


def _named(document_id: UUID, title: str) -> dict[str, str]:
    return {"id": str(document_id), "title": title}

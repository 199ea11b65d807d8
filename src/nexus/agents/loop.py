"""The answer loop: the model speaks, uses its tools, speaks again, and comes to an end within limits."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from nexus.agents.workbench import Workbench
from nexus.core.clock import now
from nexus.providers.llm.base import (
    ChatTurn,
    LanguageModel,
    LlmError,
    LlmRequest,
    LlmUsage,
    Served,
    ToolCall,
    ToolResult,
    Turn,
)

_REFUSED_SECONDS: Final = 3600.0
"""So long a model that refused tools is not offered any again."""
_MODELS: Final = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one answer. When one is reached the model answers with what it has."""

    steps: int = 6
    """Turns of the model in which it may ask for tools."""
    calls: int = 12
    seconds: float = 120.0
    characters: int = 100_000
    """That tools may tell it altogether: some 25,000 tokens."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What the model is told. `render` makes the last turn of it: the question, and everything shown so far."""

    plain: str
    """The instructions without tools, and those with."""
    with_tools: str
    history: Sequence[ChatTurn]
    render: Callable[[], str]
    max_tokens: int
    temperature: float


@dataclass(frozen=True, slots=True)
class Spent:
    """One turn of the model: who answered, and for how many tokens."""

    served: Served
    usage: LlmUsage


class Teller(Protocol):
    """Who hears what the model says."""

    spent: list[Spent]
    """Each of the model's turns, also one that is cut short."""

    def hear(self, delta: str) -> None: ...

    def pause(self) -> None:
        """The model has stopped speaking to use its tools."""
        ...


@dataclass
class Loop:
    """Serves many runs; remembers which models refuse tools."""

    limits: Limits = field(default_factory=Limits)
    _refused: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])

    async def run(self, model: LanguageModel, brief: Brief, bench: Workbench, teller: Teller) -> None:
        """Speaks the answer. Raises LlmError, and InvalidTokenError where the asker's rights have ended altogether."""
        offered = bench.tools and not self._refuses(model.name)
        if offered and await self._with_tools(model, brief, bench, teller):
            return
        # Without tools, and with all that they have shown: any server understands this, whatever it made of the rest.
        request = self._request(brief, brief.plain, [*brief.history, ChatTurn("user", brief.render())])
        await take_turn(model, request, teller.hear, teller.spent)

    async def _with_tools(self, model: LanguageModel, brief: Brief, bench: Workbench, teller: Teller) -> bool:
        """Whether the model came to the end of its answer."""
        turns: list[Turn] = [*brief.history, ChatTurn("user", brief.render())]
        end = asyncio.get_running_loop().time() + self.limits.seconds
        for step in range(self.limits.steps):
            request = self._request(brief, brief.with_tools, turns, bench)
            said: list[str] = []

            def hear(text: str, said: list[str] = said) -> None:
                said.append(text)
                teller.hear(text)

            try:
                calls = await take_turn(model, request, hear, teller.spent)
            except LlmError as error:
                if error.code != "rejected" or said:
                    raise
                if step == 0:
                    self._remember(model.name)
                return False
            if not calls:
                return True
            teller.pause()
            turns.append(ChatTurn("assistant", "".join(said), calls))
            for call in calls:
                if not self._may_go_on(bench, end):
                    return False
                turns.append(ToolResult(call.id, call.name, await bench.use(call)))
            if not self._may_go_on(bench, end):
                return False
        return False

    def _may_go_on(self, bench: Workbench, end: float) -> bool:
        within = bench.calls < self.limits.calls and bench.told_characters < self.limits.characters
        return within and asyncio.get_running_loop().time() < end + bench.granted_seconds

    @staticmethod
    def _request(brief: Brief, system: str, turns: Sequence[Turn], bench: Workbench | None = None) -> LlmRequest:
        return LlmRequest(system, turns, brief.max_tokens, brief.temperature, bench.specs if bench else ())

    def _refuses(self, name: str) -> bool:
        return now().timestamp() < self._refused.get(name, 0.0)

    def _remember(self, name: str) -> None:
        self._refused[name] = now().timestamp() + _REFUSED_SECONDS
        while len(self._refused) > _MODELS:
            self._refused.popitem(last=False)


async def take_turn(
    model: LanguageModel,
    request: LlmRequest,
    hear: Callable[[str], None],
    spent: list[Spent],
    *,
    most: int | None = None,
) -> Sequence[ToolCall]:
    """What the model says, of which little more than `most` characters are heard, and then the tools it asks for.

    What it cost is put into `spent` however it ends. Raises LlmError.
    """
    heard = 0
    async with model.stream(request) as stream:
        try:
            async for delta in stream:
                hear(delta)
                heard += len(delta)
                if most is not None and heard > most:
                    break
        finally:
            spent.append(Spent(stream.served, stream.usage))
        return stream.tool_calls


def added(spent: Sequence[Spent]) -> LlmUsage:
    """What the turns of one answer cost together."""
    usages = [each.usage for each in spent]
    return LlmUsage(
        sum(each.input_tokens for each in usages),
        sum(each.output_tokens for each in usages),
        any(each.estimated for each in usages),
        sum(each.cached_tokens for each in usages),
    )

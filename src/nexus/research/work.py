"""One run of a research while it works: the asker's rights of the moment, its model, its limits, what it tells."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.agents.loop import Spent, take_turn
from nexus.chat.steps import fold_step
from nexus.chat.telling import Answer, Emit
from nexus.core.db import Database
from nexus.core.errors import NexusError
from nexus.identity.principals import renew
from nexus.llms.choosing import Chosen
from nexus.providers.llm.base import ChatTurn, LanguageModel, LlmRequest, LlmUsage, Served
from nexus.retrieval.searches import SearchRequest, SearchResult
from nexus.retrieval.service import Retriever

_SEARCH_SECONDS: Final = 30.0
_LONGEST_REPLY: Final = 8000
"""Characters of what a model replies to us alone."""


class LimitError(NexusError):
    """A research has used up what one run may use. It can go on in another one."""

    slug = "research-limit"
    title = "The research has reached its limit"


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one run."""

    searches: int = 40
    calls: int = 30
    tokens: int = 400_000
    seconds: float = 900.0


@dataclass
class Work:
    """`principal` is renewed before anything is read; `request` has the scope that no search leaves."""

    db: Database
    retriever: Retriever
    principal: Principal
    request: SearchRequest
    chosen: Chosen
    answer: Answer
    emit: Emit
    origin: str = ""
    """Our own scheme, host and port: a report may lead to our pages."""
    limits: Limits = field(default_factory=Limits)
    searches: int = 0
    calls: int = 0

    @property
    def model(self) -> LanguageModel:
        return self.chosen.model

    async def renewed(self) -> Principal:
        """Raises InvalidTokenError where the asker may do nothing any more."""
        async with self.db.read() as session:
            self.principal = await renew(session, self.principal)
        return self.principal

    async def look_up(self, query: str) -> SearchResult:
        """A search that nobody is told of: for where in what is known already the words stand."""
        self.searches += 1
        if self.searches > self.limits.searches:
            raise LimitError("The research has made as many searches as one run may. Go on: what was found is kept.")
        principal = await self.renewed()
        async with asyncio.timeout(_SEARCH_SECONDS):
            return await self.retriever.search(principal, replace(self.request, query=query, earlier=()))

    async def search(self, part: int, query: str, behind: Sequence[UUID] = ()) -> SearchResult:
        """Told as the step of an answer is. `behind`: documents whose words the query may hold."""
        identity = str(len(self.answer.steps) + 1)
        about = {"id": identity, "name": "search_knowledge", "source": "", "part": part, "arguments": {"query": query}}
        self._tell("tool.called", about, behind)
        finished: dict[str, Any] = {"id": identity, "found": None, "documents": [], "failed": None, "refused": False}
        began = time.perf_counter()
        try:
            result = await self.look_up(query)
            titles = {hit.passage.document.id: hit.passage.document for hit in result.hits}
            named = [{"id": str(each), "title": one.title or one.name} for each, one in titles.items()]
            finished |= {"found": len(result.hits), "documents": named}
        except NexusError as error:
            finished["failed"] = error.detail
            raise
        finally:
            finished["ms"] = round((time.perf_counter() - began) * 1000)
            self._tell("tool.finished", finished)
        return result

    def _tell(self, kind: Any, data: dict[str, Any], behind: Sequence[UUID] = ()) -> None:
        fold_step(self.answer.steps, kind, data, [str(each) for each in behind])
        self.emit(kind, data)

    async def ask(self, system: str, text: str) -> str:
        """A reply that nobody but us reads. Raises LlmError, LimitError."""
        said: list[str] = []
        await self.speak(system, text, said.append, most=_LONGEST_REPLY)
        return "".join(said)

    async def speak(self, system: str, text: str, hear: Callable[[str], None], *, most: int | None = None) -> None:
        """Raises LlmError, LimitError."""
        self.calls += 1
        used = sum(each.usage.input_tokens + each.usage.output_tokens for each in self.answer.spent)
        if self.calls > self.limits.calls or used > self.limits.tokens:
            raise LimitError("The research has used as much of the model as one run may. Ask for less at a time.")
        request = LlmRequest(system, [ChatTurn("user", text)], self.chosen.max_tokens, self.chosen.temperature)
        await take_turn(self.model, request, hear, self.answer.spent, most=most)


def pack_spent(spent: Sequence[Spent]) -> list[dict[str, Any]]:
    """For a row."""
    return [asdict(each) for each in spent]


def unpack_spent(rows: Sequence[dict[str, Any]]) -> list[Spent]:
    return [Spent(Served(**row["served"]), LlmUsage(**row["usage"])) for row in rows]

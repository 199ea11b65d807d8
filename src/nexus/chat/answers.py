"""From a question to an answer with citations: quotations without a language model, sentences with one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from nexus.access.principal import Principal
from nexus.agents import approvals
from nexus.agents.catalogue import catalogue_tools
from nexus.agents.findings import ModelReader
from nexus.agents.loop import Brief, Loop, Spent
from nexus.agents.passages import Shelf
from nexus.agents.profiles import Engaged
from nexus.agents.reading import READ_ALL
from nexus.agents.sheets import QUERY, offer, tables_for
from nexus.agents.toolbox import Toolbox
from nexus.agents.tools import Tool
from nexus.agents.web import SEARCH_WEB
from nexus.agents.workbench import Workbench
from nexus.chat.addresses import Allowed
from nexus.chat.asides import stand_alone
from nexus.chat.calculating import Calculating
from nexus.chat.cataloguing import Cataloguing
from nexus.chat.covering import tell_coverage
from nexus.chat.figures import read_figure
from nexus.chat.files import Files, Opened, beginnings, left_out, wait_until_read
from nexus.chat.linking import LinkFilter
from nexus.chat.prompts import SYSTEM, SYSTEM_WITH_TOOLS, nothing_found, render_question, with_instructions, with_wishes
from nexus.chat.spending import Aside
from nexus.chat.telling import Answer, Emit, Telling, checked, quote_all, read_documents, say
from nexus.chat.wholes import asks_figure, read_whole, seems_whole
from nexus.core.text.languages import detect_language
from nexus.llms.choosing import Chosen, Models
from nexus.llms.schemas import Purpose
from nexus.providers.llm.base import ChatTurn
from nexus.retrieval.searches import SearchRequest, SearchResult
from nexus.retrieval.service import GIVEN, Retriever


@dataclass(frozen=True, slots=True)
class Answerer:
    """Where no language model is there to be chosen, answers are quotations; without a `toolbox` it has no tools."""

    retriever: Retriever
    models: Models
    toolbox: Toolbox | None = None
    origin: str = ""
    """Our own scheme, host and port: an answer may lead to our pages."""
    passage_tokens: int = 6000
    """How many the passages that a model is given before it answers may take."""
    tried_prompt: str | None = None
    """In the place of the tenant's own."""
    agent: Engaged | None = None
    """Which answers in the place of a mode; where it looks stands in the request."""
    unattended: bool = False
    """A program asks: what would need a person's word is refused at once."""

    async def answer(
        self,
        run_id: UUID,
        principal: Principal,
        request: SearchRequest,
        history: Sequence[ChatTurn],
        answer: Answer,
        emit: Emit,
        files: Files | None = None,
    ) -> None:
        """Searches, then speaks through `emit` and fills `answer`. Raises LlmError and what a search raises.

        With `files` it waits until they have been read, and `principal` is within their conversation.
        """
        opened = await self._open(run_id, principal, files, answer, emit)
        agent_id = self.agent.id if self.agent else None
        chosen = await self.models.choose(principal.tenant_id, Purpose.KNOWLEDGE, agent_id)
        if chosen is not None and self.tried_prompt is not None:
            chosen = replace(chosen, prompt=self.tried_prompt)
        anew = await self._anew(principal, request, answer) if chosen and request.earlier else None
        wanted = replace(request, query=anew, earlier=(request.query,)) if anew else request
        wanted = replace(wanted, hinted=True)
        if chosen:
            wanted = replace(wanted, limit=GIVEN, tokens=self.passage_tokens)
        whole = None if chosen else read_whole(request.query)
        figure = None if chosen or whole else read_figure(request.query)
        result, tools = await asyncio.gather(
            self.retriever.search(principal, wanted), self._tools(principal, wanted=bool(chosen or whole or figure))
        )
        fits = bool(result.hits) and result.confident
        answered = fits or (opened is not None and opened.answers(with_model=chosen is not None))
        links = LinkFilter(Allowed((), self.origin))
        bench = self._bench(run_id, principal, request, tools, Telling(answer, emit, Shelf(result), links))
        tables = await tables_for(bench) if chosen and QUERY in tools and asks_figure(request.query) else ()
        # Where no passage fits, a model is asked that may look elsewhere, and is heard when it has found something.
        elsewhere = SEARCH_WEB in tools or bool(tables) or _counts(request.query, tools)
        looks = chosen is not None and not answered and elsewhere
        if chosen and looks:
            # What was said before may repeat documents; what the company has written for models is its own.
            shelf = Shelf(result, foreign=bool(history or chosen.prompt or chosen.instructions))
        else:
            shelf = opened.shelf_with(result, fits=fits) if chosen and opened else Shelf.of(result)
        offer(shelf, tables)
        answer.read_documents = sorted({str(hit.passage.document.id) for hit in result.hits})
        emit("retrieval.finished", _summarise(result, anew, shelf if chosen else None))
        telling = Telling(answer, emit, shelf, links, needs_sources=looks)
        bench = self._bench(run_id, principal, request, tools, telling)
        if whole and await Cataloguing(bench, whole, answer, emit, links).answer():
            # What was counted was counted for its asker.
            answer.read_documents = None
        elif figure and await Calculating(bench, figure, answer, emit, links).answer():
            answer.read_documents = sorted({*answer.read_documents, *map(str, shelf.documents)})
        elif not answered and not looks:
            say(answer, nothing_found(detect_language(request.query, "en")), emit)
        elif chosen is None:
            quote_all(shelf.shown if fits or opened is None else opened.shown(result), result, answer, emit, links)
        else:
            await self._generate(chosen, bench, history, telling)

    def _bench(
        self, run_id: UUID, principal: Principal, request: SearchRequest, tools: Mapping[str, Tool], telling: Telling
    ) -> Workbench:
        async def approve(step: int, tool: Tool, arguments: Mapping[str, Any]) -> bool:
            if self.unattended:
                return False
            return await approvals.ask(self.retriever.db, telling.step, run_id, step, tool, arguments)

        # What a model searches for stands alone.
        alone = replace(request, earlier=())
        return Workbench(
            self.retriever.db, self.retriever, principal, alone, tools, telling.shelf, telling.step, approve
        )

    async def _anew(self, principal: Principal, request: SearchRequest, answer: Answer) -> str | None:
        """The question with what it leaves to those before it."""
        chosen = await self.models.choose(principal.tenant_id, Purpose.ASIDES)
        if chosen is None:
            return None
        spent: list[Spent] = []
        answer.asides.append(Aside(chosen, spent))
        return await stand_alone(chosen.model, request.query, request.earlier, spent)

    async def _open(
        self, run_id: UUID, principal: Principal, files: Files | None, answer: Answer, emit: Emit
    ) -> Opened | None:
        """The conversation's files, as far as they can be read by now."""
        if files is None:
            return None
        documents = await wait_until_read(self.retriever.db, principal, run_id, files, emit)
        answer.left_out = left_out(documents, files)
        return Opened(files, documents, await beginnings(self.retriever.db, principal, documents, files))

    async def _tools(self, principal: Principal, *, wanted: bool) -> Mapping[str, Tool]:
        if not wanted or self.toolbox is None:
            return {}
        tools = await self.toolbox.tools_for(principal)
        if self.agent is None or self.agent.tools is None:
            return tools
        return {name: tool for name, tool in tools.items() if name in self.agent.tools}

    @property
    def _reading_tokens(self) -> int:
        return self.toolbox.reading.tokens if self.toolbox else 0

    async def _generate(self, chosen: Chosen, bench: Workbench, history: Sequence[ChatTurn], telling: Telling) -> None:
        answer, shelf, question = telling.answer, telling.shelf, bench.request.query
        answer.kind, answer.model, answer.chosen = "generated", chosen.model.name, chosen

        def render() -> str:
            return render_question(question, shelf.to_show(), shelf.notes)

        brief = Brief(
            with_instructions(with_wishes(SYSTEM, chosen.prompt), chosen.instructions),
            with_instructions(with_wishes(SYSTEM_WITH_TOOLS, chosen.prompt), chosen.instructions),
            history,
            render,
            chosen.max_tokens,
            chosen.temperature,
        )
        loop = self.toolbox.loop if self.toolbox else Loop()
        asked = "\n".join([question, *(turn.text for turn in history)])
        async with checked(telling, self.retriever.embed_texts, asked):
            try:
                bench.reader = ModelReader(chosen.model, self._reading_tokens, chosen.temperature, telling.spent)
                await loop.run(chosen.model, brief, bench, telling)
                tell_coverage(telling, detect_language(question, "en"))
            finally:
                answer.read_documents = read_documents(shelf, answer.steps)
                if telling.spent:
                    served = telling.spent[-1].served
                    answer.model = f"{served.provider}/{served.model}"
        if telling.is_mute:
            say(answer, nothing_found(detect_language(question, "en")), telling.emit)


def _counts(question: str, tools: Mapping[str, Tool]) -> bool:
    return seems_whole(question) and any(name in tools for name in (READ_ALL, *(t.name for t in catalogue_tools())))


def _summarise(result: SearchResult, anew: str | None, shelf: Shelf | None) -> dict[str, Any]:
    """`shelf`: what a model is shown, where there is one."""
    found: dict[str, Any] = {
        "knowledge_bases": result.knowledge_bases,
        "searched": result.searched,
        "passages": len(result.hits),
        "confident": result.confident,
        "kind": "generated" if shelf else "extractive",
    }
    if anew:
        found["rewritten"] = anew
    if result.hints:
        found["hints"] = list(result.hints)
    if shelf:
        # What a model has been shown may be behind its words, cited or not.
        found["documents"] = [str(each) for each in shelf.documents]
    return found

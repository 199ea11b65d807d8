"""A research from its plan to its report. What is finished is stored part by part: another run can go on there."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from nexus.access.principal import Principal
from nexus.agents.loop import added
from nexus.chat.runs import Way
from nexus.chat.telling import Answer, Emit
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.errors import ConflictError
from nexus.llms.choosing import Chosen, Models
from nexus.llms.schemas import Purpose
from nexus.research import queries
from nexus.research.gathering import gather
from nexus.research.models import Research, ResearchStep
from nexus.research.reporting import write_report
from nexus.research.schemas import Part
from nexus.research.work import LimitError, Limits, Work, unpack_spent
from nexus.retrieval.searches import SearchRequest
from nexus.retrieval.service import Retriever


@dataclass(frozen=True, slots=True)
class Assignment:
    """Everything that a run of a research needs, read when it was started."""

    research_id: UUID
    subject: str
    title: str
    parts: Sequence[Part]
    done: Sequence[ResearchStep]
    planned_by: Sequence[dict[str, Any]]
    """What the plan has cost, where no run has counted it."""

    @classmethod
    def of(cls, research: Research, done: Sequence[ResearchStep], *, first: bool) -> "Assignment":
        parts = [Part.model_validate(each) for each in research.plan]
        return cls(research.id, research.subject, research.title, parts, done, research.planned_by if first else ())


@dataclass(frozen=True, slots=True)
class Researcher:
    """One for each process that serves."""

    db: Database
    retriever: Retriever
    models: Models
    origin: str = ""
    limits: Limits = field(default_factory=Limits)

    async def choose(self, tenant_id: UUID) -> Chosen:
        """Raises ConflictError where no model is there to plan, read and write."""
        chosen = await self.models.choose(tenant_id, Purpose.KNOWLEDGE)
        if chosen is None:
            raise ConflictError(
                "Research needs a language model. An administrator can add one under Administration, Models."
            )
        return chosen

    def way(self, assignment: Assignment, principal: Principal, request: SearchRequest) -> Way:
        """For the run's task."""

        async def go(answer: Answer, emit: Emit) -> None:
            answer.kind = "generated"
            answer.spent += unpack_spent(assignment.planned_by)
            chosen = answer.chosen = await self.choose(principal.tenant_id)
            answer.model = chosen.model.name
            work = Work(self.db, self.retriever, principal, request, chosen, answer, emit, self.origin, self.limits)
            try:
                async with asyncio.timeout(self.limits.seconds):
                    await self._work(work, assignment)
            except TimeoutError:
                raise LimitError("The research took as long as one run may. Go on: what was found is kept.") from None
            finally:
                answer.usage = added(answer.spent)
                if answer.spent:
                    served = answer.spent[-1].served
                    answer.model = f"{served.provider}/{served.model}"

        return go

    async def _work(self, work: Work, assignment: Assignment) -> None:
        done = {step.number: step for step in assignment.done}
        work.answer.steps += [each for step in assignment.done for each in step.searches]
        plan = [_tell(part, done.get(number)) for number, part in enumerate(assignment.parts, 1)]
        told = {"research_id": str(assignment.research_id), "title": assignment.title, "plan": plan}
        work.emit("research.planned", told)
        for number, part in enumerate(assignment.parts, 1):
            if number in done:
                continue
            work.emit("research.step", {"number": number, "state": "running"})
            gathered = await gather(work, number, part)
            step = done[number] = ResearchStep(
                research_id=assignment.research_id,
                number=number,
                searches=gathered.searches,
                notes=gathered.notes,
                read_documents=gathered.read_documents,
                finished_at=now(),
            )
            async with self.db.write(durable=False) as session:
                await queries.put_step(session, step)
            work.emit("research.step", {"number": number} | _counts(step))
        await write_report(work, assignment.subject, assignment.title, assignment.parts, done)


def _tell(part: Part, step: ResearchStep | None) -> dict[str, Any]:
    return {"heading": part.heading, "question": part.question} | _counts(step)


def _counts(step: ResearchStep | None) -> dict[str, Any]:
    if step is None:
        return {"state": "waiting", "searches": 0, "found": 0}
    return {"state": "done", "searches": len(step.searches), "found": len(step.notes)}

"""Research is planned, started and taken up again. Everything is bound to the person who asks."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.principal import Permission, Principal
from nexus.agents.loop import Spent
from nexus.chat import queries as chat_queries
from nexus.chat import service as chat
from nexus.chat.asides import stand_alone
from nexus.chat.attachment_schemas import QuestionScope
from nexus.chat.models import Conversation, Message, Run
from nexus.chat.runs import RunEngine, Task
from nexus.chat.schemas import QuestionIn, RunOut
from nexus.chat.search_queries import add_entry
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError, NotFoundError, UnavailableError
from nexus.core.ids import new_id
from nexus.research import queries
from nexus.research.models import Research, ResearchStep
from nexus.research.planning import make_plan
from nexus.research.researcher import Assignment, Researcher
from nexus.research.schemas import Part, PartOut, ResearchIn, ResearchOut
from nexus.research.work import pack_spent

_PLAN_SECONDS: Final = 60.0
Still = Callable[[], Awaitable[bool]]
"""Whether whoever asked is still there."""
_UNFINISHED: Final = ("queued", "running")


async def create_research(
    db: Database, researcher: Researcher, principal: Principal, wanted: ResearchIn, still: Still
) -> ResearchOut:
    """Has a plan made and stores it with the question; nothing is stored when that fails, or when nobody waits for it
    any more. Raises LlmError as well."""
    access.require_permission(principal, Permission.ASK)
    async with db.read() as session:
        await chat.require_scope(session, principal, wanted.scope)
        earlier = await _earlier(session, principal, wanted)
    chosen = await researcher.choose(principal.tenant_id)
    spent: list[Spent] = []
    try:
        async with asyncio.timeout(_PLAN_SECONDS):
            alone = await stand_alone(chosen.model, wanted.question, earlier, spent) if earlier else None
            subject = alone or wanted.question
            plan = await make_plan(chosen, subject, spent)
    except TimeoutError:
        raise UnavailableError("The language model took too long to make a plan. Try again.") from None
    if not await still():
        raise ConflictError("Nobody waited for the plan. Ask again.")
    async with db.write(durable=False) as session:
        message = (await chat.put_question(session, principal, wanted)).message
        await session.flush()
        await add_entry(session, principal.user_id, message)
        research = Research(
            id=new_id(),
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            conversation_id=message.conversation_id,
            question_id=message.id,
            subject=subject,
            title=plan.title,
            plan=[part.model_dump() for part in plan.parts],
            scope=wanted.scope.model_dump(mode="json", exclude_none=True),
            planned_by=pack_spent(spent),
        )
        session.add(research)
        await session.flush()
    return render(research, None, ())


async def _earlier(session: AsyncSession, principal: Principal, wanted: QuestionIn) -> list[str]:
    """The questions before it in its conversation, oldest first."""
    if wanted.conversation_id is None:
        if wanted.parent_id is not None or wanted.edited_id is not None:
            raise NotFoundError("There is no such message in this conversation.")
        return []
    conversation = await chat.get_conversation(session, principal, wanted.conversation_id)
    parent = await chat.parent_of(session, conversation, wanted)
    if parent is None:
        return []
    above = [*await chat_queries.ancestors(session, parent, chat.HISTORY), parent]
    return [message.text for message in above if message.role == "user"]


async def get_research(session: AsyncSession, principal: Principal, research_id: UUID) -> tuple[Research, Run | None]:
    """Raises NotFoundError, the same for unknown and other people's."""
    found = await queries.find_research(session, principal, research_id)
    if found is None:
        raise NotFoundError("There is no such research.")
    return found


async def start(
    db: Database,
    engine: RunEngine,
    researcher: Researcher,
    principal: Principal,
    research_id: UUID,
    plan: Sequence[Part] | None,
) -> Run:
    """With a plan: for the first time. Without one: goes on from what is finished. Raises ConflictError."""
    engine.require_room()
    access.require_permission(principal, Permission.ASK)
    async with db.read() as session:
        await get_research(session, principal, research_id)
    await researcher.choose(principal.tenant_id)
    async with db.write(durable=False) as session:
        run, task = await _start(session, researcher, principal, research_id, plan)
    engine.start(task)
    return run


async def _start(
    session: AsyncSession,
    researcher: Researcher,
    principal: Principal,
    research_id: UUID,
    plan: Sequence[Part] | None,
) -> tuple[Run, Task]:
    await queries.lock_all_of(session, principal)
    research, former = await get_research(session, principal, research_id)
    _require_startable(former, first=plan is not None)
    if await queries.one_under_way(session, principal) is not None:
        raise ConflictError("Another research of yours is under way. Wait for it to end, or stop it.")
    conversation, message = await _asked(session, principal, research)
    scope = QuestionScope.model_validate(research.scope)
    await chat.require_scope(session, principal, scope)
    if plan is not None:
        research.plan = [part.model_dump() for part in plan]
        await queries.delete_steps(session, research.id)
    done = (await queries.steps_of(session, [research.id])).get(research.id, [])
    put = chat.Put(conversation, message)
    run = await chat.add_run(session, principal, put, scope, mode="research", kind="generated")
    research.run_id = run.id
    await session.flush()
    task = await chat.make_task(session, principal, run, put, scope, wait=False)
    assignment = Assignment.of(research, done, first=former is None)
    way = researcher.way(assignment, task.principal, task.request)
    unnamed = conversation.title == chat.to_title(message.text) and not conversation.temporary
    return run, replace(task, way=way, title=conversation.title if unnamed else None)


def _require_startable(former: Run | None, *, first: bool) -> None:
    if first and former is not None:
        raise ConflictError("This research has been started already. Go on with it, or ask anew.")
    if not first and former is None:
        raise ConflictError("This research has not been started. Look at its plan and start it.")
    if former is not None and former.state in _UNFINISHED:
        raise ConflictError("This research is under way. Stop it first, or wait.")
    if former is not None and former.state == "succeeded":
        raise ConflictError("This research is finished. Ask anew for another report.")


async def _asked(session: AsyncSession, principal: Principal, research: Research) -> tuple[Conversation, Message]:
    conversation = await chat.get_conversation(session, principal, research.conversation_id)
    message = await chat_queries.find_message(session, conversation.id, research.question_id)
    if message is None:
        raise NotFoundError("There is no such research.")
    return conversation, message


def render(research: Research, run: Run | None, done: Sequence[ResearchStep]) -> ResearchOut:
    finished = {step.number: step for step in done}
    running = run is not None and run.state in _UNFINISHED
    current = next((n for n in range(1, len(research.plan) + 1) if n not in finished), None) if running else None
    parts = [
        PartOut(
            heading=part["heading"],
            question=part["question"],
            state="done" if number in finished else "running" if number == current else "waiting",
            searches=len(finished[number].searches) if number in finished else 0,
            found=len(finished[number].notes) if number in finished else 0,
        )
        for number, part in enumerate(research.plan, 1)
    ]
    if run is None:
        state = "planned"
    else:
        state = "running" if running else "finished" if run.state == "succeeded" else "stopped"
    return ResearchOut(
        id=research.id,
        conversation_id=research.conversation_id,
        question_id=research.question_id,
        title=research.title,
        state=state,
        plan=parts,
        run=RunOut.model_validate(run, from_attributes=True) if run else None,
        created_at=research.created_at,
    )

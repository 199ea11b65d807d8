"""Conversations and the questions in them. Everything is bound to the person who asks."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import ResourceKind
from nexus.access.principal import Permission, Principal
from nexus.agents import approvals
from nexus.agents.profiles import Engaged
from nexus.chat import queries
from nexus.chat.attachment_schemas import QuestionScope
from nexus.chat.engaging import engage_in, engage_named
from nexus.chat.events import first_event
from nexus.chat.files import files_for
from nexus.chat.models import Conversation, Message, Run
from nexus.chat.rendering import render_own
from nexus.chat.runs import LEASE, RunEngine, Task
from nexus.chat.schemas import QuestionIn
from nexus.chat.search_queries import add_entry
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError, NotFoundError
from nexus.core.ids import new_id
from nexus.providers.llm.base import ChatTurn
from nexus.retrieval.searches import PASSAGES, to_request

HISTORY: Final = 6
"""Messages before the question that a language model is told."""
_TITLE: Final = 80


async def get_conversation(session: AsyncSession, principal: Principal, conversation_id: UUID) -> Conversation:
    """Raises NotFoundError, the same for unknown and other people's."""
    found = await queries.find_conversation(session, principal, conversation_id)
    if found is None:
        raise NotFoundError("There is no such conversation.")
    return found


async def get_run(session: AsyncSession, principal: Principal, run_id: UUID) -> Run:
    """Raises NotFoundError, the same for unknown and other people's."""
    found = await queries.find_run(session, principal, run_id)
    if found is None:
        raise NotFoundError("There is no such run.")
    return found


async def ask(session: AsyncSession, principal: Principal, wanted: QuestionIn) -> tuple[Run, Task]:
    """Stores the question and its run; the caller starts the task once that is committed."""
    put = await put_question(session, principal, wanted)
    run = await add_run(session, principal, put, wanted.scope)
    await add_entry(session, principal.user_id, put.message)
    task = await make_task(session, principal, run, put, wanted.scope, wait=wanted.wait_for_attachments)
    # Nobody looks for a temporary conversation by its title.
    is_named = put.is_new and not put.conversation.temporary
    return run, replace(task, title=put.conversation.title) if is_named else task


@dataclass(frozen=True, slots=True)
class Put:
    """A question in its conversation, and who is to answer it."""

    conversation: Conversation
    message: Message
    agent: Engaged | None = None
    is_new: bool = False
    """Whether the conversation begins with it."""


async def put_question(session: AsyncSession, principal: Principal, wanted: QuestionIn) -> Put:
    """In its conversation, maybe a new one. Whoever asks stores more with it, in one go."""
    access.require_permission(principal, Permission.ASK)
    await require_scope(session, principal, wanted.scope)
    question = wanted.question
    agent = await engage_named(session, principal, wanted.agent_id)
    if wanted.conversation_id is None:
        if wanted.parent_id is not None or wanted.edited_id is not None:
            raise NotFoundError("There is no such message in this conversation.")
        conversation = Conversation(
            id=new_id(),
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            title=to_title(question),
            temporary=wanted.temporary,
            agent_id=wanted.agent_id,
        )
        session.add(conversation)
        parent, is_new = None, True
    else:
        conversation = await get_conversation(session, principal, wanted.conversation_id)
        is_new = not conversation.title
        if is_new:
            # It was begun to attach files to: what is said of it is said by its first question.
            conversation.title, conversation.temporary = to_title(question), wanted.temporary
            conversation.agent_id = wanted.agent_id
        agent = await engage_in(session, principal, conversation, wanted.agent_id)
        conversation.updated_at = now()
        parent = await parent_of(session, conversation, wanted)
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=parent.id if parent else None,
        role="user",
        text=question,
        attachments=[str(each) for each in dict.fromkeys(wanted.attachment_ids)] or None,
    )
    session.add(message)
    return Put(conversation, message, agent, is_new)


async def start_run(db: Database, engine: RunEngine, principal: Principal, wanted: QuestionIn) -> Run:
    """Asks, and has the answer given: its events come through the log. Raises UnavailableError when there is no room,
    and what `ask` raises."""
    engine.require_room()
    engine.expect(wanted.question)
    async with db.write(durable=False) as session:
        run, task = await ask(session, principal, wanted)
    engine.start(task)
    return run


async def require_scope(session: AsyncSession, principal: Principal, scope: QuestionScope) -> None:
    """Raises NotFoundError, the same for unknown and unreadable knowledge bases, before anything is stored."""
    named = frozenset(scope.knowledge_base_ids or ())
    if named and not named <= await access.readable_knowledge_bases(session, principal):
        raise access.not_found(ResourceKind.KNOWLEDGE_BASE)


async def parent_of(session: AsyncSession, conversation: Conversation, wanted: QuestionIn) -> Message | None:
    """What the question hangs below: what was named, what the edited one hangs below, or the newest message."""
    missing = NotFoundError("There is no such message in this conversation.")
    parent_id = wanted.parent_id
    if wanted.edited_id is not None:
        edited = await queries.find_message(session, conversation.id, wanted.edited_id)
        if edited is None or edited.role != "user":
            raise missing
        if edited.parent_id is None:
            return None
        parent_id = edited.parent_id
    if parent_id is None:
        return await queries.newest_message(session, conversation.id)
    parent = await queries.find_message(session, conversation.id, parent_id)
    if parent is None:
        raise missing
    return parent


async def ask_again(session: AsyncSession, principal: Principal, run_id: UUID) -> tuple[Run, Task]:
    """Another answer to the same question with the same scope, beside the first. Raises ConflictError while it runs."""
    access.require_permission(principal, Permission.ASK)
    former = await get_run(session, principal, run_id)
    if former.state in ("queued", "running"):
        raise ConflictError("The answer is still being written. Stop it first, or wait.")
    conversation = await get_conversation(session, principal, former.conversation_id)
    message = await queries.find_message(session, conversation.id, former.question_id)
    if message is None:
        raise NotFoundError("There is no such run.")
    scope = QuestionScope.model_validate(former.scope)
    await require_scope(session, principal, scope)
    agent = await engage_in(session, principal, conversation)
    put = Put(conversation, message, agent)
    run = await add_run(session, principal, put, scope)
    return run, await make_task(session, principal, run, put, scope)


async def add_run(session: AsyncSession, principal: Principal, put: Put, scope: QuestionScope, **values: Any) -> Run:
    moment = now()
    run = Run(
        id=new_id(),
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        conversation_id=put.conversation.id,
        agent_id=put.conversation.agent_id,
        question_id=put.message.id,
        state="running",
        scope=scope.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
        lease_until=moment + LEASE,
        created_at=moment,
        started_at=moment,
        **values,
    )
    session.add(run)
    await session.flush()
    return run


async def make_task(
    session: AsyncSession, principal: Principal, run: Run, put: Put, scope: QuestionScope, *, wait: bool = True
) -> Task:
    message, agent = put.message, put.agent
    files = await files_for(session, run, message, scope, wait=wait)
    principal = principal.within(run.conversation_id) if files else principal
    # As they may be read now: a language model would repeat what a revocation has closed.
    above = await render_own(session, principal, await queries.ancestors(session, message, HISTORY))
    turns = tuple(ChatTurn(m.role, m.text) for m in above)
    asked = tuple(turn.text for turn in turns if turn.role == "user")
    request = replace(to_request(message.text, scope, PASSAGES), earlier=asked, within=agent.within if agent else None)
    if files is not None:
        # An agent narrows where else to look: what was attached to be asked about is always looked at.
        within = None if request.within is None else request.within | {files.shelf_id}
        beside = files.beside(request.knowledge_bases)
        request = replace(request, attached=files.shelf_id, knowledge_bases=beside, within=within)
    about = {"run_id": run.id, "conversation_id": run.conversation_id, "question_id": message.id}
    started = first_event(run.id, {name: str(value) for name, value in about.items()})
    await queries.add_events(session, [started])
    return Task(run.id, run.conversation_id, message.id, principal, request, started, turns, agent, files)


def to_title(question: str) -> str:
    """What a conversation is called that begins with this question."""
    line = " ".join(question.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rsplit(" ", 1)[0] + "…"


async def request_stop(session: AsyncSession, principal: Principal, run_id: UUID) -> Run:
    """Asks whichever process runs it to stop; one that has ended stays as it ended."""
    run = await get_run(session, principal, run_id)
    await queries.stop_run(session, run_id)
    return run


async def decide_approval(session: AsyncSession, principal: Principal, run_id: UUID, step: int, *, allow: bool) -> None:
    """The word of whoever asked, and of nobody else. Raises NotFoundError and ConflictError."""
    access.require_permission(principal, Permission.ASK)
    run = await get_run(session, principal, run_id)
    if run.state not in ("queued", "running"):
        raise ConflictError("The answer has ended. Ask again, and decide while it is being given.")
    await approvals.decide(session, run_id, step, allow=allow)

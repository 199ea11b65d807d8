"""SQL of the chat room. Every look-up for a person is bound to that person's own conversations."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, or_, select, true, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.chat.models import (
    STOPS,
    Citation,
    Conversation,
    ConversationFolder,
    Feedback,
    Message,
    Run,
    RunEvent,
    WebCitation,
)
from nexus.core.clock import now
from nexus.core.db import notify

_UNSEEN: Final = {"synchronize_session": False}
"""For rows that the session has not loaded."""


def _own(principal: Principal) -> Select[Conversation]:
    return select(Conversation).where(
        Conversation.tenant_id == principal.tenant_id, Conversation.user_id == principal.user_id
    )


async def find_conversation(
    session: AsyncSession, principal: Principal, conversation_id: UUID, *, deleted: bool = False
) -> Conversation | None:
    """`deleted`: one that was deleted, and only that."""
    gone = Conversation.deleted_at.is_not(None) if deleted else Conversation.deleted_at.is_(None)
    return await session.scalar(_own(principal).where(Conversation.id == conversation_id, gone))


async def list_conversations(
    session: AsyncSession,
    principal: Principal,
    *,
    search: str | None,
    folder_id: UUID | None = None,
    before: tuple[bool, datetime, UUID] | None,
    limit: int,
) -> Sequence[Conversation]:
    """Pinned ones first, then latest first. `search`: part of the title or of a message, any case."""
    query = _own(principal).where(Conversation.deleted_at.is_(None), Conversation.temporary.is_not(true()))
    if folder_id is not None:
        query = query.where(Conversation.folder_id == folder_id)
    if search:
        said = select(Message.id).where(
            Message.conversation_id == Conversation.id, Message.text.icontains(search, autoescape=True)
        )
        query = query.where(or_(Conversation.title.icontains(search, autoescape=True), exists(said)))
    if before:
        query = query.where(tuple_(Conversation.pinned, Conversation.updated_at, Conversation.id) < before)
    order = query.order_by(Conversation.pinned.desc(), Conversation.updated_at.desc(), Conversation.id.desc())
    return (await session.scalars(order.limit(limit))).all()


async def active_run(session: AsyncSession, conversation_id: UUID) -> UUID | None:
    """The newest run of the conversation that is under way."""
    return await session.scalar(
        select(Run.id)
        .where(Run.conversation_id == conversation_id, Run.state.in_(("queued", "running")))
        .order_by(Run.created_at.desc(), Run.id.desc())
        .limit(1)
    )


async def open_runs(session: AsyncSession, question_ids: Sequence[UUID]) -> dict[UUID, Run]:
    """Of these questions, the newest run of each that has left no answer."""
    if not question_ids:
        return {}
    rows = await session.scalars(select(Run).where(Run.question_id.in_(question_ids)).order_by(Run.created_at, Run.id))
    newest = {run.question_id: run for run in rows}
    return {question_id: run for question_id, run in newest.items() if run.answer_id is None}


async def find_run(session: AsyncSession, principal: Principal, run_id: UUID) -> Run | None:
    return await session.scalar(
        select(Run)
        .join(Conversation, Conversation.id == Run.conversation_id)
        .where(
            Run.id == run_id,
            Run.tenant_id == principal.tenant_id,
            Run.user_id == principal.user_id,
            Conversation.deleted_at.is_(None),
        )
    )


async def messages_of(
    session: AsyncSession, conversation_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Message]:
    """Oldest first."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    if after:
        query = query.where(tuple_(Message.created_at, Message.id) > after)
    return (await session.scalars(query.order_by(Message.created_at, Message.id).limit(limit))).all()


async def find_message(session: AsyncSession, conversation_id: UUID, message_id: UUID) -> Message | None:
    return await session.scalar(
        select(Message).where(Message.id == message_id, Message.conversation_id == conversation_id)
    )


async def find_own_message(session: AsyncSession, principal: Principal, message_id: UUID) -> Message | None:
    """In whichever conversation of this person."""
    own = _own(principal).with_only_columns(Conversation.id).where(Conversation.deleted_at.is_(None))
    return await session.scalar(select(Message).where(Message.id == message_id, Message.conversation_id.in_(own)))


async def feedback_on(session: AsyncSession, principal: Principal, message_ids: Sequence[UUID]) -> Sequence[Feedback]:
    """This person's."""
    if not message_ids:
        return []
    own = select(Feedback).where(Feedback.message_id.in_(message_ids), Feedback.user_id == principal.user_id)
    return (await session.scalars(own)).all()


async def put_feedback(session: AsyncSession, feedback: Feedback) -> Feedback:
    """Adds it, or changes what the person thought of the message before."""
    if (standing := await _change_feedback(session, feedback)) is not None:
        return standing
    try:
        async with session.begin_nested():
            session.add(feedback)
    except IntegrityError:
        # Another tab of theirs did the same at the same moment.
        standing = await _change_feedback(session, feedback)
        if standing is None:
            raise
        return standing
    return feedback


async def _change_feedback(session: AsyncSession, feedback: Feedback) -> Feedback | None:
    return await session.scalar(
        update(Feedback)
        .where(Feedback.message_id == feedback.message_id, Feedback.user_id == feedback.user_id)
        # Whoever thinks again is heard again.
        .values(rating=feedback.rating, comment=feedback.comment, state="pending", updated_at=now())
        .returning(Feedback)
        .execution_options(populate_existing=True)
    )


async def delete_feedback(session: AsyncSession, principal: Principal, message_id: UUID) -> None:
    """This person's, if there is any."""
    own = delete(Feedback).where(Feedback.message_id == message_id, Feedback.user_id == principal.user_id)
    await session.execute(own, execution_options=_UNSEEN)


async def ancestors(session: AsyncSession, message: Message, limit: int) -> list[Message]:
    """The messages above this one on its branch, oldest first, at most `limit`."""
    chain: list[Message] = []
    parent_id = message.parent_id
    while parent_id is not None and len(chain) < limit:
        parent = await session.get(Message, parent_id)
        if parent is None:
            break
        chain.append(parent)
        parent_id = parent.parent_id
    return chain[::-1]


async def newest_message(session: AsyncSession, conversation_id: UUID) -> Message | None:
    return await session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    )


async def runs_answering(session: AsyncSession, message_ids: Sequence[UUID]) -> dict[UUID, Run]:
    rows = await session.scalars(select(Run).where(Run.answer_id.in_(message_ids)))
    return {run.answer_id: run for run in rows if run.answer_id}


async def citations_of(session: AsyncSession, message_ids: Sequence[UUID]) -> Sequence[Citation]:
    return (
        await session.scalars(
            select(Citation).where(Citation.message_id.in_(message_ids)).order_by(Citation.message_id, Citation.number)
        )
    ).all()


async def web_citations_of(session: AsyncSession, message_ids: Sequence[UUID]) -> Sequence[WebCitation]:
    wanted = select(WebCitation).where(WebCitation.message_id.in_(message_ids))
    return (await session.scalars(wanted.order_by(WebCitation.message_id, WebCitation.number))).all()


async def add_events(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(insert(RunEvent), [dict(row) for row in rows])


async def events_after(session: AsyncSession, run_id: UUID, number: int, limit: int) -> Sequence[RunEvent]:
    return (
        await session.scalars(
            select(RunEvent)
            .where(RunEvent.run_id == run_id, RunEvent.number > number)
            .order_by(RunEvent.number)
            .limit(limit)
        )
    ).all()


async def renew_runs(session: AsyncSession, run_ids: Sequence[UUID], lease: timedelta) -> set[UUID]:
    """Prolongs the lives of this process's runs; returns those that somebody asked to stop."""
    await session.execute(update(Run).where(Run.id.in_(run_ids)).values(lease_until=now() + lease))
    return set(await session.scalars(select(Run.id).where(Run.id.in_(run_ids), Run.cancel_requested)))


async def orphaned_runs(session: AsyncSession, *, everything: bool) -> Sequence[Run]:
    """Runs whose process is silent; `everything` when it is known that no process runs any."""
    query = select(Run).where(Run.state.in_(("queued", "running")))
    if not everything:
        query = query.where(Run.lease_until < now())
    return (await session.scalars(query.limit(500).with_for_update(skip_locked=True))).all()


async def add_to_run(session: AsyncSession, run_id: UUID, more: Mapping[str, int]) -> None:
    values = {name: getattr(Run, name) + count for name, count in more.items()}
    unseen = {"synchronize_session": False}
    await session.execute(update(Run).where(Run.id == run_id).values(**values), execution_options=unseen)


async def update_run(session: AsyncSession, run_id: UUID, **values: Any) -> None:
    await session.execute(update(Run).where(Run.id == run_id).values(**values), execution_options=_UNSEEN)


async def touch_conversation(session: AsyncSession, conversation_id: UUID) -> None:
    touched = update(Conversation).where(Conversation.id == conversation_id).values(updated_at=now())
    await session.execute(touched, execution_options=_UNSEEN)


async def rename_conversation(session: AsyncSession, conversation_id: UUID, former: str, title: str) -> bool:
    """Unless it is called something else by now."""
    renamed = update(Conversation).where(Conversation.id == conversation_id, Conversation.title == former)
    found = await session.execute(renamed.values(title=title).returning(Conversation.id), execution_options=_UNSEEN)
    return found.first() is not None


_UNFINISHED = ("queued", "running")


async def _stop(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Asks whichever processes answer them to stop; they hear of it when this is committed."""
    stopped = update(Run).where(Run.state.in_(_UNFINISHED), which).values(cancel_requested=True)
    await session.execute(stopped, execution_options=_UNSEEN)
    notify(session, STOPS)


async def stop_run(session: AsyncSession, run_id: UUID) -> None:
    await _stop(session, Run.id == run_id)


async def stop_runs_of_person(session: AsyncSession, user_id: UUID) -> None:
    await _stop(session, Run.user_id == user_id)


async def delete_conversations_of_person(session: AsyncSession, user_id: UUID) -> int:
    """For good, with all that is in them. Those in which an answer is being written stay: returns how many."""
    busy = select(Run.conversation_id).where(Run.user_id == user_id, Run.state.in_(_UNFINISHED))
    await session.execute(
        delete(Conversation).where(Conversation.user_id == user_id, Conversation.id.not_in(busy)),
        execution_options=_UNSEEN,
    )
    left = await session.scalar(select(func.count()).where(Conversation.user_id == user_id)) or 0
    if not left:
        await session.execute(
            delete(ConversationFolder).where(ConversationFolder.user_id == user_id), execution_options=_UNSEEN
        )
    return left


async def delete_conversations(session: AsyncSession, conversation_ids: Sequence[UUID]) -> None:
    """For good, with all that is in them but their files, which the caller has had forgotten."""
    if conversation_ids:
        gone = delete(Conversation).where(Conversation.id.in_(conversation_ids))
        await session.execute(gone, execution_options=_UNSEEN)


async def is_hurried(session: AsyncSession, run_id: UUID) -> bool:
    """Whether somebody wants the answer now."""
    return await session.scalar(select(Run.answer_now).where(Run.id == run_id)) or False


async def stop_runs_of(session: AsyncSession, conversation_id: UUID) -> None:
    await _stop(session, Run.conversation_id == conversation_id)

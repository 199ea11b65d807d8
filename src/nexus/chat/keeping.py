"""How many conversations are kept, and how long: by the tenant's rules, and what the periodic job does about it."""

import logging
from datetime import timedelta
from typing import Any, Final

from nexus.access.principal import Principal
from nexus.audit.acts import Action, Target, changes
from nexus.audit.service import record
from nexus.chat import keeping_queries, queries, search_queries
from nexus.chat.models import Conversation, ConversationRules
from nexus.chat.schemas import ConversationOut, KeepingOut, RulesIn, RulesOut
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.knowledge import attached

logger = logging.getLogger(__name__)

DEFAULT_MOST: Final = 500
UNDO: Final = timedelta(days=1)
"""How long a deleted conversation can be taken back."""
BEGUN: Final = timedelta(days=1)
"""How long a conversation is kept that has files, and no question yet."""
_AHEAD: Final = 5
"""Conversations more that a person is warned of beforehand."""
_DAYS_AHEAD: Final = timedelta(days=7)
_NAMED: Final = 10


async def get_rules(session: AsyncSession, principal: Principal) -> RulesOut:
    rules = await keeping_queries.find_rules(session, principal.tenant_id)
    return _render(rules) if rules else RulesOut(most=DEFAULT_MOST, keep_days=None)


async def update_rules(session: AsyncSession, principal: Principal, wanted: RulesIn) -> RulesOut:
    """They count from the next time that the job runs."""
    rules = await keeping_queries.find_rules(session, principal.tenant_id)
    before = (await get_rules(session, principal)).model_dump()
    if rules is None:
        rules = ConversationRules(tenant_id=principal.tenant_id, most=wanted.most, keep_days=wanted.keep_days)
        session.add(rules)
    rules.most, rules.keep_days = wanted.most, wanted.keep_days
    await session.flush()
    changed: dict[str, Any] = changes(before, _render(rules).model_dump())
    if changed:
        record(
            session,
            principal,
            Action.CONVERSATION_RULES_CHANGED,
            Target("tenant", principal.tenant_id),
            changed,
        )
    return _render(rules)


def _render(rules: ConversationRules) -> RulesOut:
    return RulesOut.model_validate(rules, from_attributes=True)


async def get_keeping(session: AsyncSession, principal: Principal, temporary_hours: float) -> KeepingOut:
    """What the person's next few conversations would push out, and what ends by its age within a week."""
    rules = await get_rules(session, principal)
    count = await keeping_queries.count_living(session, principal)
    going: list[Conversation] = []
    if rules.keep_days is not None:
        moment = now() - timedelta(days=rules.keep_days) + _DAYS_AHEAD
        going += await keeping_queries.used_before(session, principal, moment, _NAMED)
    over = count + _AHEAD - rules.most
    if over > 0:
        going += await keeping_queries.oldest_loose(session, principal, min(over, _NAMED))
    named = {one.id: one for one in going}
    return KeepingOut(
        most=rules.most,
        keep_days=rules.keep_days,
        count=count,
        temporary_hours=temporary_hours,
        going=[ConversationOut.model_validate(one, from_attributes=True) for one in list(named.values())[:_NAMED]],
    )


async def tidy(db: Database, temporary_hours: float) -> None:
    """Everything that is due, in short transactions; as often as one likes."""
    hidden = await _hide_old(db) + await _hide_beyond_limit(db)
    purged = 0
    while True:
        moment = now()
        async with db.write(durable=False) as session:
            gone = await keeping_queries.over(
                session,
                deleted_before=moment - UNDO,
                idle_since=moment - timedelta(hours=temporary_hours),
                begun_before=moment - BEGUN,
            )
            await attached.forget(session, gone)
            await queries.delete_conversations(session, gone)
        purged += len(gone)
        if len(gone) < keeping_queries.BATCH:
            break
    if hidden or purged:
        logger.info("conversations: %d cleaned up, %d deleted for good", hidden, purged)
    await _index_missing(db)


async def _hide_old(db: Database) -> int:
    async with db.read() as session:
        forgetting = await keeping_queries.tenants_that_forget(session)
    hidden = 0
    for tenant_id, days in forgetting.items():
        count = keeping_queries.BATCH
        while count == keeping_queries.BATCH:
            async with db.write(durable=False) as session:
                old = await keeping_queries.delete_used_before(session, tenant_id, now() - timedelta(days=days))
                await attached.hide(session, old)
            count = len(old)
            hidden += count
    return hidden


async def _hide_beyond_limit(db: Database) -> int:
    async with db.read() as session:
        crowded = await keeping_queries.crowded(session, DEFAULT_MOST)
    hidden = 0
    for user_id, surplus in crowded:
        while surplus > 0:
            async with db.write(durable=False) as session:
                oldest = await keeping_queries.delete_oldest(session, user_id, surplus)
                await attached.hide(session, oldest)
            count = len(oldest)
            hidden += count
            surplus = surplus - count if count else 0
    return hidden


async def _index_missing(db: Database) -> None:
    """Messages from before there was an index, or that lost their entry."""
    while True:
        async with db.write(durable=False) as session:
            missing = await search_queries.without_entry(session, keeping_queries.BATCH)
            for user_id, message in missing:
                await search_queries.add_entry(session, user_id, message)
        if len(missing) < keeping_queries.BATCH:
            return

"""HTTP of how much an agent is asked, for those who manage it."""

from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from fastapi import APIRouter

from nexus.agents import profiles
from nexus.chat.schemas import AgentUsageOut, DayOut
from nexus.chat.usage_queries import usage_of
from nexus.core.clock import now
from nexus.core.http.deps import ReadSession
from nexus.identity.deps import CurrentPrincipal

router = APIRouter(tags=["agents"])

_DAYS: Final = 30


@router.get("/agents/{agent_id}/statistics")
async def get_agent_statistics(session: ReadSession, principal: CurrentPrincipal, agent_id: UUID) -> AgentUsageOut:
    """Of the last 30 days in UTC, today included, as far as the conversations are still kept."""
    agent = await profiles.require_manage(session, principal, agent_id)
    moment = now()
    today = datetime.combine(moment.date(), time(), moment.tzinfo)
    first = today - timedelta(days=_DAYS - 1)
    usage = await usage_of(session, agent.id, first, _DAYS)
    return AgentUsageOut(
        questions=usage.questions,
        people=usage.people,
        up=usage.up,
        down=usage.down,
        days=[
            DayOut(day=(first + timedelta(days=number)).date(), questions=count)
            for number, count in enumerate(usage.per_day)
        ],
    )

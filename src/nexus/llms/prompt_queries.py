"""The SQL of prompts; always with their tenant."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from nexus.core.db import AsyncSession
from nexus.identity.models import User
from nexus.llms.models import Prompt, PromptVersion


async def find_prompt(session: AsyncSession, tenant_id: UUID, purpose: str, *, lock: bool = False) -> Prompt | None:
    own = select(Prompt).where(Prompt.tenant_id == tenant_id, Prompt.purpose == purpose)
    return await session.scalar(own.with_for_update() if lock else own)


async def list_prompts(session: AsyncSession, tenant_id: UUID) -> Mapping[str, tuple[Prompt, str]]:
    """By purpose, with the text that counts."""
    version = PromptVersion
    rows = await session.execute(
        select(Prompt, version.text)
        .outerjoin(version, (version.prompt_id == Prompt.id) & (version.number == Prompt.active))
        .where(Prompt.tenant_id == tenant_id)
    )
    return {prompt.purpose: (prompt, text or "") for prompt, text in rows}


async def active_text(session: AsyncSession, tenant_id: UUID, purpose: str) -> tuple[int, str]:
    """Number and text of the version that counts; 0 and nothing where none does."""
    found = await session.execute(
        select(PromptVersion.number, PromptVersion.text)
        .join(Prompt, (Prompt.id == PromptVersion.prompt_id) & (Prompt.active == PromptVersion.number))
        .where(Prompt.tenant_id == tenant_id, Prompt.purpose == purpose)
    )
    row = found.one_or_none()
    return (row.number, row.text) if row else (0, "")


async def find_version(session: AsyncSession, prompt_id: UUID, number: int) -> PromptVersion | None:
    return await session.scalar(
        select(PromptVersion).where(PromptVersion.prompt_id == prompt_id, PromptVersion.number == number)
    )


async def list_versions(
    session: AsyncSession, tenant_id: UUID, purpose: str, *, before: int | None, limit: int
) -> Sequence[tuple[PromptVersion, str, bool]]:
    """The newest first, each with its writer's name and whether it counts."""
    query = (
        select(PromptVersion, User.name, Prompt.active)
        .join(Prompt, Prompt.id == PromptVersion.prompt_id)
        .outerjoin(User, (User.id == PromptVersion.created_by) & (User.tenant_id == Prompt.tenant_id))
        .where(Prompt.tenant_id == tenant_id, Prompt.purpose == purpose)
    )
    if before is not None:
        query = query.where(PromptVersion.number < before)
    rows = await session.execute(query.order_by(PromptVersion.number.desc()).limit(limit))
    return [(version, name or "", version.number == active) for version, name, active in rows]

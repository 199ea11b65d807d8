"""Prompts: written as new versions that nobody changes, of which one counts. What counts, the next question is told.

`purpose` is a purpose's word, or that of an agent (`schemas.agent_purpose`), whose prompt is its instructions.
"""

import difflib
from collections.abc import Sequence
from typing import Final

from nexus.access.principal import Principal
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import InvalidError, NotFoundError
from nexus.core.ids import new_id
from nexus.llms import prompt_queries as queries
from nexus.llms import queries as rows
from nexus.llms.errors import ChangedMeanwhileError
from nexus.llms.models import Prompt, PromptVersion
from nexus.llms.prompt_schemas import ActiveVersionIn, DiffLine, PromptVersionIn, PromptVersionOut

MOST_VERSIONS: Final = 10_000


async def write_version(
    session: AsyncSession,
    principal: Principal,
    purpose: str,
    wanted: PromptVersionIn,
    *,
    of: Target | None = None,
) -> PromptVersion:
    """`of`: whose prompt it is, where it is not a purpose's.

    Raises ChangedMeanwhileError, and InvalidError for a text that is the newest one already.
    """
    prompt = await _locked(session, principal, purpose, wanted.changes)
    newest = await queries.find_version(session, prompt.id, prompt.newest)
    if (newest.text if newest else "") == wanted.text:
        raise InvalidError("This is what the newest version says already. Change the text, or activate that version.")
    if prompt.newest >= MOST_VERSIONS:
        raise InvalidError("There are as many versions of this prompt as there may be.")
    prompt.newest += 1
    version = PromptVersion(
        id=new_id(),
        prompt_id=prompt.id,
        number=prompt.newest,
        text=wanted.text,
        note=wanted.note,
        created_by=principal.user_id,
        created_at=now(),
    )
    session.add(version)
    details = {"version": version.number, "active": wanted.activate, "note": wanted.note}
    if wanted.activate:
        details["before"] = prompt.active
        prompt.active = version.number
    await _changed(session, prompt)
    record(session, principal, Action.PROMPT_WRITTEN, of or Target("prompt", prompt.id, purpose), details)
    return version


async def activate_version(
    session: AsyncSession, principal: Principal, purpose: str, wanted: ActiveVersionIn, *, of: Target | None = None
) -> None:
    """0 has only what always holds. Raises ChangedMeanwhileError, NotFoundError."""
    prompt = await _locked(session, principal, purpose, wanted.changes)
    if wanted.number and await queries.find_version(session, prompt.id, wanted.number) is None:
        raise no_such_version()
    details = {"version": wanted.number, "before": prompt.active}
    if wanted.number == prompt.active:
        return
    prompt.active = wanted.number
    await _changed(session, prompt)
    record(session, principal, Action.PROMPT_ACTIVATED, of or Target("prompt", prompt.id, purpose), details)


async def difference(
    session: AsyncSession, principal: Principal, purpose: str, former: int, later: int
) -> Sequence[DiffLine]:
    """Between two versions, of which 0 has no words. Raises NotFoundError."""
    return compare(*[await _text_of(session, principal, purpose, number) for number in (former, later)])


async def _text_of(session: AsyncSession, principal: Principal, purpose: str, number: int) -> str:
    if number == 0:
        return ""
    prompt = await queries.find_prompt(session, principal.tenant_id, purpose)
    version = await queries.find_version(session, prompt.id, number) if prompt else None
    if version is None:
        raise no_such_version()
    return version.text


def render_version(version: PromptVersion, writer: str, active: bool) -> PromptVersionOut:
    """As `prompt_queries.list_versions` gives it."""
    return PromptVersionOut(
        number=version.number,
        text=version.text,
        note=version.note,
        created_by=version.created_by if writer else None,
        created_by_name=writer,
        created_at=version.created_at,
        active=active,
    )


def no_such_version() -> NotFoundError:
    return NotFoundError("There is no such version of this prompt.")


def compare(former: str, later: str) -> Sequence[DiffLine]:
    """Line by line, in the later one's order."""
    before, after = former.splitlines(), later.splitlines()
    lines: list[DiffLine] = []
    for kind, from_start, from_end, to_start, to_end in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            lines += [DiffLine(kind="same", text=line) for line in after[to_start:to_end]]
        else:
            lines += [DiffLine(kind="removed", text=line) for line in before[from_start:from_end]]
            lines += [DiffLine(kind="added", text=line) for line in after[to_start:to_end]]
    return lines


async def _locked(session: AsyncSession, principal: Principal, purpose: str, seen: int) -> Prompt:
    """The tenant's prompt for this purpose, made where there is none. Raises ChangedMeanwhileError."""
    prompt = await queries.find_prompt(session, principal.tenant_id, purpose, lock=True)
    if prompt is None:
        prompt = Prompt(id=new_id(), tenant_id=principal.tenant_id, purpose=purpose, active=0, newest=0, changes=0)
        await rows.add(session, prompt, ChangedMeanwhileError())
    if prompt.changes != seen:
        raise ChangedMeanwhileError
    return prompt


async def _changed(session: AsyncSession, prompt: Prompt) -> None:
    prompt.changes += 1
    prompt.updated_at = now()
    await session.flush()

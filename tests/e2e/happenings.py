"""What happens in a company: through the product's services, and to the oracle when the rules allow it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import update

from e2e import stage as staging
from e2e.company import Company, Event, Paper, Shelf, User, canary
from e2e.stage import CANARY, Stage
from nexus.access.models import Level
from nexus.access.principal import Principal, SubjectKind, parse_subject, subject
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, ForbiddenError, NexusError, NotFoundError
from nexus.identity import models
from nexus.identity import service as identity
from nexus.knowledge import deleting, documents, readers, service, versions
from nexus.knowledge.errors import PersonalError
from nexus.knowledge.schemas import DocumentPatch, GrantIn

Thing = TypeVar("Thing")
Refusal = type[NexusError] | None


@dataclass(frozen=True)
class Change:
    """What somebody tries: how the rules refuse it, if they do, how it is done, and what it does to the oracle."""

    refusal: Refusal
    act: Callable[[AsyncSession, Principal], Awaitable[Any]]
    apply: Callable[[], None]


def pick(things: list[Thing], number: int, able: Callable[[Thing], bool] | None = None) -> Thing:
    """One of the things; with `able`, one that is, if there is any."""
    chosen = [thing for thing in things if able(thing)] if able else []
    return (chosen or things)[number % len(chosen or things)]


async def happen(stage: Stage, company: Company, what: Event) -> None:
    """One change, tried by somebody who may or may not be allowed to (`choice` has it tried by somebody who may)."""
    kind, first, second, third, choice = what
    active = [user for user in company.users if user.active]
    if kind in _SHELF_CHANGES and active:
        shelf = pick(company.shelves, second)
        actor = pick(active, first, (lambda user: company.governs(user, shelf)) if choice else None)
        await attempt(stage, company, actor, _SHELF_CHANGES[kind](company, actor, shelf, third))
    elif kind in _PAPER_CHANGES and active:
        paper = pick(company.papers, second)
        await prepare(stage, company, kind, paper)
        able = company.restores if kind == "undelete" else company.manages
        actor = pick(active, first, (lambda user: able(user, paper)) if choice else None)
        await attempt(stage, company, actor, _PAPER_CHANGES[kind](company, actor, paper, third))
    elif kind == "replace":
        paper = pick(company.papers, second)
        if not paper.deleted:
            async with stage.db.write() as session:
                await staging.replace(session, paper, canary())
    else:
        await change_people(stage, company, kind, pick(company.users, first), second)


async def attempt(stage: Stage, company: Company, actor: User, change: Change) -> None:
    """Done, or refused as the rules say and in words that tell nothing."""
    principal = await stage.principal(actor.email)

    async def go() -> None:
        async with stage.db.write() as session:
            await change.act(session, principal)

    if change.refusal is None:
        await go()
        change.apply()
        return
    with pytest.raises(change.refusal) as refused:
        await go()
    told = CANARY.findall(f"{refused.value.detail}{refused.value.extra}")
    assert not set(company.hidden_words(actor)).intersection(told)


# --- knowledge bases ------------------------------------------------------------------------------------------------


def may_govern(company: Company, actor: User, shelf: Shelf) -> Refusal:
    if not company.sees(actor, shelf):
        return NotFoundError
    return None if company.governs(actor, shelf) else ForbiddenError


def grant(company: Company, actor: User, shelf: Shelf, number: int) -> Change:
    kind, whom, whose = pick(company.subjects(), number)
    level = Level.MANAGE if number % 3 == 0 else Level.READ
    refusal = may_govern(company, actor, shelf) or (PersonalError if shelf.personal else None)
    return Change(
        refusal or (None if whose == shelf.tenant else NotFoundError),
        lambda session, principal: service.add_grant(
            session, principal, shelf.id, GrantIn(subject_kind=kind, subject_id=whom, level=level)
        ),
        lambda: company.grants.update({(shelf.id, subject(kind, whom)): level}),
    )


def revoke(company: Company, actor: User, shelf: Shelf, number: int) -> Change:
    word = standing_word(company, shelf.id, number)
    refusal = may_govern(company, actor, shelf) or (PersonalError if shelf.personal else None)
    return Change(
        refusal or (None if (shelf.id, word) in company.grants else NotFoundError),
        lambda session, principal: service.remove_grant(session, principal, shelf.id, *parse_subject(word)),
        lambda: company.grants.__delitem__((shelf.id, word)),
    )


def standing_word(company: Company, resource: UUID, number: int) -> str:
    """A subject that a grant on the resource names, or any."""
    words = sorted(word for granted, word in company.grants if granted == resource)
    return pick(words, number) if words else subject(*pick(company.subjects(), number)[:2])


def delete_shelf(company: Company, actor: User, shelf: Shelf, _number: int) -> Change:
    def apply() -> None:
        shelf.deleted = True
        company.forget(shelf.id)
        for paper in company.papers:
            if company.shelves[paper.shelf] is shelf:
                paper.deleted = True
                company.forget(paper.id)

    return Change(
        may_govern(company, actor, shelf),
        lambda session, principal: deleting.delete_knowledge_base(session, principal, shelf.id, 30),
        apply,
    )


_SHELF_CHANGES = {"grant": grant, "revoke": revoke, "delete-shelf": delete_shelf}


# --- documents ------------------------------------------------------------------------------------------------------


def may_manage(company: Company, actor: User, paper: Paper) -> Refusal:
    if not company.reads(actor, paper):
        return NotFoundError
    return None if company.manages(actor, paper) else ForbiddenError


def keeps_manager(company: Company, paper: Paper, change: dict[str, Level | None]) -> Refusal:
    """A restricted document that nobody manages would be lost."""
    levels = {word: level for (resource, word), level in company.grants.items() if resource == paper.id} | change
    return ConflictError if paper.restricted and Level.MANAGE not in levels.values() else None


def grant_document(company: Company, actor: User, paper: Paper, number: int) -> Change:
    kind, whom, whose = pick(company.subjects(), number)
    level = Level.MANAGE if number % 3 == 0 else Level.READ
    refusal = may_manage(company, actor, paper)
    refusal = refusal or (None if whose == company.shelves[paper.shelf].tenant else NotFoundError)
    return Change(
        refusal or keeps_manager(company, paper, {subject(kind, whom): level}),
        lambda session, principal: readers.grant_document(
            session, principal, paper.id, GrantIn(subject_kind=kind, subject_id=whom, level=level)
        ),
        lambda: company.grants.update({(paper.id, subject(kind, whom)): level}),
    )


def revoke_document(company: Company, actor: User, paper: Paper, number: int) -> Change:
    word = standing_word(company, paper.id, number)
    refusal = may_manage(company, actor, paper)
    refusal = refusal or (None if (paper.id, word) in company.grants else NotFoundError)
    return Change(
        refusal or keeps_manager(company, paper, {word: None}),
        lambda session, principal: readers.revoke_document(session, principal, paper.id, *parse_subject(word)),
        lambda: company.grants.__delitem__((paper.id, word)),
    )


def restrict(company: Company, actor: User, paper: Paper, _number: int) -> Change:
    def apply() -> None:
        if not paper.restricted:
            # Whoever restricts a document stays among its readers.
            paper.restricted = True
            company.grants[paper.id, subject(SubjectKind.USER, actor.id)] = Level.MANAGE

    return patched(company, actor, paper, apply, restricted=True)


def unrestrict(company: Company, actor: User, paper: Paper, _number: int) -> Change:
    return patched(company, actor, paper, lambda: setattr(paper, "restricted", False), restricted=False)


def move(company: Company, actor: User, paper: Paper, number: int) -> Change:
    place = number % len(company.shelves)
    target = company.shelves[place]
    change = patched(
        company, actor, paper, lambda: setattr(paper, "shelf", place), knowledge_base_id=company.shelves[place].id
    )
    refusal = change.refusal
    if refusal is None and place != paper.shelf and company.shelf_level(actor, target) is not Level.MANAGE:
        refusal = ForbiddenError if company.sees(actor, target) else NotFoundError
    return Change(refusal, change.act, change.apply)


def patched(company: Company, actor: User, paper: Paper, apply: Callable[[], None], **patch: object) -> Change:
    wanted = DocumentPatch.model_validate(patch)
    return Change(
        may_manage(company, actor, paper),
        lambda session, principal: documents.update_document(session, principal, paper.id, wanted),
        apply,
    )


def delete(company: Company, actor: User, paper: Paper, _number: int) -> Change:
    def apply() -> None:
        paper.deleted = True
        company.lay_aside(paper.id)

    return Change(
        may_manage(company, actor, paper),
        lambda session, principal: deleting.delete_document(session, principal, paper.id, 30),
        apply,
    )


def undelete(company: Company, actor: User, paper: Paper, _number: int) -> Change:
    def apply() -> None:
        paper.deleted = False
        company.take_back(paper.id)

    return Change(
        None if company.restores(actor, paper) else NotFoundError,
        lambda session, principal: deleting.restore_document(session, principal, paper.id, keep_both=False),
        apply,
    )


def restore_version(company: Company, actor: User, paper: Paper, number: int) -> Change:
    word = pick(paper.silent or [paper.canary], number)

    async def act(session: AsyncSession, principal: Principal) -> None:
        version = await staging.version_saying(session, paper, word)
        await versions.restore_version(session, principal, paper.id, version)
        await staging.read_restored(session, paper, word)

    # What says the same as the newest is not brought back.
    refusal = may_manage(company, actor, paper) or (None if paper.silent else ConflictError)
    return Change(refusal, act, lambda: None)


async def prepare(stage: Stage, company: Company, kind: str, paper: Paper) -> None:
    """What is brought back was deleted, or replaced, before."""
    if kind == "undelete" and not paper.deleted:
        owner = next((user for user in company.users if user.active and company.manages(user, paper)), None)
        if owner is not None:
            await attempt(stage, company, owner, delete(company, owner, paper, 0))
    if kind == "restore-version" and not paper.deleted and not paper.silent:
        async with stage.db.write() as session:
            await staging.replace(session, paper, canary())


_PAPER_CHANGES = {
    "undelete": undelete,
    "restore-version": restore_version,
    "grant-document": grant_document,
    "revoke-document": revoke_document,
    "restrict": restrict,
    "unrestrict": unrestrict,
    "move": move,
    "delete": delete,
}


# --- people ---------------------------------------------------------------------------------------------------------


async def change_people(stage: Stage, company: Company, kind: str, user: User, number: int) -> None:
    tenant = company.tenants[user.tenant]
    groups = [n for n in range(len(company.groups)) if company.of(n) == user.tenant and n not in company.dissolved]
    async with stage.db.write() as session:
        match kind:
            case "join" | "leave" if groups:
                group = pick(groups, number, lambda group: (group in user.groups) is (kind == "leave"))
                change = identity.add_member if kind == "join" else identity.remove_member
                await change(session, tenant_id=tenant, group_id=company.groups[group], user_id=user.id)
                (user.groups.add if kind == "join" else user.groups.discard)(group)
            case "dissolve" if groups:
                group = pick(groups, number)
                await identity.delete_group(session, tenant, company.groups[group])
                company.dissolve(group)
            case "transfer":
                own = [n for n in range(len(company.departments)) if company.of(n) == user.tenant]
                user.department = pick([None, *own], number)
                to = None if user.department is None else company.departments[user.department]
                await session.execute(update(models.User).where(models.User.id == user.id).values(department_id=to))
            case "deactivate":
                user.active = False
                await session.execute(update(models.User).where(models.User.id == user.id).values(active=False))
            case _:
                return

"""`nexus audit`: whether the audit log is the one that was written, and the log for somebody else's eyes.

It reads the database itself and asks no server: what checks the installation must not depend on it.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from nexus.audit.acts import INSTALLATION
from nexus.audit.chain import Event
from nexus.audit.verification import export as export_events
from nexus.audit.verification import require_log
from nexus.audit.verification import verify as verify_chains
from nexus.cli.connection import RefusedError
from nexus.core.db import AsyncSession, Database, create_engine
from nexus.core.settings import load_settings
from nexus.identity.queries import find_tenant
from nexus.identity.structure_queries import list_tenants

_EXPECTED = re.compile(r"(\d+):([0-9a-f]{64})")


def verify(tenant: str | None, expect: list[str]) -> None:
    """A line a chain with its head; exits with 1 when anything is amiss."""
    if expect and tenant is None:
        raise RefusedError("Say whose log the written-down hash belongs to: --tenant.")
    if not asyncio.run(_verify(tenant, dict(_written_down(text) for text in expect))):
        sys.exit(1)


def _written_down(text: str) -> tuple[int, str]:
    match = _EXPECTED.fullmatch(text.strip().lower())
    if match is None:
        raise RefusedError(f"{text!r} is not the head of a log as `nexus audit verify` prints it: number:hash.")
    return int(match[1]), match[2]


async def _verify(tenant: str | None, expected: dict[int, str]) -> bool:
    whole = True
    async with _database() as db:
        tenant_ids = None if tenant is None else [await _tenant_id(db, tenant)]
        async for report in verify_chains(db, tenant_ids, expected=expected):
            name = await _name(db, report.tenant_id)
            if report.fault is None:
                print(f"{name}: {report.sequence} events, whole. Head {report.sequence}:{report.hash}", flush=True)
            else:
                whole = False
                print(f"{name}: {report.fault}", flush=True)
    return whole


def export(tenant: str | None) -> None:
    """One JSON object a line, oldest first."""
    try:
        asyncio.run(_export(tenant))
    except BrokenPipeError:
        # Whoever reads has had enough, as `head` does; what is left in the buffer must not complain at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _export(tenant: str | None) -> None:
    async with _database() as db:
        async for event in export_events(db, None if tenant is None else [await _tenant_id(db, tenant)]):
            print(json.dumps(_fields(event), ensure_ascii=False))


def _fields(event: Event) -> dict[str, Any]:
    return {
        "tenant_id": str(event.tenant_id),
        "sequence": event.sequence,
        "at": event.at.isoformat(timespec="microseconds"),
        "actor_id": str(event.actor_id) if event.actor_id else None,
        "actor_name": event.actor_name,
        "credential": event.credential,
        "action": event.action,
        "outcome": event.outcome,
        "target_kind": event.target_kind,
        "target_id": str(event.target_id) if event.target_id else None,
        "target_name": event.target_name,
        "ip": event.ip,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "details": event.details,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


@asynccontextmanager
async def _database() -> AsyncGenerator[Database, None]:
    settings = load_settings()
    if not settings.db.url and not (settings.data_dir / "nexus.db").is_file():
        raise RefusedError(f"There is no database in {settings.data_dir}. Start Nexus first, or set NEXUS_DATA_DIR.")
    db = Database(create_engine(settings.database_url))
    try:
        await require_log(db)
        yield db
    finally:
        await db.aclose()


async def _tenant_id(db: Database, named: str) -> UUID:
    """By id or by name; `installation` is the log of what concerns no tenant."""
    if named == "installation":
        return INSTALLATION
    async with db.read() as session:
        try:
            return UUID(named)
        except ValueError:
            found = await _by_name(session, named)
    if found is None:
        raise RefusedError(f"There is no tenant named {named!r}.")
    return found


async def _by_name(session: AsyncSession, name: str) -> UUID | None:
    # The page that begins where this name would stand.
    for tenant in await list_tenants(session, after=(name, INSTALLATION), limit=1):
        if tenant.name == name:
            return tenant.id
    return None


async def _name(db: Database, tenant_id: UUID) -> str:
    if tenant_id == INSTALLATION:
        return "installation"
    async with db.read() as session:
        tenant = await find_tenant(session, tenant_id)
    return f"{tenant.name} ({tenant_id})" if tenant else f"unknown tenant ({tenant_id})"

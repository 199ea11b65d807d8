"""`nexus secrets`: the keys of stored secrets, and the secrets under them.

Like `nexus audit` it works on the database itself, whether a server runs or not.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from nexus.audit.acts import INSTALLATION, Action, Actor, Credential
from nexus.audit.service import record
from nexus.cli.connection import RefusedError
from nexus.core import sealed_rows
from nexus.core.db import Database, create_engine
from nexus.core.migrate import migrate
from nexus.core.secrets import FORMER, SecretBox, UnsealError, load_box
from nexus.core.secrets import new_key as make_key
from nexus.core.settings import Settings, load_settings
from nexus.tables import metadata


def new_key() -> None:
    print(make_key())


def rotate() -> None:
    """Exits with 1 when a row cannot be read; the others are done all the same."""
    settings = load_settings()
    box = load_box(settings)
    unreadable = asyncio.run(_rotate(settings, box))
    _complain(unreadable)


async def _rotate(settings: Settings, box: SecretBox) -> list[UnsealError]:
    operator = Actor(INSTALLATION, None, "", Credential.OPERATOR)
    unreadable: list[UnsealError] = []
    async with _database(settings) as db:
        for column in sealed_rows.sealed_columns(metadata):
            after, anew, current = None, 0, 0
            while True:
                async with db.write() as session:
                    batch, after = await sealed_rows.seal_anew(session, box, column, after)
                    if batch.sealed_anew:
                        details = {"column": str(column), "count": batch.sealed_anew, "encrypted_by": box.newest.id}
                        record(session, operator, Action.SECRETS_ROTATED, details=details)
                anew, current = anew + batch.sealed_anew, current + batch.current
                unreadable += batch.unreadable
                if after is None:
                    break
            print(f"{column}: {anew} encrypted anew by key {box.newest.id}, {current} were already.", flush=True)
    return unreadable


def check() -> None:
    """Exits with 1 when a row cannot be read."""
    settings = load_settings()
    box = load_box(settings)
    findings = asyncio.run(_check(settings, box))
    for key in box.keys:
        newest = ", the newest" if key is box.newest else ""
        used = findings.keys.pop(key.id, 0)
        spare = "" if used or key is box.newest else ": may go"
        print(f"key {key.id} ({key.origin}{newest}): {used} secrets{spare}")
    if former := findings.keys.pop(FORMER, 0):
        print(f"NEXUS_SECRET_KEY, as before sealing keys: {former} secrets. `nexus secrets rotate` moves them.")
    for key_id, used in findings.keys.items():
        print(f"key {key_id} (unknown): {used} secrets")
    print(f"{findings.rows} secrets, {len(findings.unreadable)} of them unreadable.")
    _complain(findings.unreadable)


def _complain(unreadable: list[UnsealError]) -> None:
    for error in unreadable:
        print(f"nexus: {error}", file=sys.stderr)
    if unreadable:
        sys.exit(1)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncGenerator[Database, None]:
    if not settings.db.url and not (settings.data_dir / "nexus.db").is_file():
        raise RefusedError(f"There is no database in {settings.data_dir}. Start Nexus first, or set NEXUS_DATA_DIR.")
    db = Database(create_engine(settings.database_url))
    try:
        # What this version looks for has to be there.
        await migrate(db.engine)
        yield db
    finally:
        await db.aclose()


async def _check(settings: Settings, box: SecretBox) -> sealed_rows.Findings:
    async with _database(settings) as db:
        return await sealed_rows.check(db, box, metadata)

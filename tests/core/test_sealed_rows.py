"""`nexus secrets`: every row of every column of secrets comes under the newest key, and what cannot is named."""

import asyncio
import base64
import hmac
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, update

from factories import cheap_passwords, make_user, make_world
from nexus.audit.models import AuditEvent
from nexus.cli import sealing
from nexus.core import sealed_rows
from nexus.core.db import Database
from nexus.core.sealed_rows import place_in, sealed_columns
from nexus.core.secrets import SecretBox, key_id, load_box, new_key
from nexus.core.settings import load_settings
from nexus.identity.models import SecondFactor
from nexus.identity.queries import find_user
from nexus.tables import metadata

pytest_plugins = ("servers",)

SECRET = "JBSWY3DPEHPK3PXP"


class Shell:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keys: str) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.keys(keys)

    def keys(self, *keys: str) -> None:
        self._monkeypatch.setenv("NEXUS_SECRETS__KEYS", ",".join(keys))

    def box(self) -> SecretBox:
        return load_box(load_settings(_env_file=None))

    async def run(self, command: str, code: int = 0) -> str:
        self._capsys.readouterr()
        with ThreadPoolExecutor(1) as executor:
            running = asyncio.get_running_loop().run_in_executor(executor, _code_of, command)
            assert await running == code
        out = self._capsys.readouterr()
        return out.out + out.err


def _code_of(command: str) -> int:
    try:
        getattr(sealing, command)()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def shell(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.setenv("NEXUS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NEXUS_DB__URL", database_url)
    return Shell(monkeypatch, capsys, new_key())


async def factors(db: Database, box: SecretBox, count: int) -> list[UUID]:
    """So many people with a second factor."""
    passwords = cheap_passwords()
    world = await make_world(db, passwords)
    passwords.close()
    async with db.write() as session:
        people = [await make_user(session, world.acme, f"p{n}@acme.test") for n in range(count)]
        for person in people:
            place = place_in(SecondFactor, "sealed_secret", person.tenant_id, person.id)
            session.add(SecondFactor(user_id=person.id, sealed_secret=box.seal(SECRET, place)))
    return [person.id for person in people]


async def sealed(db: Database) -> dict[UUID, str]:
    async with db.read() as session:
        return {row.user_id: row.sealed_secret for row in await session.scalars(select(SecondFactor))}


async def opened(db: Database, box: SecretBox) -> set[str]:
    found: set[str] = set()
    for user_id, text in (await sealed(db)).items():
        async with db.read() as session:
            user = await find_user(session, user_id)
        assert user
        found.add(box.unseal(text, place_in(SecondFactor, "sealed_secret", user.tenant_id, user_id)))
    return found


def test_the_columns_are_found_by_their_type() -> None:
    found = {str(column) for column in sealed_columns(metadata)}
    assert found == {
        "second_factor.sealed_secret",
        "model_provider.sealed_key",
        "mcp_server.sealed_token",
        "tool_connection.sealed_client_secret",
        "tool_connection.sealed_tokens",
        "tool_sign_in.sealed_way",
    }
    for column in sealed_columns(metadata):
        assert column.id.name
        assert column.tenant_id is not None


async def test_rotation_moves_every_row_and_says_how_many(database: Database, shell: Shell) -> None:
    former = shell.box()
    people = await factors(database, former, sealed_rows.BATCH + 3)
    key = new_key()
    shell.keys(key, os.environ["NEXUS_SECRETS__KEYS"])
    told = await shell.run("check")
    assert f"key {former.newest.id} (NEXUS_SECRETS__KEYS): {len(people)} secrets\n" in told
    new = shell.box().newest.id
    assert f"{len(people)} encrypted anew by key {new}, 0 were already" in await shell.run("rotate")
    assert {key_id(text) for text in (await sealed(database)).values()} == {new}
    assert f"0 encrypted anew by key {new}, {len(people)} were already" in await shell.run("rotate")
    assert f"key {former.newest.id} (NEXUS_SECRETS__KEYS): 0 secrets: may go" in await shell.run("check")
    shell.keys(key)
    assert await opened(database, shell.box()) == {SECRET}
    assert f"{len(people)} secrets, 0 of them unreadable." in await shell.run("check")
    async with database.read() as session:
        acts = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "secrets.rotated"))).all()
    assert sum(act.details["count"] for act in acts) == len(people)
    assert {act.details["encrypted_by"] for act in acts} == {new}


async def test_it_may_stop_in_the_middle_and_be_run_again(
    database: Database, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factors(database, shell.box(), 7)
    shell.keys(new_key(), os.environ["NEXUS_SECRETS__KEYS"])
    monkeypatch.setattr(sealed_rows, "BATCH", 3)
    seal_anew, batches = sealed_rows.seal_anew, iter(range(9))

    async def interrupted(*arguments: Any) -> Any:
        batch, last = await seal_anew(*arguments)
        if batch.sealed_anew and next(batches) == 1:
            raise KeyboardInterrupt
        return batch, last

    monkeypatch.setattr(sealed_rows, "seal_anew", interrupted)
    with pytest.raises(KeyboardInterrupt):
        await shell.run("rotate")
    monkeypatch.setattr(sealed_rows, "seal_anew", seal_anew)
    box = shell.box()
    assert (
        sorted(key_id(text) == box.newest.id for text in (await sealed(database)).values()) == [False] * 4 + [True] * 3
    )
    assert await opened(database, box) == {SECRET}
    assert "4 encrypted anew" in await shell.run("rotate")
    assert await opened(database, box) == {SECRET}


async def test_rows_of_the_former_scheme_are_moved(database: Database, shell: Shell, tmp_path: Path) -> None:
    (person,) = await factors(database, shell.box(), 1)
    folder = tmp_path / "data" / "secrets"
    folder.mkdir(parents=True)
    (folder / "secret.key").write_bytes(b"of the first start")
    cipher = AESGCM(hmac.digest(b"of the first start", b"nexus 1: sealed secrets", "sha256"))
    text = cipher.encrypt(bytes(12), SECRET.encode(), f"second factor of {person.hex}".encode())
    async with database.write() as session:
        former = base64.b64encode(bytes(12) + text).decode()
        await session.execute(update(SecondFactor).values(sealed_secret=former))
    assert "NEXUS_SECRET_KEY, as before sealing keys: 1 secrets." in await shell.run("check")
    assert "1 encrypted anew" in await shell.run("rotate")
    assert await opened(database, shell.box()) == {SECRET}


async def test_what_cannot_be_read_is_named_and_left_as_it_is(database: Database, shell: Shell) -> None:
    one, two, three = await factors(database, shell.box(), 3)
    rows = await sealed(database)
    async with database.write() as session:
        await session.execute(update(SecondFactor).where(SecondFactor.user_id == two).values(sealed_secret=rows[one]))
    told = await shell.run("check", code=1)
    assert f"second_factor.sealed_secret of row {two}, tenant " in told
    assert "3 secrets, 1 of them unreadable." in told
    assert f"row {one}" not in told
    shell.keys(new_key(), os.environ["NEXUS_SECRETS__KEYS"])
    told = await shell.run("rotate", code=1)
    assert "2 encrypted anew" in told
    assert f"row {two}, tenant " in told
    assert SECRET not in told
    after = await sealed(database)
    assert after[two] == rows[one]
    assert after[three] != rows[three]
    shell.keys(new_key())
    assert "3 secrets, 3 of them unreadable." in await shell.run("check", code=1)

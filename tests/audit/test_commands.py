"""`nexus audit` as an auditor uses it: on the data folder, with or without a server."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

FOUNDER = {"NEXUS_SUPER_ADMIN__EMAIL": "founder@acme.test", "NEXUS_SUPER_ADMIN__PASSWORD": "plum-orbit-lantern"}


class Terminal:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"

    def run(self, *arguments: str, code: int = 0) -> str:
        """What it prints; expected failures print on standard error."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
        done = subprocess.run(
            [sys.executable, "-m", "nexus.cli", *arguments],
            check=False,
            cwd=self.data.parent,
            env=inherited | FOUNDER | {"NEXUS_DATA_DIR": str(self.data)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def tamper(self, *statements: str) -> None:
        with sqlite3.connect(self.data / "nexus.db") as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        connection.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_an_auditor_checks_exports_and_finds_what_was_changed(terminal: Terminal) -> None:
    assert "There is no database" in terminal.run("audit", "verify", code=1)
    terminal.run("user", "create", "ada@acme.test", "--name", "Ada")
    terminal.run("user", "reset-password", "ada@acme.test")

    whole = terminal.run("audit", "verify")
    match = re.search(r"^Company \((\S+)\): 3 events, whole\. Head (3:[0-9a-f]{64})$", whole, re.MULTILINE)
    assert match
    tenant, head = match.groups()
    for named in ("Company", tenant):
        assert head in terminal.run("audit", "verify", "--tenant", named, "--expect", head)
    assert "no tenant named" in terminal.run("audit", "verify", "--tenant", "Nobody", code=1)
    assert "--tenant" in terminal.run("audit", "verify", "--expect", head, code=1)
    assert "number:hash" in terminal.run("audit", "verify", "--tenant", "Company", "--expect", "3:abc", code=1)

    lines = [json.loads(line) for line in terminal.run("audit", "export").splitlines()]
    assert [one["action"] for one in lines] == ["installation.set_up", "user.created", "user.password_reset"]
    assert [one["credential"] for one in lines] == ["settings", "operator", "operator"]
    assert lines[1]["actor_name"] == "Administrator <founder@acme.test>"
    assert lines[2]["previous_hash"] == lines[1]["hash"]

    terminal.tamper("UPDATE audit_event SET actor_name = 'Eve' WHERE sequence = 2")
    assert f"Company ({tenant}): Event 2 was changed" in terminal.run("audit", "verify", code=1)
    terminal.tamper("DELETE FROM audit_event WHERE sequence = 2")
    assert "Event 2 was removed: event 3 comes after 1." in terminal.run("audit", "verify", code=1)


def test_a_database_from_before_the_log_is_told_apart(terminal: Terminal) -> None:
    terminal.data.mkdir()
    sqlite3.connect(terminal.data / "nexus.db").close()

    assert "nexus migrate" in terminal.run("audit", "verify", code=1)


def test_the_demo_company_begins_with_an_event(terminal: Terminal) -> None:
    import asyncio

    from nexus.audit.acts import Action
    from nexus.audit.verification import export
    from nexus.cli import seeding
    from nexus.core.db import Database, create_engine
    from nexus.demo.company import load

    async def go() -> list[str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NEXUS_DATA_DIR", str(terminal.data))
            await seeding._create(load(), "plum-orbit-lantern")
        db = Database(create_engine(f"sqlite+aiosqlite:///{terminal.data / 'nexus.db'}"))
        found = [one.action async for one in export(db)]
        await db.aclose()
        return found

    assert asyncio.run(go()) == [Action.DEMO_SEEDED]

"""Commands that look after an installation."""

import asyncio
import json
import sys

from rich.console import Console
from rich.table import Table

from nexus.cli.connection import Connection, RefusedError, connect
from nexus.core.settings import load_settings

console = Console(highlight=False)


def migrate() -> None:
    from nexus.core.db import create_engine
    from nexus.core.migrate import migrate as upgrade

    settings = load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)

    async def run() -> bool:
        engine = create_engine(settings.database_url)
        try:
            return await upgrade(engine)
        finally:
            await engine.dispose()

    print("The database has been brought up to date." if asyncio.run(run()) else "The database is up to date.")


def check_index() -> None:
    with connect() as connection:
        _report(connection.get("/api/index/check"))


def rebuild_index() -> None:
    with connect() as connection:
        _report(connection.post("/api/index/rebuild"))


def _report(report: dict[str, object]) -> None:
    print(json.dumps(report, indent=2))
    if not report["ok"]:
        sys.exit(1)


def list_users(act_as: str | None) -> None:
    table = Table("e-mail", "name", "role", "active")
    with connect(act_as) as connection:
        for user in connection.pages("/api/users"):
            table.add_row(user["email"], user["name"], user["role"], "yes" if user["active"] else "no")
    console.print(table)


def create_user(email: str, name: str, role: str, act_as: str | None) -> None:
    with connect(act_as) as connection:
        made = connection.post("/api/users", {"email": email, "name": name, "role": role})
    print(f"{made['user']['email']}  {made['password']}")


def reset_password(email: str, act_as: str | None) -> None:
    with connect(act_as) as connection:
        user = _user(connection, email)
        made = connection.post(f"/api/users/{user['id']}/password", {})
    print(f"{email}  {made['password']}")


def _user(connection: Connection, email: str) -> dict[str, str]:
    found = next((u for u in connection.pages("/api/users", q=email) if u["email"] == email.strip().lower()), None)
    if found is None:
        raise RefusedError(f"There is nobody with the address {email}.")
    return found

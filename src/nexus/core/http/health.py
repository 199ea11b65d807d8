"""Whether the process lives, and whether it can answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy import text

from nexus.core.errors import NexusError
from nexus.core.http.deps import Db, provided

router = APIRouter(prefix="/health", tags=["health"])


@dataclass(frozen=True, slots=True)
class Outside:
    """What stands outside of the process and the database, each with a short look that raises a NexusError."""

    looks: dict[str, Callable[[], Awaitable[object]]]


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Readiness(Health):
    outside: dict[str, Literal["ok", "away"]]
    """What else is there or away. Much can be answered without it, so it takes no process out of service."""


@router.get("/live")
async def live() -> Health:
    """The process answers."""
    return Health()


@router.get("/ready")
async def ready(db: Db, outside: Annotated[Outside, Depends(provided(Outside))]) -> Readiness:
    """The database answers too; the index has been loaded before the first request is taken."""
    async with db.read() as session:
        await session.execute(text("SELECT 1"))
    return Readiness(outside={name: await _is_there(look) for name, look in outside.looks.items()})


async def _is_there(look: Callable[[], Awaitable[object]]) -> Literal["ok", "away"]:
    try:
        await look()
    except NexusError:
        return "away"
    return "ok"

"""Whether the process lives, and whether it can answer."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from nexus.core.http.deps import Db

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/live")
async def live() -> Health:
    """The process answers."""
    return Health()


@router.get("/ready")
async def ready(db: Db) -> Health:
    """The database answers too; the index has been loaded before the first request is taken."""
    async with db.read() as session:
        await session.execute(text("SELECT 1"))
    return Health()

"""What routes ask for: the process's resources, and a database session that lasts one request."""

from collections.abc import AsyncGenerator, Callable
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.db import Database

T = TypeVar("T")


def provided(kind: type[T]) -> Callable[[Request], T]:
    """A dependency that gives the process's one resource of this type, as the composition root registered it."""

    def get(request: Request) -> T:
        return cast("T", request.app.state.resources[kind])

    return get


Db = Annotated[Database, Depends(provided(Database))]


async def _reading(db: Db) -> AsyncGenerator[AsyncSession, None]:
    async with db.read() as session:
        yield session


async def _writing(db: Db) -> AsyncGenerator[AsyncSession, None]:
    async with db.write() as session:
        yield session


# scope="function" ends the block, and so commits, before the response starts.
ReadSession = Annotated[AsyncSession, Depends(_reading, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(_writing, scope="function")]

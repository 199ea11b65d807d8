"""Sets of vectors on a server that a database spoke of before it was set back: nobody will ever read them again."""

from collections.abc import Callable, Sequence

from nexus.core.db import create_engine
from nexus.core.settings import Settings
from nexus.moving.row_queries import names_of_sets, snapshot
from nexus.providers.vectors.base import IndexUnavailableError, SharedEngine


async def list_sets(settings: Settings) -> list[str]:
    """Before the database is replaced; none for an index in memory."""
    if settings.index.engine == "embedded":
        return []
    engine = create_engine(settings.database_url)
    try:
        async with snapshot(engine) as connection:
            return await names_of_sets(connection, settings.index.engine)
    finally:
        await engine.dispose()


async def drop_sets(
    settings: Settings, names: Sequence[str], open_engine: Callable[[Settings], SharedEngine]
) -> list[str]:
    """Afterwards: the next start builds a new one from the rows. Returns those that could not be dropped."""
    left: list[str] = []
    if names:
        engine = open_engine(settings)
        try:
            for name in names:
                try:
                    await engine.drop_set(name)
                except IndexUnavailableError:
                    left.append(name)
        finally:
            await engine.aclose()
    return left

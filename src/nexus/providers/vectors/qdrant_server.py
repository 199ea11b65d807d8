"""How a Qdrant server is reached: every call has a deadline, and whatever it cannot do is said in our words."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar

from qdrant_client import AsyncQdrantClient
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from nexus.core.tasks import BackgroundTasks
from nexus.providers.vectors.base import IndexUnavailableError, SetGoneError
from nexus.providers.vectors.qdrant_points import CONTROL

logger = logging.getLogger(__name__)
T = TypeVar("T")

_NEVER: Final = 3600
"""Seconds. The client has one limit for everything."""


def build_client(url: str, api_key: str, pool_size: int = 10) -> AsyncQdrantClient:
    """Nothing is called yet. `QdrantServer` has the deadlines."""
    return AsyncQdrantClient(
        url=url,
        # Not as `api_key`, for which the library warns on http, where the settings allow it to this machine alone.
        headers={"api-key": api_key} if api_key else None,
        timeout=_NEVER,
        pool_size=pool_size,
        check_compatibility=False,
        trust_env=False,
    )


@dataclass(frozen=True, slots=True)
class Written:
    """How far the writes of a collection have come."""

    done: int = 0
    """Number of the last one that was finished."""
    begun: int = 0
    """Of the last one that was begun."""
    turn: int = 0
    """In which it was."""


class QdrantServer:
    """A client, and what all who use it share."""

    def __init__(self, client: AsyncQdrantClient, *, seconds: float = 30, write_seconds: float = 300) -> None:
        """`seconds`: how long one request of a search may take, `write_seconds` one of a write."""
        self.client = client
        self._seconds = seconds
        self._write_seconds = write_seconds
        self._locks: dict[str, asyncio.Lock] = {}
        self.tasks = BackgroundTasks()

    async def ask(self, answer: Awaitable[T]) -> T:
        """Raises IndexUnavailableError or SetGoneError for whatever Qdrant cannot do."""
        return await _answered(answer, self._seconds)

    async def tell(self, answer: Awaitable[T]) -> T:
        """The same for writes."""
        return await _answered(answer, self._write_seconds)

    def turn_of(self, collection: str) -> asyncio.Lock:
        """Writers of this process follow one another."""
        return self._locks.setdefault(collection, asyncio.Lock())

    async def written(self, collection: str) -> "Written":
        found = await self.ask(self.client.retrieve(collection, [CONTROL]))
        return Written(**{name: (found[0].payload or {})[name] for name in Written.__slots__}) if found else Written()


async def _answered(answer: Awaitable[T], seconds: float) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except UnexpectedResponse as error:
        if error.status_code == 404:
            raise SetGoneError("The search index is not on its server. It is built anew at the next start.") from error
        refused = "the key is refused: see to NEXUS_INDEX__API_KEY; " if error.status_code in {401, 403} else ""
        raise _unavailable(error, refused) from error
    except (ApiException, QdrantException, TimeoutError) as error:
        raise _unavailable(error) from error
    except ValueError as error:
        # The client's own engine, without a server, says so.
        if "not found" in str(error):
            raise SetGoneError("The search index is not there.") from error
        raise


def _unavailable(error: Exception, advice: str = "") -> IndexUnavailableError:
    logger.warning("Qdrant: %s%s", advice, str(error).partition("\n")[0] or type(error).__name__)
    return IndexUnavailableError("The search index does not answer. Try again in a moment.")

"""What PostgreSQL's engine does besides: it says in a sentence that the server is away."""

import logging
from typing import Any

import asyncpg
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from nexus.core.errors import UnavailableError

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# asyncpg has no types.

logger = logging.getLogger(__name__)


class DatabaseAwayError(UnavailableError):
    """No connection could be made, or the one in use was cut: nothing of the transaction has happened, as a rule. Where
    its COMMIT was on the way, it may have."""


_SENTENCE = "The database cannot be reached at the moment. Try again in a few seconds."


def tell_when_away(engine: Engine) -> None:
    """Has DatabaseAwayError raised in place of what drivers and sockets say."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "handle_error", _on_error)


def _connect(dialect: Dialect, _entry: ConnectionPoolEntry, args: Any, options: Any) -> Any:
    try:
        return dialect.connect(*args, **options)
    except (
        OSError,
        asyncpg.PostgresConnectionError,
        asyncpg.CannotConnectNowError,
        asyncpg.TooManyConnectionsError,
        asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError,
    ) as error:
        logger.warning("the database cannot be reached: %s", error)
        raise DatabaseAwayError(_SENTENCE) from error


def _on_error(context: ExceptionContext) -> BaseException | None:
    # A connection that dies while it is idle is replaced unseen.
    # Whoever was cancelled gives up its connection by itself.
    if not context.is_disconnect or context.is_pre_ping or not isinstance(context.original_exception, Exception):
        return None
    logger.warning("the connection to the database was cut: %s", context.original_exception)
    return DatabaseAwayError(_SENTENCE)

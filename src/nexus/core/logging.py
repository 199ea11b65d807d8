"""Logs on standard error: plain lines for people, JSON lines for machines. Never what anybody asked or read.

What is a secret, or looks like one, is taken out of the finished text, where nothing can come after it.
"""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

from nexus.core.redaction import Redactor, secrets_in
from nexus.core.secrets import given_keys
from nexus.core.settings import Settings

logger = logging.getLogger(__name__)

_redactor: Final = Redactor()
"""The log is the process's, as the standard library has it; so is what must not be in it."""


def conceal(secrets: Iterable[str]) -> None:
    """These are secrets of this process: its log never shows them."""
    _redactor.register(secrets)


def cleaned(text: str) -> str:
    """The text without what the log would not show either."""
    return _redactor.clean(text)


class PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _redactor.clean(super().format(record))


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, error."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            # Before it is written as JSON, which spells some letters differently.
            "message": _redactor.clean(record.getMessage()),
        }
        if record.exc_info:
            entry["error"] = _redactor.clean(self.formatException(record.exc_info))
        if record.stack_info:
            entry["stack"] = _redactor.clean(self.formatStack(record.stack_info))
        return json.dumps(entry, ensure_ascii=False)


def configure_logging(settings: Settings) -> None:
    """Once, at the start of a process that serves or works. Raises SettingsError."""
    conceal([*secrets_in(settings), *(key for key, _ in given_keys(settings))])
    handler = logging.StreamHandler(sys.stderr)
    plain = PlainFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else plain)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("nexus").setLevel(settings.log_level)
    for library in ("openai", "httpx2", "httpcore2"):
        # At finer levels these write addresses and whole prompts.
        logging.getLogger(library).setLevel(logging.WARNING)
    sys.excepthook = _log_the_last


def _log_the_last(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """What ends the process is part of its log."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        logger.critical("the process ends", exc_info=(kind, error, traceback))

"""Logs on standard error: plain lines for people, JSON lines for machines. Never what anybody asked or read."""

import json
import logging
import sys
from datetime import UTC, datetime

from nexus.core.settings import Settings


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, error."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure_logging(settings: Settings) -> None:
    """Once, at the start of a process that serves or works."""
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else plain)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("nexus").setLevel(settings.log_level)
    for library in ("openai", "httpx2", "httpcore2"):
        # At finer levels these write addresses and whole prompts.
        logging.getLogger(library).setLevel(logging.WARNING)

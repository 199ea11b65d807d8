"""SQLite stores a text that is longer than its column; PostgreSQL refuses the whole statement. Here both refuse."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, String, event
from sqlalchemy.sql.dml import Insert, Update


def _refuse_too_long(
    _connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    compiled = getattr(context, "compiled", None)
    statement = getattr(compiled, "statement", None)
    if not isinstance(statement, Insert | Update) or context.dialect.name != "sqlite":
        return
    columns = getattr(statement.table, "c", {})
    for row in context.compiled_parameters:
        for name, value in row.items():
            kind = columns[name].type if name in columns else None
            if isinstance(kind, String) and kind.length and isinstance(value, str) and len(value) > kind.length:
                raise AssertionError(f"{statement.table}.{name} holds {kind.length} characters, not {len(value)}")


@pytest.fixture(scope="session", autouse=True)
def texts_fit() -> Iterator[None]:
    event.listen(Engine, "before_cursor_execute", _refuse_too_long)
    yield
    event.remove(Engine, "before_cursor_execute", _refuse_too_long)

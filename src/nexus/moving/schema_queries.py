"""Which tables a revision of the schema has, and in which forms they are carried.

The migrations are the only description of a revision that is not the newest. So a database is made of them and looked
at: in a temporary folder, on SQLite, whichever database is asked about.
"""

import re
import tempfile
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, MetaData, String, Table, Text, text, types

from nexus.core.db import create_engine
from nexus.core.migrate import upgrade_on
from nexus.moving.forms import CarriedColumn, CarriedTable, Form

_LONG: Final = 4096
"""Characters above which a text counts as one of any length."""
_FULL_TEXT: Final = re.compile(r"CREATE VIRTUAL TABLE (\w+) USING fts5\s*\((\w+), content='(\w+)'")
LEFT_BEHIND: Final = frozenset({"index_set", "resumable_upload"})
"""Tables that speak of what lies beside the database and is not carried: an index on a server, which is made anew, and
files of which only a part has come."""
_FORMS: Final[tuple[tuple[type[types.TypeEngine[Any]], Form], ...]] = (
    (types.CHAR, Form.UUID),
    (types.String, Form.TEXT),
    (types.DateTime, Form.MOMENT),
    (types.Date, Form.DATE),
    (types.Boolean, Form.BOOLEAN),
    (types.Integer, Form.INTEGER),
    (types.Float, Form.FLOAT),
    (types.JSON, Form.JSON),
    (types.LargeBinary, Form.BYTES),
)


async def tables_at(revision: str) -> list[CarriedTable]:
    """In an order in which rows can be added: what is pointed to comes first."""
    with tempfile.TemporaryDirectory(prefix="nexus-schema-") as folder:
        engine = create_engine(f"sqlite+aiosqlite:///{Path(folder) / 'schema.db'}")
        try:
            async with engine.begin() as connection:
                await connection.run_sync(upgrade_on, revision)
                return await connection.run_sync(_look)
        finally:
            await engine.dispose()


def _look(connection: Connection) -> list[CarriedTable]:
    full_text = _full_text(connection)
    indexes = tuple(index for index, _, _ in full_text)
    words = {(table, column) for _, column, table in full_text}
    schema = MetaData()
    # A full-text index keeps itself in tables whose names begin with its own.
    schema.reflect(
        connection,
        only=lambda name, _: name not in {"alembic_version", *LEFT_BEHIND} and not name.startswith(indexes or ("?",)),
    )
    return [_described(table, words) for table in schema.sorted_tables]


def _full_text(connection: Connection) -> list[tuple[str, str, str]]:
    """Name, column and table of each full-text index."""
    made = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'table'")).scalars()
    found = [_FULL_TEXT.match(sql) for sql in made]
    return [(match[1], match[2], match[3]) for match in found if match]


def _described(table: Table, words: set[tuple[str, str]]) -> CarriedTable:
    columns = tuple(
        CarriedColumn(
            column.name,
            Form.WORDS if (table.name, column.name) in words else form_of(column),
            _is_long(column),
        )
        for column in table.columns
    )
    return CarriedTable(table.name, columns, tuple(column.name for column in table.primary_key.columns))


def form_of(column: Column[Any]) -> Form:
    """Raises TypeError for a type that nobody has thought about."""
    for kind, form in _FORMS:
        if isinstance(column.type, kind):
            return form
    raise TypeError(f"{column} is a {column.type!r}: say in which form it is carried")


def _is_long(column: Column[Any]) -> bool:
    kind = column.type
    if isinstance(kind, Text) or not isinstance(kind, String):
        return isinstance(kind, (Text, types.JSON, types.LargeBinary))
    return kind.length is None or kind.length > _LONG

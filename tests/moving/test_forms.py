"""In which form each column is carried, said for every column there is."""

from uuid import uuid4

import pytest
from sqlalchemy import types
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import TSVECTOR

from nexus.chat.message_words import for_postgresql, for_sqlite
from nexus.core.migrate import head_revision
from nexus.moving.forms import CarriedColumn, CarriedTable, Form, compared_line, tsvector_of_words, words_of_tsvector
from nexus.moving.proof import Contents, require_same
from nexus.moving.schema_queries import LEFT_BEHIND, tables_at
from nexus.tables import metadata

KINDS = {
    Form.UUID: types.Uuid,
    Form.TEXT: types.String,
    Form.INTEGER: types.Integer,
    Form.FLOAT: types.Float,
    Form.BOOLEAN: types.Boolean,
    Form.MOMENT: types.DateTime,
    Form.DATE: types.Date,
    Form.JSON: types.JSON,
    Form.BYTES: types.LargeBinary,
    Form.WORDS: TSVECTOR,
}
"""What PostgreSQL has where a column is carried so."""


async def test_every_column_of_every_table_has_a_form() -> None:
    tables = {table.name: table for table in await tables_at(head_revision())}

    assert tables.keys() == metadata.tables.keys() - LEFT_BEHIND
    for name, table in tables.items():
        mapped = metadata.tables[name]
        assert {column.name for column in table.columns} == set(mapped.columns.keys())
        assert table.primary_key == tuple(column.name for column in mapped.primary_key.columns)
        for column in table.columns:
            kind = mapped.c[column.name].type
            on_postgresql = kind.dialect_impl(postgresql.dialect())
            on_postgresql = getattr(on_postgresql, "impl_instance", on_postgresql)
            # A type that is new here needs a form of its own, or proof that it fits one of these on both databases.
            assert isinstance(on_postgresql, KINDS[column.form]), f"{name}.{column.name} is carried as {column.form}"
            assert not isinstance(on_postgresql, postgresql.JSONB), f"{name}.{column.name} would not keep its text"
            on_sqlite = kind.dialect_impl(sqlite.dialect())
            unbounded = isinstance(on_sqlite, (types.Text, types.JSON, types.LargeBinary))
            assert column.is_long or not unbounded, f"{name}.{column.name} can be of any length"


async def test_every_table_comes_after_those_it_points_to() -> None:
    order = [table.name for table in await tables_at(head_revision())]
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            # What is left behind, nobody who is carried points to.
            assert table.name in LEFT_BEHIND or key.column.table.name not in LEFT_BEHIND
            if table.name not in LEFT_BEHIND and key.column.table is not table:
                assert order.index(key.column.table.name) < order.index(table.name)


async def test_stored_files_are_known_by_the_names_of_their_columns() -> None:
    tables = await tables_at(head_revision())
    known = {f"{table.name}.{column}" for table in tables for column in table.file_columns}
    named = {f"{t.name}.{c.name}" for t in metadata.tables.values() for c in t.columns if "blob" in c.name}
    assert known == named
    assert "document_version.blob_key" in known


def test_a_full_text_entry_is_the_same_words_on_either_database() -> None:
    owner = uuid4()
    for message in ("The hotels of London are hotels.", "x", "", "Übung macht die Meisterin", "漢字 and more"):
        written = for_postgresql(owner, message)
        placed: dict[str, list[str]] = {}
        for each in written.split():
            word, _, place = each.partition(":")
            placed.setdefault(word, []).extend([place] if place else [])
        # As PostgreSQL writes a tsvector: sorted, each word once.
        shown = " ".join(
            f"'{word}'" + (f":{','.join(places)}" if places else "") for word, places in sorted(placed.items())
        )
        words = words_of_tsvector(shown)
        assert words.split() == for_sqlite(owner, message).split()[: len(words.split())] or sorted(
            words.split()
        ) == sorted(for_sqlite(owner, message).split())
        assert sorted(tsvector_of_words(words).split()) == sorted(written.split())


def test_words_whose_place_is_lost_stay_apart() -> None:
    words = words_of_tsvector("'a':1 'b':3")
    assert tsvector_of_words(words) == "a:1 b:3"
    table = CarriedTable("t", (CarriedColumn("w", Form.WORDS),), ("w",))
    assert compared_line(table)([words]) == compared_line(table)(["b a a"])


def test_a_difference_is_named() -> None:
    table = CarriedTable("shelf", (CarriedColumn("id", Form.INTEGER),), ("id",))
    one, other = Contents(), Contents()
    for contents, rows in ((one, [[1], [2]]), (other, [[2], [1]])):
        count = contents.table(table)
        for row in rows:
            count(row)
        contents.add_file("k", 3, "aa")
    require_same(one.report(), other.report(), "It")

    other.table(table)([3])
    with pytest.raises(Exception, match=r"It does not hold.*shelf \(2 rows, here 3\) differ"):
        require_same(one.report(), other.report(), "It")
    one.table(table)([3])
    one.add_file("l", 3, "aa")
    with pytest.raises(Exception, match=r"files \(2, here 1\)"):
        require_same(one.report(), other.report(), "It")

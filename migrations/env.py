"""Alembic's entry: runs on the connection that `nexus.core.migrate` gives it."""

from typing import Any, Literal

from alembic import context

from nexus.core.db import UtcDateTime
from nexus.tables import metadata


def _render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    # Migrations speak SQL types only, so that they outlive the product's own classes.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=False,
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

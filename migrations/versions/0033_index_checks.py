"""Checks of the index, kept."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    op.create_table(
        "index_check",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.Column("is_ok", sa.Boolean(), nullable=True),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("amiss", sa.JSON(), nullable=False),
    )
    op.create_index(
        "uq_index_check_running",
        "index_check",
        ["state"],
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
    op.create_index("ix_index_check_begun_at", "index_check", ["begun_at"])


def downgrade() -> None:
    op.drop_index("ix_index_check_begun_at", "index_check")
    op.drop_index("uq_index_check_running", "index_check")
    op.drop_table("index_check")

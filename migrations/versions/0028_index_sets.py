"""Sets of vectors on a server that all processes search."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "index_set",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("engine", sa.String(20), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("turn_until", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(
        "uq_index_set_engine_state",
        "index_set",
        ["engine", "state"],
        unique=True,
        sqlite_where=sa.text("state <> 'old'"),
        postgresql_where=sa.text("state <> 'old'"),
    )


def downgrade() -> None:
    op.drop_index("uq_index_set_engine_state", "index_set")
    op.drop_table("index_set")

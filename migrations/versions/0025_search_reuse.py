"""Revisions of knowledge bases, and how often searches are used again."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "knowledge_base_revision",
        sa.Column("knowledge_base_id", sa.Uuid(), primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "search_use",
        sa.Column("knowledge_base_id", sa.Uuid(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.Column("reused", sa.Integer(), nullable=False),
        sa.Column("saved_milliseconds", sa.Double(), nullable=False),
    )
    op.create_index(
        "ix_document_restricted",
        "document",
        ["knowledge_base_id", "id"],
        sqlite_where=sa.text("restricted"),
        postgresql_where=sa.text("restricted"),
    )


def downgrade() -> None:
    op.drop_index("ix_document_restricted", "document")
    op.drop_table("search_use")
    op.drop_table("knowledge_base_revision")

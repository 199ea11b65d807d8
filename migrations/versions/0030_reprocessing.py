"""Documents processed again with progress, and by what each version was made."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('running', 'paused')")


def upgrade() -> None:
    op.add_column("document_version", sa.Column("recipe", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "reprocessing",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenant.id"), nullable=False),
        sa.Column("knowledge_base_id", sa.Uuid(), sa.ForeignKey("knowledge_base.id"), nullable=False),
        sa.Column("which", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_reprocessing_knowledge_base_id", "reprocessing", ["knowledge_base_id"])
    op.create_index(
        "uq_reprocessing_open",
        "reprocessing",
        ["knowledge_base_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "reprocessing_item",
        sa.Column("reprocessing_id", sa.Uuid(), sa.ForeignKey("reprocessing.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("document_id", sa.Uuid(), sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    columns = ["reprocessing_id", "state", "document_id"]
    op.create_index("ix_reprocessing_item_reprocessing_id_state_document_id", "reprocessing_item", columns)
    op.create_index("ix_reprocessing_item_document_id", "reprocessing_item", ["document_id"])


def downgrade() -> None:
    op.drop_table("reprocessing_item")
    op.drop_table("reprocessing")
    op.drop_column("document_version", "recipe")

"""What was deleted can be restored until it is purged."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_DELETED = sa.text("deleted_at IS NOT NULL AND purged_at IS NULL")
_UNPURGED = sa.text("purged_at IS NULL")


def upgrade() -> None:
    for column in ("deleted_by", "purge_after"):
        kind = sa.Uuid() if column == "deleted_by" else sa.DateTime(timezone=True)
        op.add_column("document", sa.Column(column, kind, nullable=True))
        op.add_column("knowledge_base", sa.Column(column, kind, nullable=True))
    op.add_column("knowledge_base", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("knowledge_base", sa.Column("former_department_id", sa.Uuid(), nullable=True))
    # Until now there was no way back: what is deleted goes as it was told.
    op.execute("UPDATE document SET purge_after = deleted_at WHERE deleted_at IS NOT NULL AND purged_at IS NULL")
    op.execute(
        "UPDATE knowledge_base SET purge_after = deleted_at WHERE deleted_at IS NOT NULL AND conversation_id IS NULL"
    )
    op.create_index(
        "ix_document_deleted",
        "document",
        ["knowledge_base_id", "deleted_at"],
        sqlite_where=_DELETED,
        postgresql_where=_DELETED,
    )
    op.create_index(
        "ix_document_purge_after", "document", ["purge_after"], sqlite_where=_UNPURGED, postgresql_where=_UNPURGED
    )
    op.create_table(
        "document_rules",
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenant.id"), primary_key=True),
        sa.Column("deleted_days", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    # What is laid aside would stand in nobody's way, and in nobody's reach.
    op.execute("DELETE FROM \"grant\" WHERE resource_kind IN ('deleted_knowledge_base', 'deleted_document')")
    op.drop_table("document_rules")
    op.drop_index("ix_document_purge_after", "document")
    op.drop_index("ix_document_deleted", "document")
    op.drop_column("knowledge_base", "former_department_id")
    op.drop_column("knowledge_base", "purged_at")
    for column in ("purge_after", "deleted_by"):
        op.drop_column("knowledge_base", column)
        op.drop_column("document", column)

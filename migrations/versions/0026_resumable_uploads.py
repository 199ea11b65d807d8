"""Files that arrive part by part."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resumable_upload",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenant.id"), nullable=False),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("user.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "knowledge_base_id", sa.Uuid(), sa.ForeignKey("knowledge_base.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("path", sa.String(1000), nullable=False),
        sa.Column("described", sa.Text(), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True)),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.Uuid()),
        sa.Column("outcome", sa.String(16)),
        sa.Column("duplicate_of", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_resumable_upload_user_id_created_at", "resumable_upload", ["user_id", "created_at"])
    op.create_index("ix_resumable_upload_expires_at", "resumable_upload", ["expires_at"])


def downgrade() -> None:
    op.drop_table("resumable_upload")

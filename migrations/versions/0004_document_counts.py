"""Pages and chunks beside the document, so that lists can show them and sort by them"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COUNTS = """
    UPDATE document SET
        page_count = (SELECT page_count FROM document_version WHERE document_version.id = document.active_version_id),
        chunk_count = (SELECT chunk_count FROM document_version WHERE document_version.id = document.active_version_id)
    WHERE active_version_id IS NOT NULL
      AND EXISTS (SELECT 1 FROM document_version WHERE document_version.id = document.active_version_id)
"""


def upgrade() -> None:
    op.add_column("document", sa.Column("page_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("document", sa.Column("chunk_count", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_COUNTS)
    op.create_index("ix_document_knowledge_base_id_updated_at", "document", ["knowledge_base_id", "updated_at"])


def downgrade() -> None:
    op.drop_index("ix_document_knowledge_base_id_updated_at", table_name="document")
    with op.batch_alter_table("document") as table:
        table.drop_column("chunk_count")
        table.drop_column("page_count")

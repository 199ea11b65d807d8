"""Documents by state within their knowledge base"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_document_tenant_id_state", table_name="document")
    op.create_index("ix_document_knowledge_base_id_state", "document", ["knowledge_base_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_document_knowledge_base_id_state", table_name="document")
    op.create_index("ix_document_tenant_id_state", "document", ["tenant_id", "state"])

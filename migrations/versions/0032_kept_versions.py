"""How many former versions are kept, and which was brought back."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("document_version", sa.Column("restored_from", sa.Integer(), nullable=True))
    op.add_column("knowledge_base", sa.Column("kept_versions", sa.Integer(), nullable=True))
    with op.batch_alter_table("document_rules") as table:
        table.add_column(sa.Column("kept_versions", sa.Integer(), nullable=True))
        table.alter_column("deleted_days", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM document_rules WHERE deleted_days IS NULL")
    # What is about to go is as good as gone: nothing of it is left but the name of its file.
    op.execute("UPDATE document_version SET state = 'superseded' WHERE state = 'pruned'")
    with op.batch_alter_table("document_rules") as table:
        table.alter_column("deleted_days", existing_type=sa.Integer(), nullable=False)
        table.drop_column("kept_versions")
    op.drop_column("knowledge_base", "kept_versions")
    op.drop_column("document_version", "restored_from")

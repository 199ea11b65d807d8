"""Files that are attached to conversations"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("knowledge_base") as table:
        table.add_column(sa.Column("conversation_id", sa.Uuid(), nullable=True))
        table.create_unique_constraint("uq_knowledge_base_conversation_id", ["conversation_id"])
    with op.batch_alter_table("message") as table:
        table.add_column(sa.Column("attachments", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("run") as table:
        table.add_column(sa.Column("left_out", sa.JSON(none_as_null=True), nullable=True))
        table.add_column(sa.Column("answer_now", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    # What nobody could reach any more must not stay behind as a knowledge base like any other.
    op.execute(sa.text("UPDATE knowledge_base SET deleted_at = created_at WHERE conversation_id IS NOT NULL"))
    with op.batch_alter_table("run") as table:
        table.drop_column("answer_now")
        table.drop_column("left_out")
    with op.batch_alter_table("message") as table:
        table.drop_column("attachments")
    with op.batch_alter_table("knowledge_base") as table:
        table.drop_constraint("uq_knowledge_base_conversation_id", type_="unique")
        table.drop_column("conversation_id")

"""Pinned conversations, and titles that a person has set"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_conversation_user_id_updated_at", table_name="conversation")
    op.create_index("ix_conversation_user_id_pinned_updated_at", "conversation", ["user_id", "pinned", "updated_at"])


def downgrade() -> None:
    op.drop_index("ix_conversation_user_id_pinned_updated_at", table_name="conversation")
    op.create_index("ix_conversation_user_id_updated_at", "conversation", ["user_id", "updated_at"])
    with op.batch_alter_table("conversation") as table:
        table.drop_column("pinned")

"""Agents, and which of them answers in a conversation"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenant.id"), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("starters", sa.JSON(), nullable=False),
        sa.Column("knowledge_base_ids", sa.JSON(), nullable=True),
        sa.Column("tools", sa.JSON(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("user.id", ondelete="SET NULL"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_agent_tenant_id_name", "agent", ["tenant_id", "name"])
    # Without references: making these tables anew for them would take their rows' rows with it.
    op.add_column("conversation", sa.Column("agent_id", sa.Uuid(), nullable=True))
    op.add_column("run", sa.Column("agent_id", sa.Uuid(), nullable=True))
    op.add_column("run", sa.Column("instructions_version", sa.Integer(), nullable=True))
    op.create_index("ix_run_agent_id_created_at", "run", ["agent_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_run_agent_id_created_at", "run")
    op.drop_column("run", "instructions_version")
    op.drop_column("run", "agent_id")
    op.drop_column("conversation", "agent_id")
    op.drop_index("ix_agent_tenant_id_name", "agent")
    op.drop_table("agent")

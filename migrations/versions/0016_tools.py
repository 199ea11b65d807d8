"""Tools of language models: rules about them, servers they come from, approvals, and the steps of an answer"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("steps", sa.JSON(), nullable=True))
    op.add_column("run", sa.Column("rests_on", sa.JSON(), nullable=True))
    op.create_table(
        "tool_rule",
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenant.id"), primary_key=True),
        sa.Column("tool", sa.String(64), primary_key=True),
        sa.Column("roles", sa.JSON(), nullable=False),
    )
    op.create_table(
        "mcp_server",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenant.id"), nullable=False),
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("sealed_token", sa.String(4000), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("tenant_id", "name"),
    )
    op.create_table(
        "mcp_tool",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("server_id", sa.Uuid(), sa.ForeignKey("mcp_server.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("approved_hash", sa.String(64), nullable=True),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("server_id", "name"),
    )
    op.create_table(
        "tool_approval",
        sa.Column("run_id", sa.Uuid(), sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("step", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("tool", sa.String(64), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    for table in ("tool_approval", "mcp_tool", "mcp_server", "tool_rule"):
        op.drop_table(table)
    with op.batch_alter_table("run") as table:
        table.drop_column("rests_on")
        table.drop_column("steps")

"""Connections by OAuth to servers of tools, what was agreed to of each tool, and what runs cost beside their answers"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ASIDE = ("aside_calls", "aside_input_tokens", "aside_output_tokens", "aside_cost_nanousd", "aside_unpriced")


def upgrade() -> None:
    op.add_column("mcp_server", sa.Column("auth", sa.String(16), nullable=False, server_default="none"))
    op.execute("UPDATE mcp_server SET auth = 'bearer' WHERE sealed_token IS NOT NULL")
    with op.batch_alter_table("mcp_server") as table:
        table.alter_column("auth", server_default=None)
    op.add_column("mcp_tool", sa.Column("agreed", sa.JSON(), nullable=True))
    _remember_what_was_agreed_to()
    op.create_table(
        "tool_connection",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "server_id", sa.Uuid(), sa.ForeignKey("mcp_server.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("grant", sa.String(16), nullable=False),
        sa.Column("issuer", sa.String(2000), nullable=False),
        sa.Column("token_endpoint", sa.String(2000), nullable=False),
        sa.Column("revocation_endpoint", sa.String(2000), nullable=False),
        sa.Column("resource", sa.String(2000), nullable=False),
        sa.Column("scope", sa.String(2000), nullable=False),
        sa.Column("client_id", sa.String(2000), nullable=False),
        sa.Column("client_auth", sa.String(24), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("redirect_uri", sa.String(2000), nullable=False),
        sa.Column("sealed_client_secret", sa.String(6000), nullable=True),
        sa.Column("sealed_tokens", sa.String(36_000), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("renewing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
    )
    for name in _ASIDE:
        kind = sa.BigInteger() if name.endswith("nanousd") else sa.Integer()
        op.add_column("run", sa.Column(name, kind, nullable=False, server_default="0"))
    op.create_table(
        "tool_sign_in",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("state_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("server_id", sa.Uuid(), sa.ForeignKey("mcp_server.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("user.id", ondelete="CASCADE"), nullable=False),
        sa.Column("login_session_id", sa.Uuid(), nullable=True),
        sa.Column("sealed_way", sa.String(36_000), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )


def _remember_what_was_agreed_to() -> None:
    """Of tools that have not changed since: what they were before is nowhere to be found."""
    names = ("id", "description", "parameters", "read_only", "hash", "approved_hash", "agreed")
    kinds = (sa.Uuid(), sa.Text(), sa.JSON(), sa.Boolean(), sa.String(64), sa.String(64), sa.JSON())
    tool = sa.table("mcp_tool", *(sa.column(name, kind) for name, kind in zip(names, kinds, strict=True)))
    bind = op.get_bind()
    for row in bind.execute(sa.select(tool).where(tool.c.approved_hash == tool.c.hash)).all():
        agreed = {"description": row.description, "parameters": row.parameters, "read_only": row.read_only}
        bind.execute(sa.update(tool).where(tool.c.id == row.id).values(agreed=agreed))


def downgrade() -> None:
    for table in ("tool_sign_in", "tool_connection"):
        op.drop_table(table)
    with op.batch_alter_table("run") as table:
        for name in _ASIDE:
            table.drop_column(name)
    op.drop_column("mcp_tool", "agreed")
    op.drop_column("mcp_server", "auth")

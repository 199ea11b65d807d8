"""Second factors, invitations, and where sign-ins are used"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("sign_up_domains", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("tenant", sa.Column("second_factor", sa.String(length=16), server_default="optional", nullable=False))
    op.add_column("user", sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("login_session", sa.Column("ip", sa.String(length=45), server_default="", nullable=False))
    op.add_column("login_session", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_one_time_link_user_id", "one_time_link", ["user_id"])
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.String(length=200), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_second_factor_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factor"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_recovery_code_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name="pk_recovery_code"),
    )
    op.create_table(
        "login_challenge",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_login_challenge_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_login_challenge"),
    )
    op.create_index("ix_login_challenge_user_id", "login_challenge", ["user_id"])


def downgrade() -> None:
    op.drop_table("login_challenge")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_index("ix_one_time_link_user_id", "one_time_link")
    for table, column in (
        ("login_session", "last_used_at"),
        ("login_session", "ip"),
        ("user", "invited_at"),
        ("tenant", "second_factor"),
        ("tenant", "sign_up_domains"),
    ):
        op.drop_column(table, column)

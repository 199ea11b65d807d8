"""Whom identity providers know, and which sign-ins came through them"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COLUMNS = {"provider_issuer": 500, "provider_session": 255, "logout_hint": 500}


def upgrade() -> None:
    for name, length in _COLUMNS.items():
        op.add_column("login_session", sa.Column(name, sa.String(length=length), nullable=True))
    op.create_index("ix_login_session_provider_session", "login_session", ["provider_session"])
    op.create_table(
        "external_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("provider_tenant", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_external_identity_tenant_id_tenant"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_external_identity_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_external_identity"),
        sa.UniqueConstraint(
            "issuer", "provider_tenant", "subject", name="uq_external_identity_issuer_provider_tenant_subject"
        ),
    )
    op.create_index("ix_external_identity_tenant_id", "external_identity", ["tenant_id"])
    op.create_index("ix_external_identity_user_id", "external_identity", ["user_id"])
    op.create_table(
        "provider_group",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_provider_group_tenant_id_tenant"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group.id"], name="fk_provider_group_group_id_group", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "issuer", "external_id", name="pk_provider_group"),
    )
    op.create_index("ix_provider_group_group_id", "provider_group", ["group_id"])


def downgrade() -> None:
    op.drop_table("provider_group")
    op.drop_table("external_identity")
    op.drop_index("ix_login_session_provider_session", table_name="login_session")
    with op.batch_alter_table("login_session") as table:
        for name in _COLUMNS:
            table.drop_column(name)

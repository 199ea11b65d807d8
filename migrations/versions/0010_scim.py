"""Accounts and groups that a directory looks after, and the tokens with which it signs in"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("source", sa.String(length=16), nullable=False, server_default="local"))
    op.add_column("user", sa.Column("external_id", sa.String(length=255), nullable=True))
    op.add_column("user", sa.Column("user_name", sa.String(length=320), nullable=True))
    op.add_column("user", sa.Column("directory", sa.JSON(), nullable=True))
    op.add_column("group", sa.Column("external_id", sa.String(length=255), nullable=True))
    op.create_index("uq_user_tenant_id_external_id", "user", ["tenant_id", "external_id"], unique=True)
    op.create_index("uq_user_tenant_id_user_name", "user", ["tenant_id", "user_name"], unique=True)
    op.create_index("uq_group_tenant_id_external_id", "group", ["tenant_id", "external_id"], unique=True)
    op.create_table(
        "scim_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_scim_token_tenant_id_tenant"),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name="fk_scim_token_created_by_user", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_scim_token"),
    )
    op.create_index("ix_scim_token_tenant_id", "scim_token", ["tenant_id"])
    op.create_table(
        "scim_settings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("take_over_accounts", sa.Boolean(), nullable=False),
        sa.Column("new_departments_region_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_scim_settings_tenant_id_tenant"),
        sa.ForeignKeyConstraint(
            ["new_departments_region_id"],
            ["region.id"],
            name="fk_scim_settings_new_departments_region_id_region",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_scim_settings"),
    )


def downgrade() -> None:
    op.drop_table("scim_settings")
    op.drop_table("scim_token")
    op.drop_index("uq_group_tenant_id_external_id", table_name="group")
    op.drop_index("uq_user_tenant_id_user_name", table_name="user")
    op.drop_index("uq_user_tenant_id_external_id", table_name="user")
    op.drop_column("group", "external_id")
    for column in ("directory", "user_name", "external_id", "source"):
        op.drop_column("user", column)

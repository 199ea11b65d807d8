"""Model providers and model routes; who answered a run, where, and what it cost"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_provider",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("base_url", sa.String(length=500), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("api_version", sa.String(length=40), nullable=False),
        sa.Column("key_env", sa.String(length=100), nullable=False),
        sa.Column("sealed_key", sa.String(length=4000), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_model_provider_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_model_provider"),
        sa.UniqueConstraint("tenant_id", "name", name="uq_model_provider_tenant_id_name"),
    )
    op.create_table(
        "model_route",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("temperature", sa.Double(), nullable=False),
        sa.Column("max_tokens", sa.Integer(), nullable=False),
        sa.Column("deadline_seconds", sa.Integer(), nullable=False),
        sa.Column("patience_seconds", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_model_route_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_model_route"),
        sa.UniqueConstraint("tenant_id", "purpose", name="uq_model_route_tenant_id_purpose"),
    )
    op.create_table(
        "model_route_candidate",
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["route_id"], ["model_route.id"], name="fk_model_route_candidate_route_id_model_route", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["model_provider.id"],
            name="fk_model_route_candidate_provider_id_model_provider",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("route_id", "position", name="pk_model_route_candidate"),
    )
    op.create_index("ix_model_route_candidate_provider_id", "model_route_candidate", ["provider_id"])
    op.add_column("run", sa.Column("provider", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("run", sa.Column("region", sa.String(length=100), nullable=False, server_default=""))
    op.add_column("run", sa.Column("cached_tokens", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("run", sa.Column("cost_nanousd", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("price_source", sa.String(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("run") as table:
        for column in ("price_source", "cost_nanousd", "cached_tokens", "region", "provider"):
            table.drop_column(column)
    op.drop_table("model_route_candidate")
    op.drop_table("model_route")
    op.drop_table("model_provider")

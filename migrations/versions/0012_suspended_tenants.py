"""Tenants can be suspended; deleted knowledge bases hold no department"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE knowledge_base SET department_id = NULL WHERE deleted_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("tenant", "suspended_at")

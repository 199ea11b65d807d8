"""Whether an answer stands in what it cites, beside the run that answered"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("findings", sa.JSON(), nullable=True))
    op.add_column("run", sa.Column("support", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("run") as table:
        table.drop_column("support")
        table.drop_column("findings")

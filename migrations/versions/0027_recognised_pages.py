"""Pages that are pictures, and the words that were recognised on them."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_COUNTS = ("pages_to_recognise", "pages_recognised", "unread_pages")


def upgrade() -> None:
    op.create_table(
        "recognised_page",
        sa.Column("version_id", sa.Uuid(), sa.ForeignKey("document_version.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("shape", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("failure", sa.String(32)),
        sa.Column("is_read", sa.Boolean(), nullable=False),
    )
    for name in _COUNTS:
        op.add_column("document", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("document", sa.Column("unread_reason", sa.String(32)))


def downgrade() -> None:
    with op.batch_alter_table("document") as table:
        table.drop_column("unread_reason")
        for name in reversed(_COUNTS):
            table.drop_column(name)
    op.drop_table("recognised_page")

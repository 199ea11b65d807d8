"""Feedback that is reviewed, and the evaluation cases that are made of it"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feedback") as table:
        table.add_column(sa.Column("state", sa.String(16), nullable=False, server_default="pending"))
        table.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("reviewer_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key("fk_feedback_reviewer_id_user", "user", ["reviewer_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_feedback_tenant_id_state_updated_at", "feedback", ["tenant_id", "state", "updated_at"])
    op.create_table(
        "evaluation_case",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenant.id"), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), sa.ForeignKey("feedback.id", ondelete="SET NULL"), unique=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("document_ids", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("user.id", ondelete="SET NULL"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_evaluation_case_tenant_id_created_at", "evaluation_case", ["tenant_id", "created_at"])


def downgrade() -> None:
    op.drop_table("evaluation_case")
    op.drop_index("ix_feedback_tenant_id_state_updated_at", "feedback")
    with op.batch_alter_table("feedback") as table:
        table.drop_constraint("fk_feedback_reviewer_id_user", type_="foreignkey")
        for name in ("reviewed_at", "reviewer_id", "note", "state"):
            table.drop_column(name)

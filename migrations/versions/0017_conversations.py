"""Shares, folders, temporary conversations, rules for keeping them, and the search of one's own messages"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_FOLDER = "CONSTRAINT fk_conversation_folder_id_conversation_folder REFERENCES conversation_folder (id)"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "conversation_folder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_conversation_folder_tenant_id_tenant"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_conversation_folder_user_id_user", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conversation_folder"),
        sa.UniqueConstraint("user_id", "name", name="uq_conversation_folder_user_id_name"),
    )
    # In one statement with its reference: making the table anew would take the messages with it.
    op.execute(f"ALTER TABLE conversation ADD COLUMN folder_id {'CHAR(32)' if sqlite else 'UUID'} {_FOLDER}")
    op.add_column("conversation", sa.Column("temporary", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_conversation_folder_id", "conversation", ["folder_id"])
    op.create_index("ix_conversation_deleted_at", "conversation", ["deleted_at"])
    op.add_column("run", sa.Column("read_documents", sa.JSON(), nullable=True))
    op.create_table(
        "conversation_share",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_conversation_share_tenant_id_tenant"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_conversation_share_user_id_user", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_conversation_share_conversation_id_conversation",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_conversation_share_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conversation_share"),
    )
    op.create_index("ix_conversation_share_user_id", "conversation_share", ["user_id"])
    op.create_index("ix_conversation_share_conversation_id", "conversation_share", ["conversation_id"])
    op.create_index("ix_conversation_share_message_id", "conversation_share", ["message_id"])
    # What follows a deleted message is looked up by these.
    op.create_index("ix_message_parent_id", "message", ["parent_id"])
    op.create_index("ix_run_question_id", "run", ["question_id"])
    op.create_index("ix_run_answer_id", "run", ["answer_id"])
    op.create_table(
        "conversation_rules",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_conversation_rules_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_conversation_rules"),
    )
    op.create_table(
        "message_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=True),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_message_entry_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message_entry"),
        sa.UniqueConstraint("message_id", name="uq_message_entry_message_id"),
    )
    if not sqlite:
        op.execute("CREATE INDEX message_entry_words ON message_entry USING gin (words)")
        return
    # Every sign is a letter to this tokenizer but the space: the words are cut before they come here.
    op.execute(
        "CREATE VIRTUAL TABLE message_entry_words USING fts5"
        "(words, content='message_entry', content_rowid='id', tokenize='ascii', prefix='2 3')"
    )
    op.execute(
        "CREATE TRIGGER message_entry_added AFTER INSERT ON message_entry BEGIN "
        "INSERT INTO message_entry_words (rowid, words) VALUES (new.id, new.words); END"
    )
    op.execute(
        "CREATE TRIGGER message_entry_removed AFTER DELETE ON message_entry BEGIN "
        "INSERT INTO message_entry_words (message_entry_words, rowid, words) VALUES ('delete', old.id, old.words); END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER message_entry_added")
        op.execute("DROP TRIGGER message_entry_removed")
        op.execute("DROP TABLE message_entry_words")
    op.drop_table("message_entry")
    op.drop_table("conversation_rules")
    op.drop_table("conversation_share")
    op.drop_index("ix_run_answer_id", "run")
    op.drop_index("ix_run_question_id", "run")
    op.drop_index("ix_message_parent_id", "message")
    op.execute("ALTER TABLE run DROP COLUMN read_documents")
    op.drop_index("ix_conversation_deleted_at", "conversation")
    op.drop_index("ix_conversation_folder_id", "conversation")
    op.execute("ALTER TABLE conversation DROP COLUMN temporary")
    op.execute("ALTER TABLE conversation DROP COLUMN folder_id")
    op.drop_table("conversation_folder")

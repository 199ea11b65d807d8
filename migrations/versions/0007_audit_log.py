"""The audit log, and the triggers that let nobody change it"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A trigger knows of an act before it happens. INSERT OR REPLACE of SQLite deletes without one, so an insertion may
# only ever add the next event.
_SQLITE = (
    (
        "CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event WHEN NEW.sequence IS NOT "
        "(SELECT coalesce(max(sequence), 0) + 1 FROM audit_event WHERE tenant_id = NEW.tenant_id) "
        "BEGIN SELECT RAISE(ABORT, 'audit events are appended in sequence'); END"
    ),
    (
        "CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_event "
        "BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END"
    ),
    (
        "CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_event "
        "BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END"
    ),
    (
        "CREATE TRIGGER audit_head_insert BEFORE INSERT ON audit_head "
        "WHEN EXISTS (SELECT 1 FROM audit_head WHERE tenant_id = NEW.tenant_id) "
        "BEGIN SELECT RAISE(ABORT, 'an audit log has one head'); END"
    ),
    (
        "CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head "
        "WHEN NEW.sequence <= OLD.sequence OR NEW.tenant_id IS NOT OLD.tenant_id "
        "BEGIN SELECT RAISE(ABORT, 'the head of an audit log only moves on'); END"
    ),
    (
        "CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head "
        "BEGIN SELECT RAISE(ABORT, 'the head of an audit log is never deleted'); END"
    ),
)
_POSTGRESQL = (
    """
    CREATE FUNCTION audit_event_next() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.sequence IS DISTINCT FROM
            (SELECT coalesce(max(sequence), 0) + 1 FROM audit_event WHERE tenant_id = NEW.tenant_id) THEN
            RAISE EXCEPTION 'audit events are appended in sequence';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION audit_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.sequence <= OLD.sequence OR NEW.tenant_id <> OLD.tenant_id THEN
            RAISE EXCEPTION 'the head of an audit log only moves on';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log is never changed: % on % is refused', TG_OP, TG_TABLE_NAME;
    END $$
    """,
    "CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_next()",
    "CREATE TRIGGER audit_event_change BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_event_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_moves_on()",
    "CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_head_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("credential", sa.String(length=16), nullable=False),
        sa.Column("actor_name", sa.String(length=600), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("target_kind", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("target_name", sa.String(length=1000), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "sequence", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_tenant_id_at", "audit_event", ["tenant_id", "at"])
    for column in ("actor_id", "action", "target_id"):
        op.create_index(f"ix_audit_event_tenant_id_{column}_sequence", "audit_event", ["tenant_id", column, "sequence"])
    op.create_table(
        "audit_head",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_audit_head"),
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_head")
    op.drop_table("audit_event")
    if op.get_bind().dialect.name == "postgresql":
        for function in ("audit_event_next", "audit_head_moves_on", "audit_refuse"):
            op.execute(f"DROP FUNCTION {function}()")

"""The log on both databases: written with the act or not at all, one chain, and no way to change it unseen."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import delete, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from nexus.access.principal import Principal, Role
from nexus.audit import queries
from nexus.audit.acts import INSTALLATION, Action, Actor, Credential, Target, changes, plain
from nexus.audit.chain import GENESIS, Event, digest
from nexus.audit.models import AuditEvent, AuditHead
from nexus.audit.queries import EventFilter
from nexus.audit.service import record
from nexus.audit.verification import export, verify
from nexus.core.db import Database, create_engine
from nexus.core.ids import new_id
from nexus.core.origin import Origin, set_origin

pytest_plugins = ("servers",)

TENANT, OTHER = new_id(), new_id()
ADA = Principal(new_id(), TENANT, Role.ADMIN, frozenset(), new_id(), "Ada <ada@acme.test>")
BOB = Principal(new_id(), OTHER, Role.ADMIN, frozenset(), new_id(), "Bob <bob@other.test>")


async def act(db: Database, who: Principal = ADA, times: int = 1) -> None:
    for number in range(times):
        async with db.write(durable=False) as session:
            target = Target("knowledge_base", new_id(), f"Shelf {number} — Привет")
            record(session, who, Action.KNOWLEDGE_BASE_CREATED, target, {"number": number})


async def events(db: Database, tenant_id: UUID = TENANT) -> Sequence[AuditEvent]:
    async with db.read() as session:
        return list(reversed(await queries.list_events(session, tenant_id, EventFilter(), limit=10_000)))


async def faults(db: Database, **options: Any) -> list[str | None]:
    return [report.fault async for report in verify(db, **options)]


# --- writing -----------------------------------------------------------------------------------------------------


async def test_an_event_says_who_what_when_and_from_where(database: Database) -> None:
    set_origin(Origin("192.0.2.7", "Lynx\x00 2.9" + "!" * 400, "request-17"))
    before = datetime.now(UTC)
    target = Target("document", new_id(), "plans/2027.docx")
    async with database.write() as session:
        record(session, ADA, Action.DOCUMENT_DELETED, target, {"knowledge_base_id": TENANT, "pages": 3, "none": None})
    set_origin(Origin())

    [one] = await events(database)

    assert (one.tenant_id, one.sequence, one.previous_hash, one.hash) == (
        TENANT,
        1,
        GENESIS,
        digest(cast("Event", one)),
    )
    assert before <= one.at <= datetime.now(UTC)
    assert (one.actor_id, one.actor_name, one.credential) == (ADA.user_id, "Ada <ada@acme.test>", "session")
    assert (one.action, one.outcome) == ("document.deleted", "done")
    assert (one.target_kind, one.target_id, one.target_name) == ("document", target.id, "plans/2027.docx")
    assert (one.ip, one.request_id, len(one.user_agent), one.user_agent[:8]) == (
        "192.0.2.7",
        "request-17",
        300,
        "Lynx 2.9",
    )
    assert one.details == {"knowledge_base_id": str(TENANT), "pages": 3, "none": None}


async def test_the_command_line_is_told_from_a_sign_in(database: Database) -> None:
    await act(database, replace(ADA, login_session_id=None))

    assert [one.credential for one in await events(database)] == ["operator"]


async def test_what_is_rolled_back_was_not_recorded(database: Database) -> None:
    await act(database)
    with suppress(LookupError):
        async with database.write() as session:
            record(session, ADA, Action.INDEX_REBUILT)
            raise LookupError
    await act(database)

    assert [one.action for one in await events(database)] == ["knowledge_base.created"] * 2
    assert await faults(database) == [None]


async def test_what_cannot_be_recorded_is_not_done(database: Database) -> None:
    """The act and its event are one transaction: without the event, no act."""
    await tampering(database, lambda connection: connection.execute(text("DROP TABLE audit_event")))
    other = new_id()

    async def set_something() -> None:
        async with database.write() as session:
            session.add(AuditHead(tenant_id=other, sequence=0, hash=GENESIS))
            record(session, ADA, Action.INDEX_REBUILT)

    with pytest.raises(DBAPIError):
        await set_something()

    async with database.read() as session:
        assert await queries.find_head(session, other) is None


async def test_a_session_that_is_not_committed_refuses_to_record(database: Database) -> None:
    async with database.read() as session:
        with pytest.raises(RuntimeError):
            record(session, ADA, Action.INDEX_REBUILT)


async def test_several_acts_of_one_transaction_are_several_events(database: Database) -> None:
    async with database.write() as session:
        for number in range(5):
            record(session, ADA, Action.DOCUMENT_DELETED, details={"number": number})

    assert [(one.sequence, one.details["number"]) for one in await events(database)] == [(n + 1, n) for n in range(5)]
    assert await faults(database) == [None]


async def test_an_act_on_another_tenant_stands_in_both_logs(database: Database) -> None:
    async with database.write() as session:
        record(session, ADA, Action.TENANT_CHANGED, Target("tenant", OTHER), tenant_id=OTHER)

    for tenant_id in (TENANT, OTHER):
        assert [one.actor_id for one in await events(database, tenant_id)] == [ADA.user_id]
    assert await faults(database) == [None, None]


async def test_writers_of_two_processes_make_one_chain_each_tenant(database: Database, database_url: str) -> None:
    other = Database(create_engine(database_url))

    async def both_ways(db: Database, number: int) -> None:
        async with db.write(durable=False) as session:
            # Two chains in one transaction, asked for in either order: a deadlock if they were locked as they come.
            who, of = (ADA, OTHER) if number % 2 else (BOB, TENANT)
            record(session, who, Action.TENANT_CHANGED, details={"number": number}, tenant_id=of)

    await asyncio.gather(*(both_ways(db, number) for number in range(30) for db in (database, other)))
    await other.aclose()

    for tenant_id in (TENANT, OTHER):
        assert [one.sequence for one in await events(database, tenant_id)] == list(range(1, 61))
    assert await faults(database) == [None, None]


async def test_a_tenant_sees_nothing_of_another(database: Database) -> None:
    await act(database, ADA, 2)
    await act(database, BOB, 3)

    assert {one.actor_id for one in await events(database)} == {ADA.user_id}
    assert [one.sequence for one in await events(database, OTHER)] == [1, 2, 3]
    exported = [one.tenant_id async for one in export(database, [OTHER])]
    assert exported == [OTHER] * 3


def test_secrets_and_what_has_no_plain_form_are_refused() -> None:
    for details in ({"password": "x"}, {"new_password": "x"}, {"inner": {"refresh_token": "x"}}, {"what": object()}):
        with pytest.raises(TypeError):
            plain(details)
    assert plain({"target_tokens": 200, "at": datetime(2026, 1, 1, tzinfo=UTC), "text": "x" * 900}) == {
        "target_tokens": 200,
        "at": "2026-01-01T00:00:00+00:00",
        "text": "x" * 500,
    }


def test_a_change_is_told_by_what_differs() -> None:
    assert changes({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"before": {"b": 2}, "after": {"b": 3}}
    assert changes({"a": 1}, {"a": 1}) == {}


def test_the_encoding_is_the_one_that_every_log_was_written_with() -> None:
    """If this fails, every log in the world would look forged. Add another encoding; leave this one alone."""
    one = AuditEvent(
        tenant_id=UUID(int=1),
        sequence=7,
        at=datetime(2026, 1, 31, 12, 0, 0, 42, UTC),
        actor_id=UUID(int=2),
        credential="session",
        actor_name="Zoë <zoe@acme.test>",
        action="grant.added",
        outcome="done",
        target_kind="knowledge_base",
        target_id=None,
        target_name="Pläne",
        ip="2001:db8::1",
        user_agent="",
        request_id="0123456789",
        details={"b": [1, None, True], "a": {"z": "ö", "y": ""}},
        previous_hash=GENESIS,
    )
    assert digest(cast("Event", one)) == "40b9027f8eac0e254258f8042fc5df2d7788ffacf590900787aabf4d596492b1"


# --- changing ----------------------------------------------------------------------------------------------------


async def direct(db: Database, *acts: Callable[[AsyncConnection], Awaitable[Any]]) -> None:
    """As anybody with the product's own rights in the database."""
    async with db._writing.begin() as connection:
        for one in acts:
            await one(connection)


async def tampering(db: Database, *acts: Callable[[AsyncConnection], Awaitable[Any]]) -> None:
    """As somebody who may do everything in the database, and switches the triggers off."""
    async with db._writing.begin() as connection:
        if db.is_sqlite:
            for name in await connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
                await connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in ("audit_event", "audit_head"):
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for one in acts:
            await one(connection)


def on(statement: Any) -> Callable[[AsyncConnection], Awaitable[Any]]:
    return lambda connection: connection.execute(statement)


OURS = AuditEvent.tenant_id == TENANT


def number(sequence: int) -> Any:
    return AuditEvent.sequence == sequence


@dataclass(frozen=True)
class _Row:
    """A forged event: real columns, with some of one's own."""

    columns: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.columns[name]


async def forged(db: Database, like: int, **columns: Any) -> dict[str, Any]:
    """A row like another one, with a hash that fits its content."""
    one = (await events(db))[like - 1]
    row = {column.key: getattr(one, column.key) for column in AuditEvent.__table__.columns} | columns
    return row | {"hash": digest(cast("Event", _Row(row)))}


@pytest.mark.parametrize(
    "statement",
    [
        update(AuditEvent).where(OURS, number(2)).values(actor_name="Eve"),
        update(AuditEvent).where(OURS).values(hash="0" * 64),
        delete(AuditEvent).where(OURS, number(2)),
        delete(AuditEvent),
        delete(AuditHead),
        update(AuditHead).values(sequence=1),
        update(AuditHead).values(hash="0" * 64),
        update(AuditHead).values(tenant_id=new_id(), sequence=9),
    ],
    ids=str,
)
async def test_the_database_refuses_to_change_the_log(database: Database, statement: Any) -> None:
    await act(database, times=3)

    with pytest.raises(DBAPIError, match=r"audit"):
        await direct(database, on(statement))

    assert len(await events(database)) == 3
    assert await faults(database) == [None]


async def test_the_database_refuses_events_out_of_sequence(database: Database) -> None:
    await act(database, times=3)
    for sequence in (-1, 0, 2, 5):
        row = await forged(database, 3, sequence=sequence)
        with pytest.raises(DBAPIError):
            await direct(database, on(insert(AuditEvent).values(row)))
        if database.is_sqlite:
            # It deletes the row that stands in the way without asking the trigger for deletions.
            with pytest.raises(DBAPIError, match="in sequence"):
                await direct(database, on(insert(AuditEvent).prefix_with("OR REPLACE").values(row)))

    assert await faults(database) == [None]


async def test_emptying_a_table_is_refused(postgres_url: str) -> None:
    db = Database(create_engine(postgres_url))
    await act(db)
    for table in ("audit_event", "audit_head"):
        with pytest.raises(DBAPIError, match="TRUNCATE on"):
            await direct(db, on(text(f"TRUNCATE {table}")))
    assert await faults(db) == [None]
    await db.aclose()


@pytest.mark.parametrize("column", [column.key for column in AuditEvent.__table__.columns if column.key != "tenant_id"])
async def test_a_change_of_any_column_is_found(database: Database, column: str) -> None:
    await act(database, times=4)
    values = {
        "at": datetime(2020, 1, 1, tzinfo=UTC),
        "actor_id": new_id(),
        "target_id": None,
        "details": {"number": 99},
        "sequence": 77,
    }
    changed = update(AuditEvent).where(OURS, number(3)).values({column: values.get(column, "f" * 16)})
    await tampering(database, on(changed))

    [fault] = await faults(database)

    assert fault
    assert fault.startswith("Event 3 was")


async def test_events_removed_from_the_middle_are_missed(database: Database) -> None:
    await act(database, times=6)
    await tampering(database, on(delete(AuditEvent).where(OURS, AuditEvent.sequence.in_([3, 4]))))

    assert await faults(database) == ["Events 3 to 4 were removed: event 5 comes after 2."]


async def test_the_first_event_is_missed(database: Database) -> None:
    await act(database, times=2)
    await tampering(database, on(delete(AuditEvent).where(OURS, number(1))))

    assert await faults(database) == ["Event 1 was removed: event 2 comes after the beginning."]


@pytest.mark.parametrize("left", [0, 3, 4])
async def test_events_removed_from_the_end_are_missed(database: Database, left: int) -> None:
    await act(database, times=5)
    await tampering(database, on(delete(AuditEvent).where(OURS, AuditEvent.sequence > left)))

    [fault] = await faults(database)

    assert fault
    assert fault.startswith("Event 5 was removed at the end" if left == 4 else f"Events {left + 1} to 5 were removed")


async def test_a_head_that_is_gone_or_moved_is_found(database: Database) -> None:
    await act(database, times=3)
    await tampering(database, on(update(AuditHead).values(hash="0" * 64)))
    assert await faults(database) == [
        "Event 3 is not the one that the head's record knows: one of the two was changed."
    ]

    await tampering(database, on(delete(AuditHead)))
    assert await faults(database) == ["The record of the chain's head was removed."]


async def test_an_event_inserted_at_the_end_is_found(database: Database) -> None:
    await act(database, times=3)
    last = (await events(database))[-1]
    row = await forged(database, 3, sequence=4, previous_hash=last.hash, actor_name="Eve")
    await tampering(database, on(insert(AuditEvent).values(row)))

    [fault] = await faults(database)

    assert fault == "Event 4 was inserted at the end: the head's record knows of 3 only."


async def test_an_event_inserted_in_the_middle_or_before_the_beginning_is_found(database: Database) -> None:
    await act(database, times=4)
    # To make room, those after it are numbered anew, from the last one on, each with a hash that fits its content.
    moves = []
    for sequence in (4, 3):
        row = await forged(database, sequence, sequence=sequence + 1)
        moves.append(on(update(AuditEvent).where(OURS, number(sequence)).values(row)))
    second = (await events(database))[1]
    row = await forged(database, 2, sequence=3, previous_hash=second.hash, actor_name="Eve")
    await tampering(database, *moves, on(insert(AuditEvent).values(row)), on(update(AuditHead).values(sequence=5)))

    assert await faults(database) == ["Event 4 was inserted or replaced: it does not follow event 3 as that one is."]

    await tampering(database, on(insert(AuditEvent).values(await forged(database, 1, sequence=0))))
    [fault] = await faults(database)
    assert fault == "Event 0 was inserted: the chain begins with 1."


async def test_events_that_changed_places_are_found(database: Database) -> None:
    await act(database, times=4)
    swap = [
        on(update(AuditEvent).where(OURS, number(first)).values(sequence=then))
        for first, then in ((2, 90), (3, 2), (90, 3))
    ]
    await tampering(database, *swap)

    [fault] = await faults(database)

    assert fault == "Event 2 was changed: its content does not have its hash."


async def test_events_for_a_tenant_without_a_log_are_found(database: Database) -> None:
    await act(database)
    await tampering(database, on(insert(AuditEvent).values(await forged(database, 1, tenant_id=OTHER))))

    assert sorted(map(str, await faults(database))) == ["None", "The record of the chain's head was removed."]


async def test_a_chain_made_anew_to_its_end_needs_a_hash_written_down_elsewhere(database: Database) -> None:
    """Whoever may write everything can forge everything that is in the database. What is on paper stays."""
    await act(database, times=4)
    written_down = {4: (await events(database))[3].hash}
    previous, remade = (await events(database))[0].hash, []
    for sequence in (2, 3, 4):
        row = await forged(database, sequence, previous_hash=previous, actor_name="Eve")
        previous = row["hash"]
        remade.append(on(update(AuditEvent).where(OURS, number(sequence)).values(row)))
    await tampering(database, *remade, on(update(AuditHead).values(hash=previous)))

    assert await faults(database) == [None]
    assert await faults(database, expected=written_down) == [
        "Event 4 is not the one that was written down: the chain was made anew."
    ]
    assert await faults(database, expected={9: GENESIS}) == [
        "Events 5 to 9 were removed at the end: a later one was written down."
    ]


# --- reading -----------------------------------------------------------------------------------------------------


async def test_verifying_sees_one_moment_while_others_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await act(database, times=5)
    monkeypatch.setattr(queries, "_PAGE", 2)
    ended = asyncio.Event()

    async def write() -> None:
        while not ended.is_set():
            await act(database)

    writing = asyncio.create_task(write())
    for _ in range(20):
        assert await faults(database) == [None]
    ended.set()
    await writing
    assert len(await events(database)) > 5


async def test_the_log_is_read_a_page_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await act(database, times=9)
    monkeypatch.setattr(queries, "_PAGE", 4)
    sizes: list[int] = []
    async with database.read() as session:
        async for page in queries.stream_events(session, TENANT):
            sizes.append(len(page))

    assert sizes == [4, 4, 1]
    assert [one.sequence async for one in export(database)] == list(range(1, 10))


async def test_a_reader_does_not_wait_for_a_writer_that_holds_the_chain(database: Database) -> None:
    await act(database, times=2)
    async with database.write() as session:
        await queries.lock_head(session, TENANT)
        assert await asyncio.wait_for(faults(database), 5) == [None]


async def test_an_event_takes_three_statements(database: Database) -> None:
    await act(database)
    statements: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database._writing.sync_engine, "before_cursor_execute", note)
    async with database.write() as session:
        for _ in range(3):
            record(session, ADA, Action.INDEX_REBUILT)

    asked = [each for each in statements if "audit" in each]
    assert [each.split()[0] for each in asked] == ["SELECT", "INSERT", "UPDATE"]


async def test_what_concerns_no_tenant_has_a_log_of_its_own(database: Database) -> None:
    async with database.write() as session:
        record(session, Actor(INSTALLATION, None, "", Credential.PASSWORD), Action.SIGN_IN_FAILED)

    async with database.read() as session:
        assert await queries.chains(session) == [INSTALLATION]
        assert await session.scalar(select(func.count()).select_from(AuditEvent)) == 1

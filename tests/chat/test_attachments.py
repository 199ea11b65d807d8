"""Files of a conversation: usable there as soon as they have been read, and nowhere else by anybody."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from attaching import ask, attach, begin, files_of, send_file, settled
from hub import Company, Hub, Person, told
from nexus.chat import keeping
from nexus.chat.models import Conversation
from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.core.jobs.models import enqueue
from nexus.ingestion.queries import delete_chunks_from
from nexus.knowledge import index_queries
from nexus.knowledge.messages import IngestVersion
from nexus.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase

SECRET = "The password of the Quillmoth vault is marmalade."
QUESTION = "What is the password of the Quillmoth vault?"


def quoted(answer: Any) -> str:
    return answer["message"]["text"]


async def test_a_file_is_asked_about_before_and_after_the_first_question(company: Company) -> None:
    me = company.member
    conversation = await begin(me)
    assert (await me.get("/conversations"))["items"] == []
    document = await attach(me, conversation, "vault.md", SECRET)
    answer = await ask(me, conversation, QUESTION, attachment_ids=[document])
    assert "marmalade" in quoted(answer)
    [citation] = answer["message"]["citations"]
    assert (citation["document_id"], citation["document_name"]) == (document, "vault.md")

    [listed] = (await me.get("/conversations"))["items"]
    assert (listed["id"], listed["title"], listed["temporary"]) == (conversation, QUESTION, False)
    question, answered = (await me.get(f"/conversations/{conversation}/messages"))["items"]
    assert question["attachments"] == [
        {"available": True, "document_id": document, "name": "vault.md", "media_type": "text/markdown"}
    ]
    assert answered["citations"][0]["available"]
    assert (await me.get("/messages", search="marmalade"))["items"]
    events = await me.events(f"/runs/{answer['run']['id']}/events")
    assert "marmalade" in str([event.data for event in events])
    # Opened beside the answer as every document is.
    assert "marmalade" in (await me.get(f"/documents/{document}/text"))["text"]
    assert (await me.call("GET", f"/documents/{document}/original")).content.decode() == SECRET
    assert (await me.get(f"/documents/{document}/chunks"))["items"]
    # A later question needs not name it, and a second file joins the first.
    await attach(me, conversation, "lamp.md", "The Ostrelle lamp burns for 600 hours.")
    assert "marmalade" in quoted(await ask(me, conversation, QUESTION))
    assert "600" in quoted(await ask(me, conversation, "How long does the Ostrelle lamp burn?"))


@pytest.fixture
async def hidden(company: Company) -> dict[str, str]:
    """A conversation of the member's with a file and an answer that cites it; its ids."""
    conversation = await begin(company.member)
    document = await attach(company.member, conversation, "vault.md", SECRET)
    answer = await ask(company.member, conversation, QUESTION)
    shelf = answer["message"]["citations"][0]["knowledge_base_id"]
    return {"conversation": conversation, "document": document, "shelf": shelf, "run": answer["run"]["id"]}


async def test_no_list_no_search_and_no_count_has_it(company: Company, hidden: dict[str, str]) -> None:
    for person in (company.member, company.owner, company.admin, company.operator, company.rival):
        assert (await person.get("/knowledge-bases"))["items"] == []
        assert (await person.get("/documents"))["items"] == []
        assert await person.search(QUESTION) == []
        assert "marmalade" not in quoted(await ask(person, None, QUESTION))
        for path in ("", "/progress", "/grants", "/access", "/changes"):
            unknown = told(await person.call("GET", f"/knowledge-bases/{new_id()}{path}"))
            assert told(await person.call("GET", f"/knowledge-bases/{hidden['shelf']}{path}")) == unknown
        for scope in ({"knowledge_base_ids": [hidden["shelf"]]},):
            await person.post("/search", {"query": QUESTION, "scope": scope}, 404)
            await person.post("/ask", {"question": QUESTION, "scope": scope}, 404)
    tenants = (await company.operator.get("/tenants"))["items"]
    counts = [one for one in tenants if one["id"] == str(company.tenant)]
    assert all(one.get("knowledge_bases", 0) == 0 for one in counts)


async def test_no_other_conversation_has_it(company: Company, hidden: dict[str, str]) -> None:
    me = company.member
    other = await begin(me)
    await attach(me, other, "lamp.md", "The Ostrelle lamp burns for 600 hours.")
    assert "marmalade" not in quoted(await ask(me, other, QUESTION))
    await me.post("/ask", {"question": QUESTION, "conversation_id": other, "attachment_ids": [hidden["document"]]}, 404)
    await me.post("/ask", {"question": QUESTION, "attachment_ids": [hidden["document"]]}, 404)
    scope = {"knowledge_base_ids": [hidden["shelf"]]}
    await me.post("/ask", {"question": QUESTION, "conversation_id": other, "scope": scope}, 404)
    for path in (f"/conversations/{other}/attachments/{hidden['document']}",):
        await me.delete(path, 404)
        await me.post(f"{path}/retry", status=404)


async def test_nobody_else_comes_to_it_by_any_id(company: Company, hidden: dict[str, str]) -> None:
    for person in (company.owner, company.admin, company.operator, company.rival):
        for path in ("", "/text", "/chunks", "/original", "/boxes?start=0&end=9", "/grants", "/access"):
            unknown = told(await person.call("GET", f"/documents/{new_id()}{path}"))
            assert told(await person.call("GET", f"/documents/{hidden['document']}{path}")) == unknown, path
        conversation = f"/conversations/{hidden['conversation']}/attachments"
        await person.get(conversation, 404)
        await person.get(f"{conversation}/changes", 404)
        await send_file(person, hidden["conversation"], "mine.md", "Mine.", 404)
        await person.delete(f"{conversation}/{hidden['document']}", 404)
        await person.post(f"{conversation}/{hidden['document']}/retry", status=404)
        await person.post(f"/runs/{hidden['run']}/answer-now", status=404)
    assert [one["name"] for one in await files_of(company.member, hidden["conversation"])] == ["vault.md"]


async def test_its_owner_changes_it_by_no_other_way(company: Company, hidden: dict[str, str]) -> None:
    """It cannot leave the conversation, take readers, or become a shelf of its own."""
    me, document = company.member, hidden["document"]
    mine = await me.make_shelf("Mine")
    await me.patch(f"/documents/{document}", {"knowledge_base_id": mine}, 404)
    await me.patch(f"/documents/{document}", {"restricted": True}, 404)
    await me.put(f"/documents/{document}/grants", company.grants["tenant"] | {"level": "read"}, 404)
    await me.delete(f"/documents/{document}", 404)
    await me.post(f"/documents/{document}/reprocess", status=404)
    for action in ({"action": "delete"}, {"action": "move", "knowledge_base_id": mine}):
        assert (await me.post("/documents/bulk", {"document_ids": [document]} | action))["done"] == 0
    shelf = f"/knowledge-bases/{hidden['shelf']}"
    await me.put(f"{shelf}/grants", company.grants["tenant"] | {"level": "read"}, 404)
    await me.patch(shelf, {"name": "Open", "personal": False}, 404 if False else 422)
    await me.patch(shelf, {"name": "Open"}, 404)
    await me.delete(shelf, 404)
    await me.upload(hidden["shelf"], "more.md", "More.", status=404)
    other = await me.add(mine, "note.md", "A note.")
    await me.patch(f"/documents/{other}", {"knowledge_base_id": hidden["shelf"]}, 404)


async def test_a_shared_conversation_tells_nothing_of_it(company: Company, hidden: dict[str, str]) -> None:
    link = (await company.member.post(f"/conversations/{hidden['conversation']}/shares", {}, 201))["id"]
    messages = await company.owner.read_pages(f"/shared/{link}/messages", limit=5)
    assert "marmalade" not in str(messages)
    assert "vault.md" not in str(messages)
    assert not messages[1]["citations"][0]["available"]
    copy = (await company.owner.post(f"/shared/{link}/continue", {}, 201))["id"]
    assert "marmalade" not in str(await company.owner.get(f"/conversations/{copy}/messages"))
    assert await files_of(company.owner, copy) == []
    # Whoever shares it sees it whole.
    mine = await company.member.read_pages(f"/shared/{link}/messages", limit=5)
    assert "marmalade" in mine[1]["text"]


async def test_it_goes_with_its_conversation_and_comes_back_with_it(
    hub: Hub, company: Company, hidden: dict[str, str]
) -> None:
    me, conversation, document = company.member, hidden["conversation"], hidden["document"]
    await me.delete(f"/conversations/{conversation}")
    await me.get(f"/documents/{document}", 404)
    await me.get(f"/documents/{document}/text", 404)
    await me.post(f"/conversations/{conversation}/restore")
    await me.get(f"/documents/{document}/text")
    assert "marmalade" in quoted(await ask(me, conversation, QUESTION))

    await me.delete(f"/conversations/{conversation}")
    async with hub.database() as db:
        async with db.write() as session:
            gone = update(Conversation).where(Conversation.id == UUID(conversation))
            await session.execute(gone.values(deleted_at=now() - timedelta(days=2)))
        await keeping.tidy(db, 24)
        await purged(hub, document)
        async with db.read() as session:
            assert await session.get(Conversation, UUID(conversation)) is None


async def purged(hub: Hub, document: str) -> None:
    """Waits until nothing of the document is left: no chunk, no text, no file."""
    keys: list[str] = []
    async with hub.database() as db:
        while True:
            async with db.read() as session:
                row = await session.get_one(Document, UUID(document))
                if row.purged_at is not None:
                    break
        async with db.read() as session:
            versions = select(DocumentVersion.id).where(DocumentVersion.document_id == UUID(document))
            assert not await session.scalar(select(func.count()).where(Chunk.version_id.in_(versions)))
            found = await session.scalars(
                select(DocumentVersion.blob_key).where(DocumentVersion.document_id == UUID(document))
            )
            keys += [key for key in found if key]
            assert row.name == row.title == ""
    assert keys == []


@pytest.mark.parametrize("ending", ["kept too long", "beyond the most", "temporary", "draft"])
async def test_no_rule_leaves_a_file_behind(hub: Hub, company: Company, ending: str) -> None:
    me = company.member
    conversation = await begin(me)
    document = await attach(me, conversation, "vault.md", SECRET)
    if ending != "draft":
        await ask(me, conversation, QUESTION, temporary=ending == "temporary")
    async with hub.database() as db:
        async with db.write() as session:
            aged = update(Conversation).where(Conversation.id == UUID(conversation))
            await session.execute(aged.values(updated_at=now() - timedelta(days=40)))
        rules = {"most": 10, "keep_days": 30 if ending == "kept too long" else None}
        await company.admin.put("/conversation-rules", rules, 200)
        if ending == "beyond the most":
            for _ in range(10):
                await ask(me, None, "otters")
        await keeping.tidy(db, 24)
        await me.get(f"/conversations/{conversation}", 404)
        await me.get(f"/documents/{document}", 404)
        if ending in ("temporary", "draft"):
            await purged(hub, document)


async def test_it_goes_with_its_person(hub: Hub, company: Company, hidden: dict[str, str]) -> None:
    other = await begin(company.member)
    deleted = await attach(company.member, other, "lamp.md", "The Ostrelle lamp.")
    await ask(company.member, other, "lamp")
    await company.member.delete(f"/conversations/{other}")
    await company.admin.delete(f"/users/{company.member.id}")
    await purged(hub, hidden["document"])
    await purged(hub, deleted)


async def test_a_removed_file_answers_nothing_any_more(hub: Hub, company: Company, hidden: dict[str, str]) -> None:
    me, conversation = company.member, hidden["conversation"]
    named = await ask(me, conversation, QUESTION, attachment_ids=[hidden["document"]])
    await me.delete(f"/conversations/{conversation}/attachments/{hidden['document']}")
    assert await files_of(me, conversation) == []
    assert "marmalade" not in quoted(await ask(me, conversation, QUESTION))
    messages = (await me.get(f"/conversations/{conversation}/messages"))["items"]
    assert "marmalade" not in str(messages)
    question = next(one for one in messages if one["id"] == named["run"]["question_id"])
    assert question["attachments"] == [{"available": False, "document_id": None, "name": None, "media_type": None}]
    await purged(hub, hidden["document"])


async def test_names_doubles_and_limits(company: Company) -> None:
    me = company.member
    conversation = await begin(me)
    first = await send_file(me, conversation, "scan.md", "One.")
    again = await send_file(me, conversation, "scan.md", "One.")
    assert (again["id"], again["outcome"]) == (first["id"], "unchanged")
    other = await send_file(me, conversation, "scan.md", "Two.")
    assert (other["name"], other["outcome"]) == ("scan (2).md", "created")
    twin = await send_file(me, conversation, "../../elsewhere/twin.md", "Two.", 422)
    twin = await send_file(me, conversation, "elsewhere/twin.md", "Two.")
    assert (twin["name"], twin["duplicate_of"]) == ("twin.md", other["id"])
    for number in range(17):
        await send_file(me, conversation, f"{number}.md", f"Number {number}.")
    refused = await send_file(me, conversation, "more.md", "More.", 409)
    assert "20 files" in refused["detail"]
    await me.delete(f"/conversations/{conversation}/attachments/{first['id']}")
    await send_file(me, conversation, "more.md", "More.")
    assert len(await settled(me, conversation)) == 20
    for patch in ({"title": "Mine"}, {"temporary": False}):
        await me.patch(f"/conversations/{conversation}", patch, 409)


async def test_drafts_are_few(company: Company) -> None:
    me = company.member
    oldest = await begin(me)
    document = await attach(me, oldest, "vault.md", SECRET)
    begun = [await begin(me) for _ in range(20)]
    await me.get(f"/conversations/{oldest}", 404)
    await me.get(f"/documents/{document}", 404)
    await me.get(f"/conversations/{begun[0]}")


async def test_what_cannot_be_read_says_why_and_can_be_tried_again(company: Company) -> None:
    me = company.member
    conversation = await begin(me)
    broken = await send_file(me, conversation, "broken.pdf", b"%PDF-1.7 nothing of the kind")
    assert await settled(me, conversation) == {"broken.pdf": "failed"}
    [failed] = await files_of(me, conversation)
    assert failed["failure"]
    answer = await ask(me, conversation, QUESTION, attachment_ids=[broken["id"]])
    [left_out] = answer["message"]["left_out"]
    assert left_out == {
        "document_id": broken["id"],
        "name": "broken.pdf",
        "state": "failed",
        "failure_code": failed["failure_code"],
        "failure": failed["failure"],
    }
    tried = await me.call("POST", f"/conversations/{conversation}/attachments/{broken['id']}/retry")
    assert (tried.status_code, tried.json()["state"]) == (202, "queued")
    assert await settled(me, conversation) == {"broken.pdf": "failed"}


async def unread(hub: Hub, document: str) -> UUID:
    """As it was before it had been read; the version that answered."""
    async with hub.database() as db, db.write() as session:
        row = await session.get_one(Document, UUID(document))
        version, row.active_version_id = row.active_version_id, None
        assert version is not None
        row.state, row.stage = "processing", "embed"
        (await session.get_one(DocumentVersion, version)).state = "building"
        await delete_chunks_from(session, version, 0)
        await index_queries.touch(session, [row.id])
    return version


async def read(hub: Hub, document: str, version: UUID) -> None:
    async with hub.database() as db, db.write() as session:
        row = await session.get_one(Document, UUID(document))
        await enqueue(
            session, IngestVersion(version_id=version), tenant_id=row.tenant_id, dedup_key=f"ingest:{version}"
        )


async def test_an_answer_waits_until_the_file_has_been_read(hub: Hub, company: Company) -> None:
    me = company.member
    conversation = await begin(me)
    document = await attach(me, conversation, "vault.md", SECRET)
    version = await unread(hub, document)
    body = {"question": QUESTION, "conversation_id": conversation, "attachment_ids": [document]}
    kinds: list[str] = []
    pending: list[dict[str, str]] = []
    async with me.stream("/ask/stream", body) as events:
        async for event in events:
            if not kinds or kinds[-1] != event.kind:
                kinds.append(event.kind)
            if event.kind == "attachments.reading":
                assert event.data["left_out"] == []
                if event.data["pending"] and not pending:
                    await read(hub, document, version)
                pending += event.data["pending"]
    assert pending[0] == {"id": document, "stage": "embed"}
    assert {one["id"] for one in pending} == {document}
    assert kinds[:3] == ["run.started", "attachments.reading", "retrieval.finished"]
    answer = (await me.get(f"/conversations/{conversation}/messages"))["items"][-1]
    assert "marmalade" in answer["text"]
    assert answer["left_out"] == []


async def test_an_answer_can_be_had_at_once(hub: Hub, company: Company) -> None:
    me = company.member
    conversation = await begin(me)
    document = await attach(me, conversation, "vault.md", SECRET)
    version = await unread(hub, document)
    at_once = await ask(me, conversation, QUESTION, wait_for_attachments=False)
    [left_out] = at_once["message"]["left_out"]
    assert (left_out["name"], left_out["state"], left_out["failure"]) == ("vault.md", "not_ready", None)
    async with me.stream("/ask/stream", {"question": QUESTION, "conversation_id": conversation}) as events:
        async for event in events:
            if event.kind == "attachments.reading" and event.data["pending"]:
                run = at_once["run"]["id"]
                await me.post(f"/runs/{run}/answer-now", status=204)  # of an answer that has ended: nothing happens
                runs = await me.get(f"/conversations/{conversation}")
                await me.post(f"/runs/{runs['active_run_id']}/answer-now", status=204)
            elif event.kind == "attachments.reading":
                assert [each["id"] for each in event.data["left_out"]] == [document]
    assert (await me.get(f"/conversations/{conversation}/messages"))["items"][-1]["left_out"]
    await read(hub, document, version)
    await settled(me, conversation)


async def test_what_had_not_been_read_when_its_conversation_went_is_not_missed_and_is_read_when_it_comes_back(
    hub: Hub, company: Company, hidden: dict[str, str]
) -> None:
    me, conversation, document = company.member, hidden["conversation"], hidden["document"]
    await unread(hub, document)
    assert document in (await company.operator.get("/index/check"))["stuck_documents"]
    await me.delete(f"/conversations/{conversation}")
    assert document not in (await company.operator.get("/index/check"))["stuck_documents"]
    await me.post(f"/conversations/{conversation}/restore")
    assert await settled(me, conversation) == {"vault.md": "ready"}
    assert "marmalade" in quoted(await ask(me, conversation, QUESTION))


async def test_a_question_can_be_for_the_files_alone(company: Company) -> None:
    me = company.member
    shelf = await me.make_shelf("Vaults")
    await me.add(shelf, "all.md", "The treasurer keeps the password of the Quillmoth vault in May.")
    conversation = await begin(me)
    only = {"attachments_only": True}
    await me.post("/ask", {"question": QUESTION, "conversation_id": conversation, "scope": only}, 409)
    document = await attach(me, conversation, "vault.md", SECRET)
    searched: dict[str, int] = {}
    scopes: dict[str, Any] = {
        "everything": {},
        "named": {"knowledge_base_ids": [shelf]},
        "only": only,
        # A department narrows the knowledge bases, not what was attached.
        "department": {"department_id": str(company.department)},
    }
    for name, scope in scopes.items():
        answer = await ask(me, conversation, QUESTION, scope=scope)
        assert document in {one["document_id"] for one in answer["message"]["citations"]}
        events = await me.events(f"/runs/{answer['run']['id']}/events")
        [found] = [event.data for event in events if event.kind == "retrieval.finished"]
        searched[name] = found["knowledge_bases"]
        if scope is only:
            again = (await me.post(f"/runs/{answer['run']['id']}/regenerate", status=201))["id"]
            events = await me.events(f"/runs/{again}/events")
            assert [e.data["knowledge_bases"] for e in events if e.kind == "retrieval.finished"] == [1]
    assert searched == {"everything": 2, "named": 2, "only": 1, "department": 1}


async def test_without_a_model_what_the_file_is_about_is_quoted_from_its_beginning(company: Company) -> None:
    me = company.member
    conversation = await begin(me)
    text = "# Minutes\n\nThe board met on 3 May in Leeds. It chose a new auditor. It closed at noon."
    document = await attach(me, conversation, "minutes.md", text)
    answer = await ask(me, conversation, "Please summarise this for me", attachment_ids=[document])
    assert "The board met on 3 May in Leeds." in quoted(answer)
    # Nobody means the file by a question that was asked without it.
    assert "board" not in quoted(await ask(me, conversation, "How tall are giraffes?"))


async def test_exports_name_the_files(company: Company, hidden: dict[str, str]) -> None:
    me, conversation = company.member, hidden["conversation"]
    await ask(me, conversation, QUESTION, attachment_ids=[hidden["document"]])
    path = f"/conversations/{conversation}/export"
    markdown = (await me.call("GET", path)).text
    assert "Attached: vault.md" in markdown
    assert "marmalade" in markdown
    body = (await me.call("GET", path, params={"format": "json"})).json()
    assert body["messages"][-2]["attachments"][0]["name"] == "vault.md"
    for form in ("docx", "pdf"):
        assert (await me.call("GET", path, params={"format": form})).status_code == 200


async def test_the_audit_log_has_every_act_without_a_name(company: Company) -> None:
    me = company.member
    conversation = await begin(me)
    document = await attach(me, conversation, "vault.md", SECRET)
    await me.post(f"/conversations/{conversation}/attachments/{document}/retry", status=202)
    await settled(me, conversation)
    await me.delete(f"/conversations/{conversation}/attachments/{document}")
    events = (await company.admin.get("/audit-events", limit=50))["items"]
    acts = [one["action"] for one in reversed(events) if one["target_id"] == document]
    assert acts == ["document.uploaded", "document.reprocessed", "document.deleted"]
    assert "vault.md" not in str(events)


async def test_changes_are_told_as_they_happen(company: Company) -> None:
    me = company.member
    conversation = await begin(me)
    seen: list[dict[str, str]] = []
    document = ""
    async with me.stream(f"/conversations/{conversation}/attachments/changes") as events:
        async for event in events:
            seen.append({one["name"]: one["state"] for one in event.data["items"]})
            if len(seen) == 1:
                document = (await send_file(me, conversation, "vault.md", SECRET))["id"]
            elif seen[-1] == {"vault.md": "ready"}:
                await me.delete(f"/conversations/{conversation}/attachments/{document}")
            elif not seen[-1]:
                break
    assert seen[0] == seen[-1] == {}


async def test_only_their_own_shelf_is_made_and_once(hub: Hub, company: Company) -> None:
    conversation = await begin(company.member)
    await attach_many(company.member, conversation)
    async with hub.database() as db, db.read() as session:
        shelves = select(func.count()).where(KnowledgeBase.conversation_id == UUID(conversation))
        assert await session.scalar(shelves) == 1


async def attach_many(person: Person, conversation: str) -> None:
    await asyncio.gather(*(send_file(person, conversation, f"{n}.md", f"Number {n}.") for n in range(4)))
    await settled(person, conversation)

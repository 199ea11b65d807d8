"""Why somebody can or cannot see something: what is said, to whom, and what is not."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from hub import Company, Hub, Person, told
from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.identity import service as identity
from nexus.identity.models import GroupMember, User
from nexus.knowledge.models import Document

TEXT = "Everybody has 25 days of annual leave."


@pytest.fixture
async def shelf(company: Company) -> str:
    """Granted to the group alone, besides its manager."""
    return await company.owner.make_shelf("Finance papers", grants=[company.grants["group"]])


@pytest.fixture
async def document(company: Company, shelf: str) -> str:
    return await company.owner.add(shelf, "pay/bands.md", TEXT)


async def asked(asker: Person, path: str, about: Person) -> Any:
    return await asker.get(f"{path}/access", user_id=str(about.id))


def codes(answer: Any) -> list[str]:
    return [step["code"] for step in answer["steps"]]


async def test_the_chain_names_the_group_since_when_and_who_granted_it(
    company: Company, shelf: str, document: str
) -> None:
    why = await asked(company.owner, f"/documents/{document}", company.member)
    assert (why["verdict"], why["readable"], why["manageable"], why["searchable"]) == ("reads", True, False, True)
    assert why["sentence"] == "Member can read this document."
    assert why["person"] == {"id": str(company.member.id), "name": "Member", "state": "active"}
    assert codes(why) == [
        "tenant.same",
        "account.active",
        "knowledge_base.granted",
        "document.inherited",
        "content.searchable",
    ]
    step = why["steps"][2]
    assert step["sentence"] == "The knowledge base is granted to Pilots (read)."
    [through] = step["through"]
    assert (through["kind"], through["name"], through["level"]) == ("group", "Pilots", "read")
    assert through["granted_by"] == "Owner"
    assert through["granted_at"]
    assert through["member_since"]


async def test_several_grants_are_all_named_departments_with_their_region(company: Company) -> None:
    several = [company.grants["group"], company.grants["department"], company.grants["tenant"]]
    shelf = await company.owner.make_shelf(grants=[*several, {**company.grants["member"], "level": "manage"}])
    why = await asked(company.owner, f"/knowledge-bases/{shelf}", company.member)
    assert why["verdict"] == "manages"
    named = {(one["kind"], one["name"]) for one in why["steps"][2]["through"]}
    assert {("group", "Pilots"), ("department", "UK / HR"), ("user", "Member")} <= named
    assert len(named) == 4


async def test_what_would_have_to_change_is_told_to_who_sets_it(company: Company, shelf: str, document: str) -> None:
    for path in (f"/documents/{document}", f"/knowledge-bases/{shelf}"):
        why = await asked(company.owner, path, company.stranger)
        assert (why["verdict"], codes(why)[-1]) == ("denied", "knowledge_base.not_granted")
        step = why["steps"][-1]
        assert {one["name"] for one in step["missing"]} == {"Pilots", "Owner"}
        assert "They are not in any of: Pilots (read), Owner (manage)." in step["sentence"]


async def test_everybody_may_ask_about_themselves_what_they_may_read(
    company: Company, shelf: str, document: str
) -> None:
    for path in (f"/documents/{document}", f"/knowledge-bases/{shelf}"):
        why = await company.member.get(f"{path}/access")
        assert why["readable"]
        through = why["steps"][2]["through"]
        assert [one["name"] for one in through] == ["Pilots"]
        assert [one["granted_by"] for one in through] == [None]
        assert not why["may_ask"]
        assert (await company.owner.get(f"{path}/access"))["may_ask"]
        assert not any(step["missing"] for step in why["steps"])
        assert why == await asked(company.member, path, company.member)
        for person in (company.stranger, company.rival):
            unknown = path.replace(shelf, str(new_id())).replace(document, str(new_id()))
            hidden, absent = [told(await person.call("GET", f"{each}/access")) for each in (path, unknown)]
            assert hidden == absent
            assert hidden[0] == 404


async def test_about_others_asks_only_who_sets_the_grants(company: Company, shelf: str, document: str) -> None:
    for path in (f"/documents/{document}", f"/knowledge-bases/{shelf}"):
        for whom in (company.owner.id, company.rival.id, new_id()):
            refused = await company.member.call("GET", f"{path}/access", params={"user_id": str(whom)})
            assert refused.status_code == 403
    # Administrators govern the knowledge base, and know nothing of documents that they do not read.
    assert (await asked(company.admin, f"/knowledge-bases/{shelf}", company.member))["readable"]
    await company.admin.get(f"/documents/{document}/access", 404, user_id=str(company.member.id))
    mine = await company.admin.get(f"/knowledge-bases/{shelf}/access")
    assert codes(mine)[2:] == ["knowledge_base.not_granted", "role.governs_only"]


async def test_people_of_other_tenants_are_unknown(company: Company, shelf: str, document: str) -> None:
    for path in (f"/documents/{document}", f"/knowledge-bases/{shelf}"):
        answers = [
            told(await company.owner.call("GET", f"{path}/access", params={"user_id": str(whom)}))
            for whom in (company.rival.id, new_id())
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


async def test_the_deactivated_and_the_invited(hub: Hub, company: Company, shelf: str, document: str) -> None:
    async with hub.database() as db, db.write() as session:
        await session.execute(update(User).where(User.id == company.member.id).values(active=False))
        await session.execute(update(User).where(User.id == company.stranger.id).values(invited_at=now()))
    path = f"/documents/{document}"
    why = await asked(company.owner, path, company.member)
    assert (why["verdict"], why["readable"], why["searchable"]) == ("deactivated", False, False)
    assert why["sentence"] == "Member is signed out; could read this document if reactivated."
    assert "knowledge_base.granted" in codes(why)
    why = await asked(company.owner, path, company.stranger)
    assert codes(why)[1:3] == ["account.invited", "knowledge_base.not_granted"]
    for deactivated, found in ((False, []), (True, ["Member"])):
        picked = await company.owner.get("/subjects", search="Member", kind="user", deactivated=deactivated)
        assert [one["name"] for one in picked] == found


async def test_restricted_documents(company: Company, shelf: str, document: str) -> None:
    await company.owner.patch(f"/documents/{document}", {"restricted": True})
    why = await asked(company.owner, f"/documents/{document}", company.member)
    assert (why["verdict"], codes(why)[-1]) == ("denied", "document.not_granted")
    assert [one["name"] for one in why["steps"][-1]["missing"]] == ["Owner"]
    await company.owner.put(f"/documents/{document}/grants", company.grants["group"] | {"level": "read"})
    why = await asked(company.owner, f"/documents/{document}", company.member)
    assert (why["verdict"], codes(why)[-2]) == ("reads", "document.granted")
    await company.admin.get(f"/documents/{document}/access", 404, user_id=str(company.member.id))
    # Reading it, an administrator may ask about others, and does not learn by whose grant.
    admin = {"subject_kind": "user", "subject_id": str(company.admin.id), "level": "read"}
    await company.owner.put(f"/knowledge-bases/{shelf}/grants", admin, 200)
    await company.owner.put(f"/documents/{document}/grants", admin)
    why = await asked(company.admin, f"/documents/{document}", company.member)
    assert (codes(why)[3], why["steps"][3]["through"]) == ("document.granted", [])
    assert why["steps"][3]["sentence"] == "The restricted document is granted."
    why = await asked(company.admin, f"/documents/{document}", company.stranger)
    assert [step["missing"] for step in why["steps"][3:]] == []


async def test_who_manages_only_the_document_knows_only_its_grants(company: Company, document: str) -> None:
    await company.owner.patch(f"/documents/{document}", {"restricted": True})
    manager = company.grants["member"] | {"level": "manage"}
    await company.owner.put(f"/documents/{document}/grants", manager)
    why = await asked(company.member, f"/documents/{document}", company.owner)
    assert why["readable"]
    assert why["steps"][2]["through"] == []
    assert [one["name"] for one in why["steps"][3]["through"]] == ["Owner"]
    why = await asked(company.member, f"/documents/{document}", company.stranger)
    assert (codes(why)[-1], why["steps"][-1]["missing"]) == ("knowledge_base.not_granted", [])


async def test_content_that_is_not_searchable(hub: Hub, company: Company, document: str) -> None:
    async def after(**values: Any) -> Any:
        async with hub.database() as db, db.write() as session:
            await session.execute(update(Document).where(Document.id == UUID(document)).values(**values))
        return await asked(company.owner, f"/documents/{document}", company.member)

    active = (await company.owner.get(f"/documents/{document}"))["active_version_id"]
    why = await after(state="processing")
    assert (why["verdict"], why["searchable"], codes(why)[-1]) == ("reads", True, "content.replacing")
    why = await after(state="failed", failure_code="encrypted", failure="Remove the password.")
    assert (why["verdict"], codes(why)[-1]) == ("reads", "content.replacement_failed")
    assert (why["steps"][-1]["detail"], why["steps"][-1]["note"]) == ("encrypted", "Remove the password.")
    assert why["steps"][-1]["sentence"].endswith("could not be prepared. Remove the password.")
    why = await after(active_version_id=None)
    assert (why["verdict"], why["searchable"], codes(why)[-1]) == ("not_searchable", False, "content.failed")
    why = await after(state="queued")
    assert (why["readable"], why["steps"][-1]["sentence"]) == (
        True,
        "It is not searchable yet: its content is still being prepared.",
    )
    # Other tests have the whole index checked.
    assert (await after(state="ready", failure_code=None, failure=None, active_version_id=UUID(active)))["searchable"]


async def test_deleted_documents(hub: Hub, company: Company, shelf: str, document: str) -> None:
    secret = await company.owner.add(shelf, "secret.md", TEXT + " Not mine.")
    await company.owner.patch(f"/documents/{secret}", {"restricted": True})
    for each in (document, secret):
        await company.owner.delete(f"/documents/{each}")
    why = await asked(company.owner, f"/documents/{document}", company.member)
    assert (why["verdict"], why["readable"], why["searchable"]) == ("gone", False, False)
    assert codes(why)[-1] in {"document.deleted", "document.purged"}
    assert why["steps"][-1]["at"]
    await company.member.get(f"/documents/{document}/access", 404)
    await company.owner.get(f"/documents/{secret}/access", 404)
    async with hub.database() as db, db.write() as session:
        await session.execute(update(Document).where(Document.id == UUID(document)).values(purged_at=now()))
    assert codes(await company.owner.get(f"/documents/{document}/access"))[-1] == "document.purged"
    await company.owner.delete(f"/knowledge-bases/{shelf}")
    await company.owner.get(f"/documents/{document}/access", 404)


async def test_a_group_that_is_gone_takes_its_grant_along(
    hub: Hub, company: Company, shelf: str, document: str
) -> None:
    async with hub.database() as db, db.write() as session:
        await session.execute(update(GroupMember).where(GroupMember.user_id == company.member.id).values(since=None))
    why = await asked(company.owner, f"/documents/{document}", company.member)
    assert why["steps"][2]["through"][0]["member_since"] is None
    async with hub.database() as db, db.write() as session:
        await identity.delete_group(session, company.tenant, company.group)
    why = await asked(company.owner, f"/documents/{document}", company.member)
    assert [one["name"] for one in why["steps"][-1]["missing"]] == ["Owner"]


async def test_asking_about_others_is_recorded_and_about_oneself_is_not(company: Company, document: str) -> None:
    await company.owner.get(f"/documents/{document}/access")
    await asked(company.owner, f"/documents/{document}", company.member)
    events = await company.admin.get("/audit-events", limit=50, action="access.explained")
    [event] = events["items"]
    assert (event["target_id"], event["details"]["user_id"]) == (document, str(company.member.id))

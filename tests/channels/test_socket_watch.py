"""Knowledge bases watched over the WebSocket: documents on their way, taken up again, for as long as one may read."""

import asyncio
from typing import Any

import pytest

from channels.test_socket import Talk, talking
from hub import Company, Hub
from nexus.core.ids import new_id

TEXT = "# Leave\n\nEverybody has 25 days of annual leave.\n"


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf(grants=[company.grants["group"]])


async def until_ready(talk: Talk, document: str) -> tuple[list[str], str]:
    """The states it went through, and the last position."""
    states, position = list[str](), ""
    while not states or states[-1] not in {"ready", "failed"}:
        [message] = await talk.hear_until("documents_changed")
        states += [one["state"] for one in message["documents"] if one["id"] == document]
        position = message["position"]
    return states, position


async def watch(talk: Talk, shelf: str, after: str = "") -> dict[str, Any]:
    """The first message."""
    await talk.say(type="watch", knowledge_base_id=shelf, after=after)
    return await talk.hear()


async def test_a_document_is_followed_from_arriving_to_ready(hub: Hub, company: Company, shelf: str) -> None:
    async with talking(hub, company.member) as talk:
        first = await watch(talk, shelf)
        assert (first["type"], first["documents"]) == ("documents_changed", [])
        sent = await company.owner.upload(shelf, "leave.md", TEXT)
        states, _ = await until_ready(talk, sent["id"])
    assert states[-1] == "ready"


async def test_a_reload_misses_nothing(hub: Hub, company: Company, shelf: str) -> None:
    await company.owner.add(shelf, "old.md", TEXT)
    async with talking(hub, company.member) as talk:
        position = (await watch(talk, shelf))["position"]
    document = await company.owner.add(shelf, "leave.md", TEXT + "More.")
    async with talking(hub, company.member) as talk:
        told = await watch(talk, shelf, position)
    assert [one["id"] for one in told["documents"]] == [document]
    assert told["progress"]["documents"] == {"ready": 2}


async def test_it_ends_with_the_right_to_read(hub: Hub, company: Company, shelf: str) -> None:
    """Not the grant is taken away, but what the listener had it by."""
    async with talking(hub, company.member) as talk:
        await watch(talk, shelf)
        await company.admin.patch(f"/users/{company.member.id}", {"group_ids": []})
        assert await talk.hear() == {"type": "watch_ended", "knowledge_base_id": shelf}
        await company.owner.upload(shelf, "leave.md", TEXT)
        again = await watch(talk, shelf)
        assert (again["type"], again["code"]) == ("error", "not-found")


async def test_what_one_may_not_read_is_as_if_it_did_not_exist(hub: Hub, company: Company, shelf: str) -> None:
    for other in (company.stranger, company.rival):
        async with talking(hub, other) as talk:
            real, unknown = await watch(talk, shelf), await watch(talk, str(new_id()))
            assert real == unknown
            assert real["type"] == "error"


async def test_restricted_documents_are_told_to_their_readers_alone(hub: Hub, company: Company, shelf: str) -> None:
    secret = await company.owner.add(shelf, "secret.md", TEXT)
    await company.owner.patch(f"/documents/{secret}", {"restricted": True})
    async with talking(hub, company.member) as talk:
        assert (await watch(talk, shelf))["progress"]["documents"] == {}
        await company.owner.post(f"/documents/{secret}/reprocess", status=202)
        await company.owner.settle(shelf)
        open_one = await company.owner.add(shelf, "open.md", TEXT + "More.")
        states, _ = await until_ready(talk, open_one)
        assert states


async def test_watching_is_bounded_and_ends_when_asked(hub: Hub, company: Company, shelf: str) -> None:
    shelves = [await company.owner.make_shelf(f"Shelf {number}") for number in range(8)]
    async with talking(hub, company.owner) as talk:
        for one in shelves:
            assert (await watch(talk, one))["type"] == "documents_changed"
        assert (await watch(talk, shelf))["code"] == "too-many"
        await talk.say(type="unwatch", knowledge_base_id=shelves[0])
        async with asyncio.timeout(10):
            while (await watch(talk, shelf)).get("code") == "too-many":  # noqa: ASYNC110 - the hub is in another thread
                await asyncio.sleep(0.01)

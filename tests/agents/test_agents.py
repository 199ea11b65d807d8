"""Agents: who sees, uses and changes which, and what they are told of one another."""

from typing import Any

import pytest

from hub import Company, Person, told
from nexus.core.ids import new_id


async def make(person: Person, name: str = "Workshop", **fields: Any) -> Any:
    return await person.post("/agents", {"name": name} | fields, 201)


async def names(person: Person, **params: Any) -> list[str]:
    return [each["name"] for each in await person.read_pages("/agents", **{"limit": 50} | params)]


async def test_its_maker_manages_it_and_grants_say_who_else_uses_it(firm: Company) -> None:
    made = await make(firm.owner, starters=["When is the seal changed?"], description="Knows the pumps.")
    path = f"/agents/{made['id']}"
    assert made["level"] == "manage"
    assert made["settings"]["instructions"] == {"active": 0, "newest": 0, "changes": 0, "text": ""}
    unknown = told(await firm.member.call("GET", f"/agents/{new_id()}"))
    for person in (firm.member, firm.stranger, firm.rival):
        assert told(await person.call("GET", path)) == unknown
        assert await names(person) == []
    await firm.owner.put(f"{path}/grants", firm.grants["group"], 200)
    seen = await firm.member.get(path)
    assert (seen["level"], seen["settings"], seen["starters"]) == ("read", None, ["When is the seal changed?"])
    assert await names(firm.member, usable=True) == ["Workshop"]
    assert await names(firm.stranger) == []
    for method, where, body in (
        ("PATCH", path, {"version": 1, "name": "Mine"}),
        ("DELETE", path, None),
        ("GET", f"{path}/grants", None),
        ("PUT", f"{path}/grants", firm.grants["member"]),
        ("GET", f"{path}/instructions/versions", None),
        ("POST", f"{path}/instructions/versions", {"changes": 0, "text": "Mine."}),
    ):
        assert (await firm.member.call(method, where, json=body)).status_code == 403, (method, where)
    await firm.owner.put(f"{path}/grants", firm.grants["member"] | {"level": "manage"}, 200)
    changed = await firm.member.patch(path, {"version": 1, "name": "Ours"})
    assert (changed["name"], changed["settings"]["version"]) == ("Ours", 2)
    await firm.owner.patch(path, {"version": 1, "name": "Workshop"}, 409)
    shown = {(each["subject_kind"], each["level"]) for each in await firm.owner.get(f"{path}/grants")}
    assert shown == {("user", "manage"), ("group", "read")}


async def test_administrators_govern_every_agent_and_ask_only_those_they_are_given(firm: Company) -> None:
    made = await make(firm.member, instructions="Answer in verse.")
    path = f"/agents/{made['id']}"
    seen = await firm.admin.get(path)
    assert (seen["level"], seen["settings"]["instructions"]["text"]) == (None, "Answer in verse.")
    assert await names(firm.admin) == ["Workshop"]
    assert await names(firm.admin, usable=True) == []
    await firm.admin.post("/ask", {"question": "Hello?", "agent_id": made["id"]}, 404)
    await firm.admin.put(f"{path}/grants", {"subject_kind": "user", "subject_id": str(firm.admin.id)}, 200)
    await firm.admin.post("/ask", {"question": "Hello?", "agent_id": made["id"]})
    assert await names(firm.owner) == []
    await firm.admin.delete(path)
    await firm.member.get(path, 404)


async def test_it_looks_where_its_maker_may_and_tells_each_only_their_own_shelves(firm: Company, pumps: str) -> None:
    own = await firm.member.make_shelf("Notes of the member")
    await firm.stranger.post("/agents", {"name": "Thief", "knowledge_base_ids": [pumps]}, 404)
    await firm.rival.post("/agents", {"name": "Thief", "knowledge_base_ids": [pumps]}, 404)
    made = await make(firm.member, knowledge_base_ids=[pumps, own], grants=[firm.grants["tenant"]])
    path = f"/agents/{made['id']}"
    assert {each["name"] for each in made["knowledge_bases"]} == {"Pumps", "Notes of the member"}
    assert [each["name"] for each in (await firm.owner.get(path))["knowledge_bases"]] == ["Pumps"]
    assert (await firm.stranger.get(path))["knowledge_bases"] == []
    # Who manages it with another view keeps what they cannot see.
    manager = {"subject_kind": "user", "subject_id": str(firm.owner.id), "level": "manage"}
    await firm.member.put(f"{path}/grants", manager, 200)
    other = await firm.owner.make_shelf("Valves")
    await firm.owner.patch(path, {"version": 1, "knowledge_base_ids": [other, own]}, 404)
    await firm.owner.patch(path, {"version": 1, "knowledge_base_ids": [other]})
    assert [each["name"] for each in (await firm.member.get(path))["knowledge_bases"]] == ["Notes of the member"]
    assert [each["name"] for each in (await firm.owner.get(path))["knowledge_bases"]] == ["Valves"]


async def test_tools_are_those_that_its_maker_may_use(firm: Company) -> None:
    await firm.admin.put("/tools/calculate", {"roles": ["admin"]})
    listed = [each["name"] for each in (await firm.member.get("/agent-tools"))["tools"]]
    assert "calculate" not in listed
    refused = [
        told(await firm.member.call("POST", "/agents", json={"name": "A", "tools": [name]}))
        for name in ("calculate", "calculatf")
    ]
    assert refused[0][0] == 422
    assert str(refused[0]).replace("calculate", "calculatf") == str(refused[1])
    made = await make(firm.admin, tools=["calculate", "today"])
    path = f"/agents/{made['id']}"
    await firm.admin.put(f"{path}/grants", firm.grants["member"] | {"level": "manage"}, 200)
    changed = await firm.member.patch(path, {"version": 1, "tools": ["search_knowledge"]})
    assert changed["settings"]["tools"] == ["search_knowledge", "calculate"]


async def test_instructions_are_versions_that_stay(firm: Company) -> None:
    made = await make(firm.owner, instructions="Answer in verse.")
    path = f"/agents/{made['id']}/instructions"
    assert made["settings"]["instructions"] == {"active": 1, "newest": 1, "changes": 1, "text": "Answer in verse."}
    wanted = {"changes": 1, "text": "Answer in verse.\nBriefly.", "note": "They were long."}
    assert (await firm.owner.post(f"{path}/versions", wanted, 201))["active"] == 2
    await firm.owner.post(f"{path}/versions", wanted | {"text": "Late."}, 409)
    diff = await firm.owner.get(f"{path}/diff", former=1, later=2)
    assert [(line["kind"], line["text"]) for line in diff["lines"]] == [
        ("same", "Answer in verse."),
        ("added", "Briefly."),
    ]
    back = await firm.owner.put(f"{path}/active", {"changes": 2, "number": 1}, 200)
    assert (back["active"], back["newest"], back["text"]) == (1, 2, "Answer in verse.")
    listed = await firm.owner.read_pages(f"{path}/versions", limit=1)
    assert [(each["number"], each["active"]) for each in listed] == [(2, False), (1, True)]
    # The tenant's own prompts know nothing of it, nor does another agent.
    assert (await firm.admin.get("/prompts"))["prompts"][0]["newest"] == 0
    other = await make(firm.owner, "Other")
    await firm.owner.get(f"/agents/{other['id']}/instructions/diff", 404, former=0, later=1)


async def test_what_is_impossible_is_refused_with_a_sentence(firm: Company) -> None:
    for body in (
        {"name": " "},
        {"name": "A", "starters": ["Why?"] * 7},
        {"name": "A", "knowledge_base_ids": []},
        {"name": "A", "instructions": "x" * 20_001},
        {"name": "A", "tools": ["rm -rf"]},
    ):
        assert (await firm.owner.call("POST", "/agents", json=body)).status_code == 422, body
    foreign = {"subject_kind": "user", "subject_id": str(firm.rival.id)}
    await firm.owner.post("/agents", {"name": "A", "grants": [foreign]}, 404)
    assert await names(firm.owner) == []


async def test_lists_are_pages_by_name_and_can_be_searched(firm: Company) -> None:
    for name, description in (("Bolts", ""), ("Axles", "and wheels"), ("Cables", "")):
        await make(firm.owner, name, description=description)
    assert await names(firm.owner, limit=1) == ["Axles", "Bolts", "Cables"]
    assert await names(firm.owner, search="WHEEL") == ["Axles"]


async def test_a_manager_of_an_agent_may_look_up_whom_to_give_it_to(firm: Company) -> None:
    await firm.stranger.get("/subjects", 403)
    await make(firm.stranger)
    assert await firm.stranger.get("/subjects", search="Pilots")


@pytest.fixture
async def provider(firm: Company, double: Any) -> str:
    server = {"name": "Own", "kind": "openai-compatible", "base_url": double.base_url}
    return (await firm.admin.post("/model-providers", server, 201))["id"]


async def test_an_agent_has_a_model_of_its_own_where_one_is_set(firm: Company, pumps: str, provider: str) -> None:
    made = await make(firm.admin, grants=[firm.grants["tenant"]])
    path = f"/agents/{made['id']}/model-route"
    question = {"question": "When is the seal of the Heron pump changed?", "agent_id": made["id"]}
    assert (await firm.admin.get(path))["follows"] == "environment"
    former = (await firm.member.post("/ask", question))["run"]
    wanted = {"version": 0, "candidates": [{"provider_id": provider, "model": "words?tokens=5"}]}
    await firm.owner.put(path, wanted, 403)
    assert (await firm.admin.put(path, wanted, 200))["version"] == 1
    run = (await firm.member.post("/ask", question))["run"]
    assert (run["model"], former["model"]) == ("openai-compatible/words?tokens=5", "openai-compatible/normal")
    assert (await firm.admin.get("/model-providers"))["items"][0]["used_by_agents"] == 1
    # What is asked without it goes where it went.
    plain = await firm.member.post("/ask", {"question": question["question"]})
    assert plain["run"]["model"] == "openai-compatible/normal"
    await firm.admin.delete(f"/model-providers/{provider}")
    assert (await firm.member.post("/ask", question))["run"]["model"] == "openai-compatible/normal"

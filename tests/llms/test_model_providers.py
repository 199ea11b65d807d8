"""Setting model providers and routes up, and asking by them: the next question follows."""

import asyncio
from typing import Any

import pytest
from tests.doubles.openai_chat import SECRET, OpenAIDouble

from hub import Company, Hub, Person

KEY = "sk-plum-orbit-lantern"
QUESTION = "How often is the seal of the Heron pump oiled?"


async def add(admin: Person, double: OpenAIDouble, name: str = "Frankfurt", **values: Any) -> dict[str, Any]:
    new = {"name": name, "kind": "openai-compatible", "base_url": double.base_url, "new_key": KEY, **values}
    return await admin.post("/model-providers", new, 201)


async def route(
    admin: Person, *candidates: tuple[dict[str, Any], str], purpose: str = "knowledge", **values: Any
) -> Any:
    wanted = [{"provider_id": provider["id"], "model": model} for provider, model in candidates]
    return await admin.put(f"/model-routes/{purpose}", {"version": 0, "candidates": wanted, **values}, 200)


async def ask(company: Company) -> dict[str, Any]:
    shelf = await company.owner.make_shelf("Pumps")
    await company.owner.add(shelf, "oil.md", "The seal of the Heron pump is oiled every week.")
    body = {"question": QUESTION, "scope": {"knowledge_base_ids": [shelf]}}
    return await company.owner.post("/ask", body)


async def test_the_next_question_goes_where_the_route_says(house: Company, chat_double: OpenAIDouble) -> None:
    assert (await ask(house))["run"]["kind"] == "extractive"
    assert (await house.owner.get("/capabilities"))["language_model"] is None
    provider = await add(house.admin, chat_double, region="eu-central")
    await route(house.admin, (provider, "normal"), temperature=0.7, max_tokens=333)

    answered = (await ask(house))["run"]

    assert (await house.owner.get("/capabilities"))["language_model"] == "openai-compatible/normal"
    assert (answered["kind"], answered["model"]) == ("generated", "openai-compatible/normal")
    assert (answered["provider"], answered["region"]) == ("openai-compatible", "eu-central")
    assert (answered["cost_usd"], answered["price_source"]) == (None, ""), "nobody knows its price"
    received = next(each for each in chat_double.requests if not each.aside)
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert (received.body["temperature"], received.body["max_tokens"]) == (0.7, 333)
    (shown,) = (await house.admin.get("/model-routes"))["routes"][0]["candidates"]
    assert (shown["health"]["state"], shown["health"]["first_token_ms"] >= 0) == ("healthy", True)


async def test_a_fallback_answers_and_says_so(house: Company, chat_double: OpenAIDouble) -> None:
    first = await add(house.admin, chat_double, "One", region="east")
    second = await add(house.admin, chat_double, "Two", region="west")
    await route(house.admin, (first, "status?code=401"), (second, "normal"))

    answered = (await ask(house))["run"]

    assert (answered["state"], answered["region"]) == ("succeeded", "west")
    page = await house.admin.get("/model-providers")
    health = {each["name"]: each["health"] for each in page["items"]}
    assert [(one["model"], one["state"]) for one in health["One"]] == [("status?code=401", "failing")]
    assert "key" in health["One"][0]["last_failure"]
    assert SECRET not in str(page)
    assert KEY not in str(page)


async def test_when_all_fail_the_person_hears_the_first_reason(house: Company, chat_double: OpenAIDouble) -> None:
    provider = await add(house.admin, chat_double)
    await route(house.admin, (provider, "status?code=401"), (provider, "html"))
    run = (await ask(house))["run"]
    assert (run["state"], run["failure_code"]) == ("failed", "rejected")
    assert run["failure"].endswith("None of two language models answered.")


async def test_a_change_counts_at_once_and_a_switched_off_provider_is_not_asked(
    house: Company, chat_double: OpenAIDouble
) -> None:
    provider = await add(house.admin, chat_double)
    await route(house.admin, (provider, "normal"))
    await ask(house)
    changed = await house.admin.patch(f"/model-providers/{provider['id']}", {"version": 1, "new_key": "sk-next"})
    assert (changed["version"], changed["health"]) == (2, [])
    await ask(house)
    assert chat_double.requests[-1].headers["authorization"] == "Bearer sk-next"
    await house.admin.patch(f"/model-providers/{provider['id']}", {"version": 2, "enabled": False})
    assert (await ask(house))["run"]["kind"] == "extractive"


async def test_purposes_without_a_route_follow_the_one_of_documents(house: Company, chat_double: OpenAIDouble) -> None:
    provider = await add(house.admin, chat_double)
    await route(house.admin, (provider, "normal"))
    routes = {each["purpose"]: each for each in (await house.admin.get("/model-routes"))["routes"]}
    assert [routes[name]["follows"] for name in ("knowledge", "assistant", "titles-and-follow-ups")] == [
        None,
        "knowledge",
        "knowledge",
    ]
    run = (await ask(house))["run"]
    await house.owner.get(f"/runs/{run['id']}/follow-ups")
    assert {each.model for each in chat_double.requests} == {"normal"}


async def test_test_says_what_came_of_it(house: Company, chat_double: OpenAIDouble) -> None:
    provider = await add(house.admin, chat_double)
    at = f"/model-providers/{provider['id']}"
    good = await house.admin.post(f"{at}/test", {"model": "words"})
    assert (good["answered"], good["failure"]) == (True, None)
    assert good["text"].startswith("word0")
    assert 0 <= good["first_token_ms"] <= good["total_ms"]
    bad = await house.admin.post(f"{at}/test", {"model": "status?code=404"})
    assert (bad["answered"], bad["text"], bad["first_token_ms"]) == (False, "", None)
    assert "not found" in bad["failure"]
    assert SECRET not in bad["failure"]
    listed = await house.admin.get(f"{at}/models")
    assert ("words" in listed["models"], listed["failure"]) == (True, None)
    await house.admin.post("/model-settings/test", status=409)


async def test_another_persons_edit_in_between_is_told(house: Company, chat_double: OpenAIDouble) -> None:
    provider = await add(house.admin, chat_double)
    at = f"/model-providers/{provider['id']}"
    await house.admin.patch(at, {"version": 1, "region": "east"})
    refused = await house.admin.patch(at, {"version": 1, "region": "west"}, 409)
    assert refused["type"].endswith("changed-meanwhile")
    await route(house.admin, (provider, "normal"))
    await house.admin.put(
        "/model-routes/knowledge",
        {"version": 0, "candidates": [{"provider_id": provider["id"], "model": "x"}]},
        409,
    )
    twice = [
        house.admin.call("PATCH", at, json={"version": 2, "region": region}) for region in ("north", "south", "up")
    ]
    assert sorted(each.status_code for each in await asyncio.gather(*twice)) == [200, 409, 409]


async def test_deleting_a_provider_takes_it_out_of_its_routes(house: Company, chat_double: OpenAIDouble) -> None:
    one, two = await add(house.admin, chat_double, "One"), await add(house.admin, chat_double, "Two")
    await route(house.admin, (one, "normal"), (two, "normal"))
    await route(house.admin, (one, "normal"), purpose="assistant")
    listed = (await house.admin.get("/model-providers"))["items"]
    assert [each["used_by"] for each in listed] == [["knowledge", "assistant"], ["knowledge"]]

    await house.admin.delete(f"/model-providers/{one['id']}")

    routes = {each["purpose"]: each for each in (await house.admin.get("/model-routes"))["routes"]}
    assert [each["provider_id"] for each in routes["knowledge"]["candidates"]] == [two["id"]]
    assert (routes["assistant"]["version"], routes["assistant"]["follows"]) == (0, "knowledge")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"base_url": "http://10.0.0.7/v1"}, "NEXUS_EGRESS__ALLOWED_HOSTS"),
        ({"base_url": "http://169.254.169.254/v1"}, "not a public address"),
        ({"base_url": "http://[::ffff:a00:1]/v1"}, "not a public address"),
        ({"base_url": "ftp://127.0.0.1"}, "http://"),
        ({"base_url": "http://me:pass@127.0.0.1/v1"}, "Keys"),
        ({"base_url": ""}, "http://"),
        ({"kind": "ollama", "base_url": "", "new_key": None}, "not a public address"),
        ({"new_key": "two words"}, "ASCII"),
        ({"api_version": "a b"}, "version"),
        ({"key_env": "PLUM_KEY"}, "not both"),
        ({"key_env": "PLUM_KEY", "new_key": None}, "https://api.openai.com"),
        ({"key_env": "HOME", "new_key": None}, "NEXUS_LLM__KEY_NAMES"),
    ],
)
async def test_what_cannot_be_accepted_says_why(
    house: Company, chat_double: OpenAIDouble, change: dict[str, Any], word: str
) -> None:
    new = {"name": "Wrong", "kind": "openai-compatible", "base_url": chat_double.base_url, "new_key": KEY, **change}
    refused = await house.admin.post("/model-providers", new, 422)
    assert word in refused["detail"]
    assert (await house.admin.get("/model-providers"))["items"] == []


async def test_a_stored_key_does_not_follow_to_another_address(house: Company, chat_double: OpenAIDouble) -> None:
    provider = await add(house.admin, chat_double)
    at, elsewhere = f"/model-providers/{provider['id']}", "http://127.0.0.1:9/v1"
    refused = await house.admin.patch(at, {"version": 1, "base_url": elsewhere}, 422)
    assert "Enter the key again" in refused["detail"]
    moved = await house.admin.patch(at, {"version": 1, "base_url": elsewhere, "new_key": "sk-other"})
    assert moved["key_source"] == "stored"
    bare = await house.admin.patch(at, {"version": 2, "key_env": ""})
    assert bare["key_source"] == "none"


async def test_a_key_of_the_environment_goes_to_its_host(house: Company, chat_double: OpenAIDouble) -> None:
    new = {"name": "Vendor", "kind": "openai", "key_env": "PLUM_KEY"}
    provider = await house.admin.post("/model-providers", new, 201)
    assert (provider["key_source"], provider["key_env"]) == ("environment", "PLUM_KEY")
    tried = await house.admin.post(f"/model-providers/{provider['id']}/test", {"model": "gpt-4o"})
    assert "PLUM_KEY holds no key" in tried["failure"]
    listed = await house.admin.get(f"/model-providers/{provider['id']}/models")
    assert (listed["models"], "PLUM_KEY" in listed["failure"]) == ([], True)
    # The variable is for another host than a private server that somebody sets up.
    refused = await house.admin.patch(
        f"/model-providers/{provider['id']}", {"version": 1, "base_url": chat_double.base_url}, 422
    )
    assert "no other address" in refused["detail"]


async def test_who_may(house: Company, chat_double: OpenAIDouble) -> None:
    for person in (house.owner, house.member):
        for path in ("/model-providers", "/model-routes", "/model-settings"):
            assert (await person.get(path, 403))["permission"] == "models.manage"
        await person.post("/model-providers", {"name": "Mine", "kind": "openai"}, 403)
    settings = await house.admin.get("/model-settings")
    assert settings == {"environment": None, "key_names": {"PLUM_KEY": "api.openai.com"}}


async def test_tenants_do_not_meet(model_hub: Hub, house: Company, chat_double: OpenAIDouble) -> None:
    from hub import found_company

    provider = await add(house.admin, chat_double)
    await route(house.admin, (provider, "normal"))
    async with model_hub.client() as client:
        other = await found_company(model_hub, client)
        assert (await other.admin.get("/model-providers"))["items"] == []
        await other.admin.patch(f"/model-providers/{provider['id']}", {"version": 1, "name": "Ours"}, 404)
        wanted = {"version": 0, "candidates": [{"provider_id": provider["id"], "model": "normal"}]}
        await other.admin.put("/model-routes/knowledge", wanted, 404)
        assert (await ask(other))["run"]["kind"] == "extractive"
        await add(other.admin, chat_double)  # the same name is free in another tenant
    await house.admin.post("/model-providers", {"name": "Frankfurt", "kind": "openai"}, 409)

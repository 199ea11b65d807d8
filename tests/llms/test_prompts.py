"""Prompts: written, compared, rolled back, tried, and told to the model with the next question."""

from typing import Any

import pytest
from tests.doubles.openai_chat import OpenAIDouble

from hub import Company

AT = "/prompts/knowledge"
QUESTION = "When is the seal of the Heron pump changed?"


@pytest.fixture
async def pumps(house: Company, chat_double: OpenAIDouble) -> str:
    """A knowledge base, and a model that repeats everything it is told."""
    shelf = await house.owner.make_shelf("Pumps", grants=[house.grants["tenant"]])
    await house.owner.add(shelf, "seal.md", "The seal of the Heron pump is changed after 6000 hours.")
    server = {"name": "Double", "kind": "openai-compatible", "base_url": chat_double.base_url}
    provider = (await house.admin.post("/model-providers", server, 201))["id"]
    wanted = {"version": 0, "candidates": [{"provider_id": provider, "model": "normal"}]}
    await house.admin.put("/model-routes/knowledge", wanted, 200)
    return shelf


async def write(house: Company, text: str, changes: int, **more: Any) -> Any:
    return await house.admin.post(f"{AT}/versions", {"text": text, "changes": changes} | more, 201)


def rules_told(double: OpenAIDouble) -> str:
    return double.answers[-1].body["messages"][0]["content"]


async def test_the_next_question_is_told_the_version_that_counts(
    house: Company, pumps: str, chat_double: OpenAIDouble
) -> None:
    first = await house.member.post("/ask", {"question": QUESTION})
    assert first["run"]["prompt_version"] == 0
    bare = rules_told(chat_double)
    written = await write(house, "Say 'seals', never 'gaskets'.", 0, note="The workshop asked for it.")
    assert (written["active"], written["newest"], written["changes"]) == (1, 1, 1)
    asked = await house.member.post("/ask", {"question": QUESTION})
    assert asked["run"]["prompt_version"] == 1
    told = rules_told(chat_double)
    assert told.startswith(bare)
    assert told.rstrip().endswith("Say 'seals', never 'gaskets'.")
    # A draft counts for nobody, and rolling back counts at once.
    draft = await write(house, "Say nothing.", 1, activate=False)
    assert (draft["active"], draft["newest"]) == (1, 2)
    back = await house.admin.put(f"{AT}/active", {"number": 0, "changes": 2}, 200)
    assert (back["active"], back["text"]) == (0, "")
    await house.member.post("/ask", {"question": QUESTION})
    assert rules_told(chat_double) == bare


async def test_versions_stay_as_they_were_written(house: Company) -> None:
    for number, text in enumerate(("One.", "One.\nTwo.", "Two.\nThree.")):
        await write(house, text, number, note=f"Number {number + 1}")
    listed = await house.admin.read_pages(f"{AT}/versions", limit=2)
    assert [(each["number"], each["text"], each["active"]) for each in listed] == [
        (3, "Two.\nThree.", True),
        (2, "One.\nTwo.", False),
        (1, "One.", False),
    ]
    assert {each["created_by"] for each in listed} == {str(house.admin.id)}
    assert all(each["created_by_name"] for each in listed)
    lines = (await house.admin.get(f"{AT}/diff", former=2, later=3))["lines"]
    assert [(line["kind"], line["text"]) for line in lines] == [
        ("removed", "One."),
        ("same", "Two."),
        ("added", "Three."),
    ]
    nothing = (await house.admin.get(f"{AT}/diff", former=0, later=1))["lines"]
    assert [(line["kind"], line["text"]) for line in nothing] == [("added", "One.")]
    await house.admin.get(f"{AT}/diff", 404, former=0, later=9)


async def test_nobody_overwrites_what_he_has_not_seen(house: Company) -> None:
    await write(house, "One.", 0)
    await house.admin.post(f"{AT}/versions", {"text": "Two.", "changes": 0}, 409)
    await house.admin.put(f"{AT}/active", {"number": 0, "changes": 0}, 409)
    await house.admin.put(f"{AT}/active", {"number": 7, "changes": 1}, 404)
    same = await house.admin.post(f"{AT}/versions", {"text": "One.", "changes": 1}, 422)
    assert "newest version says already" in same["detail"]
    await house.admin.post(f"{AT}/versions", {"text": "x" * 20_001, "changes": 1}, 422)


async def test_a_trial_counts_for_nobody_and_is_kept_nowhere(
    house: Company, pumps: str, chat_double: OpenAIDouble
) -> None:
    before = (await house.admin.get("/conversations"))["items"]
    tried = await house.owner.call("POST", f"{AT}/trial", json={"text": "Be brief.", "question": QUESTION})
    assert tried.status_code == 403, "a content manager does not look after models"
    told = await house.admin.post(f"{AT}/trial", {"text": "Be brief.", "question": QUESTION})
    assert "6000 hours" in told["text"]
    assert told["citations"][0]["document_name"] == "seal.md"
    assert (told["kind"], told["support"]) == ("generated", told["support"])
    assert rules_told(chat_double).rstrip().endswith("Be brief.")
    assert (await house.admin.get("/conversations"))["items"] == before
    assert (await house.admin.get("/prompts"))["prompts"][0]["newest"] == 0


async def test_a_trial_needs_a_model(house: Company) -> None:
    refused = await house.admin.post(f"{AT}/trial", {"text": "", "question": QUESTION}, 409)
    assert "No language model is set up" in refused["detail"]


async def test_prompts_are_the_tenants_and_its_administrators(house: Company) -> None:
    await write(house, "One.", 0)
    for person in (house.member, house.owner):
        await person.get("/prompts", 403)
        await person.post(f"{AT}/versions", {"text": "Two.", "changes": 1}, 403)
    theirs = (await house.operator.get("/prompts"))["prompts"][0]
    assert (theirs["purpose"], theirs["active"]) == ("knowledge", 1)

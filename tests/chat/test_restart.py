"""A process dies in mid-answer: the next one on the same data gives every stream its end and keeps what was said."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hub import Company, Hub, Person, fold
from nexus.core.settings import load_settings
from speaking import ChosenScript


@pytest.mark.embedded("copies SQLite's file; servers that die elsewhere: tests/e2e/test_chaos.py")
async def test_what_a_dead_process_left_is_ended(
    firm: Company, pumps: str, model: ChosenScript, speaking_hub: Hub, tmp_path: Path
) -> None:
    # A copy of the database in mid-answer is what a sudden death leaves.
    model.script = "normal?rate=400&hang=14"
    me = firm.member
    question = {"question": "When is the seal of the Heron pump changed?"}
    run = (await me.post("/runs", question, 201))["id"]
    async with me.stream(f"/runs/{run}/events") as stream:
        async for event in stream:
            if event.kind == "text.delta":
                break
    database = speaking_hub.settings.data_dir / "nexus.db"
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(tmp_path / "nexus.db")) as target:
        source.backup(target)
    await me.post(f"/runs/{run}/cancel", status=202)

    with Hub(load_settings(data_dir=tmp_path, _env_file=None)) as hub:
        async with hub.client() as client:
            again = Person(client, me.email, me.id)
            answer = await again.get(f"/runs/{run}")
            assert (answer["run"]["state"], answer["run"]["failure_code"]) == ("failed", "interrupted")
            assert (answer["run"]["kind"], answer["run"]["finished_at"] is None) == ("generated", False)
            events = await again.events(f"/runs/{run}/events")
            assert [event.number for event in events] == list(range(1, len(events) + 1))
            assert events[-1].kind == "run.failed"
            assert events[-1].data["code"] == "interrupted"
            assert events[-1].data["message_id"] == answer["message"]["id"]
            assert answer["message"]["text"] == fold(events).strip()
            assert [c["number"] for c in answer["message"]["citations"]] == [
                event.data["number"] for event in events if event.kind == "citation.added"
            ]
            # It comes back in the conversation, and the question can be asked again.
            messages = await again.get(f"/conversations/{answer['run']['conversation_id']}/messages")
            assert [m["role"] for m in messages["items"]] == ["user", "assistant"]
            await again.post(f"/runs/{run}/regenerate", status=201)

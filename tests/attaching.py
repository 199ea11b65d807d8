"""Files of conversations, as tests put them there."""

import asyncio
import time
from typing import Any

from hub import PATIENCE, Person

ON_THE_WAY = {"uploaded", "queued", "processing"}


async def begin(person: Person) -> str:
    """A conversation without a question."""
    return (await person.post("/conversations", status=201))["id"]


async def send_file(person: Person, conversation: str, name: str, content: str | bytes, status: int = 201) -> Any:
    path = f"/conversations/{conversation}/attachments"
    answer = await person.call("POST", path, params={"name": name}, content=content)
    assert answer.status_code == status, answer.text
    return answer.json()


async def files_of(person: Person, conversation: str) -> list[Any]:
    return await person.read_pages(f"/conversations/{conversation}/attachments", limit=3)


async def settled(person: Person, conversation: str) -> dict[str, str]:
    """Waits until nothing is being read; the files' states by their names."""
    deadline = time.monotonic() + PATIENCE
    while True:
        states = {one["name"]: one["state"] for one in await files_of(person, conversation)}
        if not ON_THE_WAY.intersection(states.values()):
            return states
        assert time.monotonic() < deadline, states
        await asyncio.sleep(0.01)


async def attach(person: Person, conversation: str, name: str, content: str | bytes) -> str:
    """Sends it and waits until it has been read; the document's id."""
    sent = await send_file(person, conversation, name, content)
    assert (await settled(person, conversation))[sent["name"]] == "ready"
    return sent["id"]


async def ask(person: Person, conversation: str | None, question: str, **fields: Any) -> Any:
    return await person.post("/ask", {"question": question, "conversation_id": conversation} | fields)

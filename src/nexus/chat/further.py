"""What one might ask after an answer."""

from collections.abc import Sequence
from uuid import UUID

from nexus.access.principal import Principal
from nexus.chat import queries
from nexus.chat.rendering import WITHDRAWN, render_own
from nexus.chat.runs import RunEngine
from nexus.chat.service import get_run
from nexus.core.db import Database


async def follow_ups(db: Database, engine: RunEngine, principal: Principal, run_id: UUID) -> Sequence[str]:
    """What one might ask next; nothing unless a language model has answered, and the answer may still be read."""
    async with db.read() as session:
        run = await get_run(session, principal, run_id)
        if run.state != "succeeded" or run.kind != "generated" or run.answer_id is None:
            return []
        question = await queries.find_message(session, run.conversation_id, run.question_id)
        answer = await queries.find_message(session, run.conversation_id, run.answer_id)
        shown = await render_own(session, principal, [m for m in (question, answer) if m])
    if len(shown) < len(("question", "answer")) or shown[1].text == WITHDRAWN:
        return []
    if run.follow_ups is None:
        run.follow_ups = list(await engine.suggest_questions(run, shown[0].text, shown[1].text))
        async with db.write(durable=False) as session:
            await queries.update_run(session, run_id, follow_ups=run.follow_ups)
    return run.follow_ups

"""What a language model says beside its answers, short and as plain text: a title, further questions, a question anew.

None is worth an error: when the model fails or says something useless, there is none. What each has cost is put into
`spent`, also of those that came to nothing.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import Final

from nexus.agents.loop import Spent, take_turn
from nexus.chat.prompts import FURTHER_QUESTIONS, STANDALONE, TITLE, render_conversation, render_exchange
from nexus.core.text.analysis import query_languages
from nexus.core.text.plain import plain
from nexus.providers.llm.base import ChatTurn, LanguageModel, LlmError, LlmRequest

logger = logging.getLogger(__name__)

MOST_QUESTIONS: Final = 3
_DEADLINE_SECONDS: Final = 20.0
_HURRY_SECONDS: Final = 2.0
"""Somebody waits for the answer meanwhile."""
_TURNS: Final = 3
_LONGEST_TURN: Final = 1500
_LONGEST_TITLE: Final = 80
_LONGEST_QUESTION: Final = 200
_BULLET: Final = re.compile(r"^\s*(?:[-–•]|\d{1,2}[.)])\s+")
_QUOTES: Final = " \"'“”„‘’«»"


async def suggest_title(model: LanguageModel, question: str, spent: list[Spent] | None = None) -> str | None:
    """A few words that name a conversation that began with this question."""
    said = await _say(model, LlmRequest(TITLE, [ChatTurn("user", question[:2000])], max_tokens=40), spent)
    title = plain(said.strip().partition("\n")[0]).removeprefix("Title:").strip(_QUOTES).rstrip(".")
    return title if 0 < len(title) <= _LONGEST_TITLE else None


async def suggest_questions(
    model: LanguageModel, question: str, answer: str, spent: list[Spent] | None = None
) -> Sequence[str]:
    """At most `MOST_QUESTIONS` that one might ask next, in the language of the first."""
    turn = ChatTurn("user", render_exchange(question[:2000], answer[:6000]))
    said = await _say(model, LlmRequest(FURTHER_QUESTIONS, [turn], max_tokens=160, temperature=0.4), spent)
    lines = [plain(_BULLET.sub("", line)).strip(_QUOTES) for line in said.splitlines()]
    asked = [line for line in lines if line.endswith(("?", "？")) and len(line) <= _LONGEST_QUESTION]
    return [line for line in dict.fromkeys(asked) if line.casefold() != question.casefold()][:MOST_QUESTIONS]


async def stand_alone(
    model: LanguageModel, question: str, earlier: Sequence[str], spent: list[Spent] | None = None
) -> str | None:
    """The question with what it leaves to those before it; None when it needs nothing, or the model is of no help.

    It is told questions only: what it says is shown and kept, and answers may hold what is closed to the reader later.
    """
    asked = [each[:_LONGEST_TURN] for each in earlier[-_TURNS:]]
    turn = ChatTurn("user", render_conversation(asked, question[:2000]))
    request = LlmRequest(STANDALONE, [turn], max_tokens=120, temperature=0.0)
    said = await _say(model, request, spent, seconds=_HURRY_SECONDS)
    found = plain(said.strip().partition("\n")[0]).strip(_QUOTES)
    if not found or len(found) > _LONGEST_QUESTION + len(question) or found.casefold() == question.casefold():
        return None
    may_be_same = not set(query_languages(found)).isdisjoint(query_languages(question))
    return found if may_be_same else None


async def _say(
    model: LanguageModel, request: LlmRequest, spent: list[Spent] | None, *, seconds: float = _DEADLINE_SECONDS
) -> str:
    """Empty when the model fails or takes too long."""
    said: list[str] = []
    try:
        async with asyncio.timeout(seconds):
            await take_turn(model, request, said.append, [] if spent is None else spent)
    except (LlmError, TimeoutError) as error:
        logger.info("%s said nothing beside the answer: %s", model.name, error)
        return ""
    return "".join(said)

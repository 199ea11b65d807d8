"""A question becomes a plan. The model is told the question alone: nothing of what anybody's documents say."""

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, cast

from pydantic import ValidationError

from nexus.agents.loop import Spent, take_turn
from nexus.chat.service import to_title
from nexus.core.text.plain import plain
from nexus.core.text.sentences import sentence_spans
from nexus.core.text.storable import is_storable
from nexus.llms.choosing import Chosen
from nexus.providers.llm.base import ChatTurn, LlmRequest
from nexus.research.prompts import PLAN
from nexus.research.schemas import MOST_PARTS, Part

_LONGEST_PLAN: Final = 12_000
_LONGEST_TITLE: Final = 120
_TRIED: Final = 20
"""Places of a reply where an object may begin."""


@dataclass(frozen=True, slots=True)
class Plan:
    title: str
    parts: list[Part]


async def make_plan(chosen: Chosen, question: str, spent: list[Spent]) -> Plan:
    """Where the model's cannot be read, one from the question itself. Raises LlmError."""
    said: list[str] = []
    request = LlmRequest(PLAN, [ChatTurn("user", question)], chosen.max_tokens, chosen.temperature)
    await take_turn(chosen.model, request, said.append, spent, most=_LONGEST_PLAN)
    return read_plan("".join(said), question)


def read_plan(reply: str, question: str) -> Plan:
    """What a model replied, as far as it is a plan."""
    found = read_object(reply)
    listed = found.get("parts")
    parts: list[Part] = []
    for each in cast("list[Any]", listed) if isinstance(listed, list) else []:
        if (part := _part(each)) is not None and part.question not in {one.question for one in parts}:
            parts.append(part)
    title = found.get("title")
    named = plain(title)[:_LONGEST_TITLE] if isinstance(title, str) else ""
    return Plan(named or to_title(plain(question)) or to_title(question), parts[:MOST_PARTS] or _alone(question))


def read_object(reply: str) -> dict[str, Any]:
    """The JSON object in a reply, whatever stands around it; empty when there is none."""
    decoder = json.JSONDecoder()
    for match in islice(re.finditer(r"\{", reply), _TRIED):
        try:
            found, _ = decoder.raw_decode(reply, match.start())
        except (ValueError, RecursionError):
            continue
        return cast("dict[str, Any]", found) if is_storable(json.dumps(found, ensure_ascii=False)) else {}
    return {}


def _part(given: Any) -> Part | None:
    if not isinstance(given, dict):
        return None
    wanted = cast("dict[str, Any]", given)
    question = plain(str(wanted.get("question") or ""))[:500]
    heading = plain(str(wanted.get("heading") or ""))[:120] or to_title(question)
    try:
        return Part(heading=heading, question=question)
    except ValidationError:
        return None


def _alone(question: str) -> list[Part]:
    """A part for each question that stands in it, or one for all of it."""
    text = " ".join(question.split())
    asked = [text[start:end].strip() for start, end in sentence_spans(text)]
    asked = [each for each in asked if each.endswith(("?", "？"))]
    wanted = asked if 1 < len(asked) <= MOST_PARTS else [text]
    return [Part(heading=to_title(plain(each)) or to_title(each), question=each[:500]) for each in wanted]

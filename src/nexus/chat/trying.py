"""How a prompt that does not count yet would answer: asked by whoever writes it, for himself, and kept nowhere."""

import time
from dataclasses import replace

from nexus.access import service as access
from nexus.access.principal import Permission, Principal
from nexus.chat.answers import Answerer
from nexus.chat.schemas import CitationOut, FindingOut, PromptTrialIn, PromptTrialOut
from nexus.chat.telling import Answer
from nexus.core.errors import ConflictError
from nexus.core.ids import new_id
from nexus.llms.schemas import Purpose
from nexus.retrieval.searches import PASSAGES, SearchRequest


async def try_prompt(answerer: Answerer, principal: Principal, wanted: PromptTrialIn) -> PromptTrialOut:
    """Without tools: nothing may be sent anywhere for a trial. Raises ConflictError without a model, and LlmError."""
    access.require_permission(principal, Permission.ASK)
    if await answerer.models.choose(principal.tenant_id, Purpose.KNOWLEDGE) is None:
        raise ConflictError("No language model is set up. Set one up first, then try the prompt.")
    answer, began = Answer(), time.monotonic()
    trying = replace(answerer, toolbox=None, tried_prompt=wanted.text)
    request = SearchRequest(query=wanted.question, limit=PASSAGES)
    await trying.answer(new_id(), principal, request, (), answer, lambda _kind, _data: None)
    return PromptTrialOut(
        text=answer.text.strip(),
        kind=answer.kind,
        model=answer.model,
        citations=[CitationOut.model_validate(each) for each in answer.citations],
        findings=[FindingOut.model_validate(each) for each in answer.findings or ()],
        support=answer.support,
        input_tokens=answer.usage.input_tokens,
        output_tokens=answer.usage.output_tokens,
        total_ms=round((time.monotonic() - began) * 1000),
    )

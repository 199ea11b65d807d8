"""An answer is checked against what it cites, and what is in doubt is said, stored, and shown to nobody else."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from nexus.chat.checking import Check, Finding, LiveCheck, check, support_score
from nexus.chat.doubts import Doubt
from nexus.providers.embeddings.base import Vectors
from nexus.retrieval.reading import Source

CITED = {
    1: Source("The gland nut of the Merlin pump is tightened with 48 newton metres."),
    2: Source("Annual leave has to be asked for four weeks ahead. It must not be paid out."),
}


async def alike(texts: Sequence[str]) -> Vectors:
    """Everything means the same."""
    return np.ones((len(texts), 4), np.float32)


async def unlike(texts: Sequence[str]) -> Vectors:
    return np.eye(len(texts), dtype=np.float32)


async def away(_texts: Sequence[str]) -> None:
    return None


@pytest.mark.parametrize(
    ("answer", "doubt", "words"),
    [
        ("The gland nut takes 48 newton metres [1].", None, ()),
        ("The gland nut takes 46 newton metres [1].", Doubt.NUMBER, ("46",)),
        ("The gland nut of the Heron takes 48 newton metres [1].", Doubt.NAME, ("Heron",)),
        ("Annual leave must be paid out [2].", Doubt.DENIED, ()),
        ("Annual leave has to be asked for four weeks ahead [1].", Doubt.ELSEWHERE, ()),
        ("The committee publishes its report later [2].", Doubt.NOT_FOUND, ()),
    ],
)
async def test_each_kind_of_doubt(answer: str, doubt: Doubt | None, words: tuple[str, ...]) -> None:
    [finding] = await check(answer, CITED, unlike)
    assert (finding.doubt, finding.words) == (doubt, words)
    assert support_score([finding]) == (finding.score if doubt is None else 0.0)


async def test_other_words_for_the_same_are_no_doubt() -> None:
    answer = "One asks for holidays a month before [2]."
    assert [one.doubt for one in await check(answer, CITED, alike)] == [None]
    assert [one.doubt for one in await check(answer, CITED, away)] == [None], "nobody can tell"
    assert [one.doubt for one in await check(answer, CITED, unlike)] == [Doubt.NOT_FOUND]


async def test_an_answer_that_cites_nothing() -> None:
    [finding] = await check("The gland nut takes 48 newton metres.", {}, alike)
    assert finding.doubt is Doubt.UNCITED
    assert await check("", {}, alike) == []
    assert support_score([]) is None


async def test_what_is_said_is_looked_at_while_more_is_being_said() -> None:
    told: list[list[Finding]] = []
    embedded: list[str] = []
    news = asyncio.Event()

    async def embed(texts: Sequence[str]) -> Vectors:
        embedded.append(texts[0])
        return await unlike(texts)

    def tell(found: Sequence[Finding]) -> None:
        told.append(list(found))
        news.set()

    said = ""
    async with asyncio.timeout(5), LiveCheck(embed, tell) as check:
        for word in ["The", "gland", "nut", "takes", "46", "newton", "metres", "[1]."]:
            said += f"{word} "
            check.heard(said, CITED)
        assert not told, "its paragraph may go on"
        for more in ("\n\nThe committee publishes later [2].", "\n\nSo be it [2]."):
            news.clear()
            said += more
            check.heard(said, CITED)
            await news.wait()
        finished = await check.finish(said, CITED)
    assert [len(each) for each in told] == [1, 2]
    assert finished[:2] == told[-1]
    assert finished == await Check(unlike).of(said, CITED)
    assert len(embedded) == len(set(embedded)), "what was found of a sentence is found once"


async def test_a_passage_cited_later_may_hold_what_was_missing() -> None:
    check = Check(away)
    said = "The nut takes 48 newton metres, and leave is asked for 4 weeks ahead [2]."
    [before] = await check.of(said, {2: CITED[2]})
    [after] = await check.of(f"{said} [1]", CITED)
    assert (before.doubt, after.doubt) == (Doubt.NUMBER, None)


async def test_an_answer_says_how_much_of_it_holds(firm: Any, pumps: str, model: Any) -> None:
    events = await firm.member.events("/ask/stream", {"question": "When is the seal of the Heron pump changed?"})
    kinds = [event.kind for event in events]
    assert kinds.index("answer.checked") > max(at for at, kind in enumerate(kinds) if kind == "text.delta")
    told = [event.data for event in events if event.kind == "answer.checked"][-1]
    message = (await firm.member.get(f"/runs/{events[0].data['run_id']}"))["message"]
    assert (message["support"], message["findings"]) == (told["support"], told["findings"])
    assert message["findings"]
    for finding in message["findings"]:
        assert message["text"][finding["start"] : finding["end"]].strip()

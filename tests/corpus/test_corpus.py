"""Every format from end to end: facts are found by a search, and cited at the page, heading and place they stand at."""

import asyncio
import time
from typing import Any

import pytest

from corpus.files import SAMPLES, Fact, Sample
from hub import PATIENCE, Company, Person
from nexus.core.text.languages import detect_language
from programs import needs_libreoffice, needs_tesseract


def _needed(sample: Sample) -> list[pytest.MarkDecorator]:
    if sample.recognised:
        return [needs_tesseract]
    return [needs_libreoffice] if sample.converted else []


CASES = [pytest.param(sample, marks=_needed(sample), id=str(sample)) for sample in SAMPLES]


@pytest.mark.parametrize("sample", CASES)
async def test_facts_are_found_and_cited_at_their_place(company: Company, sample: Sample) -> None:
    owner = company.owner
    shelf = await owner.make_shelf()
    uploaded = await owner.upload(shelf, sample.name, sample.make())
    document = await whole(owner, uploaded["id"])
    assert document["state"] == "ready", document["failure"]
    assert document["media_type"] == sample.media_type
    assert document["unread_pages"] == 0
    text = await owner.get(f"/documents/{document['id']}/text", start=0, end=12_000)
    assert detect_language(text["text"]) == sample.language
    for fact in sample.facts:
        await check_fact(owner, document, text, fact, sample)


async def check_fact(owner: Person, document: Any, text: Any, fact: Fact, sample: Sample) -> None:
    hits = await owner.search(fact.question)
    hit = next((hit for hit in hits if fact.answer in hit["text"]), None)
    assert hit is not None, (fact, [hit["text"] for hit in hits])
    assert hit["page"] <= fact.page <= hit["page_end"]
    if fact.heading:
        assert fact.heading in hit["heading_path"] or fact.heading in hit["text"]
    start = text["text"].index(fact.answer, hit["start"])
    end = start + len(fact.answer)
    assert hit["start"] <= start < end <= hit["end"]
    pages = [page for page in text["pages"] if page["start"] <= start < page["end"]]
    if pages:
        assert [page["number"] for page in pages] == [fact.page]
    if fact.label:
        assert pages[0]["label"] == fact.label
    found = await owner.get(f"/documents/{document['id']}/boxes", start=start, end=end)
    if sample.has_boxes:
        assert {box["page"] for box in found["boxes"]} == {fact.page}
        assert all(
            0 <= box["left"] < box["right"] <= 1 and 0 <= box["top"] < box["bottom"] <= 1 for box in found["boxes"]
        )
    else:
        assert found["boxes"] == []


async def whole(owner: Person, document_id: str) -> Any:
    """The document when all of its pages have been read."""
    deadline = time.monotonic() + 3 * PATIENCE
    while True:
        document = await owner.get(f"/documents/{document_id}")
        is_waiting = document["state"] in ("queued", "processing")
        if not is_waiting and document["pages_recognised"] >= document["pages_to_recognise"]:
            return document
        assert time.monotonic() < deadline, document
        await asyncio.sleep(0.02)

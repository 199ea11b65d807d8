"""What a question says of where its answer stands, read by rules, and never more than a little weight."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from nexus.providers.vectors.base import Candidate
from nexus.retrieval.hints import BONUS, Facts, Shelf, prefer, read_hints
from nexus.retrieval.ranking import Ranked

TODAY = date(2026, 11, 21)
HR, SALES = UUID(int=1), UUID(int=2)
SHELVES = [Shelf(HR, "HR policies", "HR"), Shelf(SALES, "Offers", "IT")]


@pytest.mark.parametrize(
    ("question", "since", "before"),
    [
        ("What was the budget in 2023?", "2023-01-01", "2024-01-01"),
        ("What changed since March 2024?", "2024-03-01", None),
        ("What changed since March?", "2026-03-01", None),
        ("What changed since December?", "2025-12-01", None),
        ("What was sold last month?", "2026-10-01", "2026-11-01"),
        ("What was sold last year?", "2025-01-01", "2026-01-01"),
        ("What was written last week?", "2026-11-09", "2026-11-16"),
        ("Was wurde letztes Jahr verkauft?", "2025-01-01", "2026-01-01"),
        ("Was wurde im letzten Monat verkauft?", "2026-10-01", "2026-11-01"),
        ("Was gilt seit März 2024?", "2024-03-01", None),
        ("Wie hoch war der Umsatz im Jahr 2022?", "2022-01-01", "2023-01-01"),
        ("Was stand im Bericht vom Februar 2024?", "2024-02-01", "2024-03-01"),
        ("What came after 2023?", "2024-01-01", None),
        ("Who won the battle in 1066?", None, None),
        ("What will happen in 2042?", None, None),
        ("How many of the 2023 parts are there?", None, None),
        ("May I march in the hall?", None, None),
    ],
)
def test_times(question: str, since: str | None, before: str | None) -> None:
    hints = read_hints(question, TODAY)
    assert (hints.since and hints.since.date().isoformat()) == since
    assert (hints.before and hints.before.date().isoformat()) == before
    assert bool(hints) is (since is not None)


@pytest.mark.parametrize(
    ("question", "media_type"),
    [
        ("What stands in the PDF about seals?", "application/pdf"),
        ("Was steht in der Präsentation über Dichtungen?", "presentationml"),
        ("Which price is in the spreadsheet?", "spreadsheetml"),
        ("Wie steht es in den Folien?", "presentationml"),
    ],
)
def test_forms(question: str, media_type: str) -> None:
    assert any(media_type in each for each in read_hints(question, TODAY).media_types)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("How long is leave in HR policies?", {HR}),
        ("How long is leave in the hr policies?", {HR}),
        ("What do we say in HR about leave?", {HR}),
        ("Was steht in den Offers?", {SALES}),
        ("Is there a seal in it?", set()),
        ("Is there a seal in IT?", {SALES}),
        ("Which offers are there?", set()),
        ("What is in Offersheet?", set()),
    ],
)
def test_names(question: str, found: set[UUID]) -> None:
    hints = read_hints(question, TODAY, SHELVES)
    assert set(hints.knowledge_bases) == found


def ranked(number: int, score: float) -> Ranked:
    return Ranked(Candidate(UUID(int=number), UUID(int=number), UUID(int=number), 0.1, 0.1), score, 0.0, 0.0)


def test_what_fits_gains_a_little_and_nothing_is_lost() -> None:
    hints = read_hints("What was the budget in 2023?", TODAY)

    def about(year: int, name: str = "") -> Facts:
        return Facts(HR, "text/plain", datetime(year, 5, 1, tzinfo=UTC), name)

    before = [ranked(1, 1.0), ranked(2, 0.97), ranked(3, 0.5), ranked(4, 0.48)]
    facts = {UUID(int=1): about(2020), UUID(int=2): about(2023), UUID(int=4): about(2020, "Budget 2023.pdf")}
    after = prefer(before, hints, facts)
    assert [one.candidate.chunk_id.int for one in after] == [2, 1, 4, 3]
    assert after[0].score == pytest.approx(0.97 + BONUS)

"""Passages that stand beside each other: joined for a model within a budget, never more than it, nothing twice."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.retrieval.joining import LONGEST, Place, join, neighbours_of, runs_on


def place(version: int, ordinal: int, text: str = "One.", tokens: int = 100) -> Place:
    number = version * 1000 + ordinal
    return Place(UUID(int=number), UUID(int=version), ordinal, ordinal * 10, ordinal * 10 + 9, tokens, text)


def near(*places: Place) -> dict[tuple[UUID, int], Place]:
    return {each.key: each for each in places}


def shape(hits: list[Place], scores: list[float], beside: list[Place], budget: int) -> list[list[tuple[int, int]]]:
    found = join(hits, scores, near(*beside), budget)
    return [[(each.version_id.int, each.ordinal) for each in stretch.places] for stretch in found]


def test_hits_beside_each_other_are_one_stretch_in_the_order_of_the_text() -> None:
    hits = [place(1, 5), place(2, 0), place(1, 4)]
    assert shape(hits, [1.0, 0.2, 0.1], [], 6000) == [[(1, 4), (1, 5)], [(2, 0)]]


def test_the_same_ordinal_of_another_version_is_no_neighbour() -> None:
    assert shape([place(1, 5), place(2, 6)], [1.0, 0.1], [], 6000) == [[(1, 5)], [(2, 6)]]


def test_the_best_bring_their_neighbours_and_others_what_they_run_on_into() -> None:
    hits = [place(number, 3) for number in range(1, 5)]
    whole, cut, weak = place(9, 3), place(5, 3, "The seal is changed by"), place(6, 3, "The oil is changed by")
    hits += [whole, cut, weak]
    scores = [1.0, 0.9, 0.9, 0.8, 0.8, 0.8, 0.3]
    beside = [place(number, at, "Two.") for number in (1, 5, 6, 9) for at in (2, 4)]
    assert set(neighbours_of(hits, scores)).isdisjoint({(UUID(int=6), 4)})
    found = shape(hits, scores, beside, 6000)
    assert found[0] == [(1, 2), (1, 3), (1, 4)]
    assert [(5, 3), (5, 4)] in found
    assert [(6, 3)] in found
    assert [(9, 3)] in found


def test_hits_come_before_neighbours_and_one_of_them_whatever_it_takes() -> None:
    hits, beside = [place(1, 1), place(2, 1, tokens=900), place(3, 1)], [place(1, 2), place(1, 0)]
    assert shape(hits, [1.0, 0.9, 0.8], beside, 300) == [[(1, 1), (1, 2)], [(3, 1)]]
    assert shape(hits, [1.0, 0.9, 0.8], beside, 10) == [[(1, 1)]]


@pytest.mark.parametrize(
    ("text", "following", "expected"),
    [
        ("It is changed after", "6000 hours of work.", True),
        ("It is changed.", "The oil is not.", False),
        ("„Es wird gewechselt.“", "Das Öl nicht.", False),
        ("Tools:\n- a wrench", "- a hammer", True),
        ("You need:", "- a hammer", True),
        ("Nothing is needed.", "- a hammer", False),
        ("Part | Hours\nseal | 6000", "oil | 400", True),
        ("Nothing is counted.", "oil | 400", False),
        ("## The oil", "It is changed after 400 hours.", True),
        ("It is changed", "## The oil", False),
        ("それは交換されます。", "油も。", False),
        ("", "The oil", False),
    ],
)
def test_text_runs_on(text: str, following: str, expected: bool) -> None:
    assert runs_on(text, following) is expected


def test_a_neighbour_beyond_the_longest_stretch_is_left_out() -> None:
    hits = [place(1, 3), place(1, 1), place(1, 2)]
    assert shape(hits, [1.0, 0.9, 0.9], [place(1, 0), place(1, 4)], 6000) == [[(1, 0), (1, 1), (1, 2), (1, 3)]]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9)), min_size=1, max_size=12, unique=True),
    st.sets(st.tuples(st.integers(1, 3), st.integers(0, 10))),
    st.integers(1, 2000),
)
def test_nothing_is_told_twice_or_beyond_the_budget(
    keys: list[tuple[int, int]], others: set[tuple[int, int]], budget: int
) -> None:
    hits = [place(*key) for key in keys]
    scores = [1.0 - number / 20 for number in range(len(hits))]
    found = join(hits, scores, near(*(place(*key) for key in others)), budget)
    told = [each for stretch in found for each in stretch.places]
    assert len({each.key for each in told}) == len(told)
    assert sum(each.tokens for each in told) <= max(budget, 100)
    assert hits[0] in told
    assert [stretch.hit for stretch in found] == sorted({stretch.hit for stretch in found})
    for stretch in found:
        assert hits[stretch.hit] in stretch.places
        assert len(stretch.places) <= LONGEST
        ordinals = [each.ordinal for each in stretch.places]
        assert ordinals == list(range(ordinals[0], ordinals[0] + len(ordinals)))

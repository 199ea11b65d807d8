"""Markers in answers that arrive in pieces."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.chat.citing import MarkerFilter


def run(pieces: list[str], passages: int = 3) -> tuple[str, dict[int, int]]:
    markers = MarkerFilter(passages)
    shown = "".join([markers.feed(piece)[0] for piece in pieces] + [markers.close()[0]])
    return shown, markers.cited


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Leave is 25 days [2].", "Leave is 25 days [1]."),
        ("A [3] and B [1] and A again [3].", "A [1] and B [2] and A again [1]."),
        ("Invented [9].", "Invented."),
        ("Zero [0] and huge [12345].", "Zero and huge."),
        ("Both [1, 2].", "Both [1][2]."),
        ("Range [1-3].", "Range [1][2][3]."),
        ("Half invented [2, 9].", "Half invented [1]."),
        ("Fullwidth【2】.", "Fullwidth[1]."),
        ("Worded [Source 2].", "Worded [1]."),
        ("Footnote [^2].", "Footnote [1]."),
        ("A dagger 【2†policy.pdf】.", "A dagger [1]."),
        ("A link [2](https://example.org) stays a link.", "A link [2](https://example.org) stays a link."),
        ("Words [see below] stay.", "Words [see below] stay."),
        ("Code `a[9]` stays.", "Code `a[9]` stays."),
        ("```\nx = a[9]\n```\nthen [9] goes", "```\nx = a[9]\n```\nthen goes"),
        ("An odd ` tick\nthen [9] goes", "An odd ` tick\nthen goes"),
        ("Unclosed [2", "Unclosed [2"),
        ("[1][2] together", "[1][2] together"),
    ],
)
def test_markers_are_checked_and_renumbered(said: str, shown: str) -> None:
    assert run([said])[0] == shown
    assert run(list(said))[0] == shown


@given(st.text(alphabet="ab [](`)0129,-\n【】", max_size=60), st.lists(st.integers(0, 60), max_size=8))
def test_pieces_do_not_matter(said: str, cuts: list[int]) -> None:
    places = sorted({0, len(said), *(c for c in cuts if c <= len(said))})
    pieces = [said[a:b] for a, b in itertools.pairwise(places)]
    assert run(pieces) == run([said])

"""Which words of a German question tell what it is about."""

import pytest

from nexus.core.text.analysis import query_words
from nexus.retrieval.telling import tellingness


@pytest.mark.parametrize(
    ("question", "language", "telling"),
    [
        ("Wann öffnet das Zeppelinmuseum?", "de", {"zeppelinmuseum"}),
        ("wie oft muss die gleitringdichtung getauscht werden", "de", {"gleitringdichtung"}),
        ("Mit welchem Drehmoment werden die Schrauben angezogen?", "de", {"drehmoment", "schrauben"}),
        ("was gilt hier", "de", {"gilt", "hier"}),
        ("When does the Museum open?", "en", {"museum", "open"}),
    ],
)
def test_nouns_tell_more(question: str, language: str, telling: set[str]) -> None:
    words = tuple(query_words(question, [language]))
    shares = tellingness(question, words, language)
    assert {word.text for word, share in zip(words, shares, strict=True) if share == 1.0} == telling
    assert set(shares) <= {0.5, 1.0}

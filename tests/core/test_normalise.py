"""Normalised text is stable, safe to store, and knows the way back."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.text.normalise import normalise, normalise_with_offsets

AWKWARD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "a e\u0301\u0323\u0308\r\n\t\x00\x85\u2028\u200b\u200c\u200d\u202e\ufeff\xa0\xad\ufb01\ufb03"
            "क\u093cیم👩\ufe0f각가\u0bc6\u0bbe\u212b\u2329\ud800\udc00\U000e0041"
            "\u0344\u0f71\u0f72\U0001d15e\u09c7\u09beß漢\u2adc\u0338\u2190"
        ),
    )
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("page\fnext\x85line\u2028end", "page\nnext\nline\nend"),
        ("1\xa0000\u202f€", "1 000 €"),
        ("e\u0301t\u00e9", "été"),
        ("soft\xadhyphen zero\u200bwidth \ufeffbom", "softhyphen zerowidth bom"),
        ("pay \u202eevil\u202c now\u2066!", "pay evil now!"),
        ("null\x00 bell\x07 del\x7f", "null bell del"),
        ("\ud83d lone \udfff", " lone "),
        ("ignore\U000e0069\U000e0067 this", "ignore this"),
        ("of\ufb01ce e\ufb03cient", "office efficient"),
        ("می\u200cخواهم क्\u200dष 👩\u200d💻", "می\u200cخواهم क्\u200dष 👩\u200d💻"),
        ("pass\u200dword pa\u200css", "password pass"),
        ("e\u200b\u0301", "é"),
        ("\tkept\tas is  \n\n\n", "\tkept\tas is  \n\n\n"),
        ("", ""),
    ],
)
def test_examples(raw: str, expected: str) -> None:
    assert normalise(raw) == expected
    assert normalise_with_offsets(raw).text == expected


@given(AWKWARD)
def test_is_idempotent_and_storable(raw: str) -> None:
    text = normalise(raw)
    assert normalise(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert "\x00" not in text
    assert "\r" not in text
    text.encode()


@given(AWKWARD)
def test_offsets_are_monotone_and_lead_back(raw: str) -> None:
    result = normalise_with_offsets(raw)
    assert result.text == normalise(raw)
    assert len(result.origins) == len(result.text) + 1
    assert result.origins[-1] == len(raw)
    assert np.all(np.diff(result.origins) >= 0)
    for i in range(len(result.text)):
        start, end = result.raw_span(i, i + 1)
        assert 0 <= start < end <= len(raw)
        assert result.text[i] in normalise(raw[start:end])


@given(AWKWARD, st.integers(0, 40), st.integers(0, 40))
def test_a_raw_span_holds_what_the_text_shows(raw: str, start: int, length: int) -> None:
    result = normalise_with_offsets(raw)
    start = min(start, len(result.text))
    end = min(start + length, len(result.text))
    first, last = result.raw_span(start, end)
    assert 0 <= first <= last <= len(raw)
    # Joiners need their neighbours to survive, so they are left out of the comparison.
    shown = normalise(raw[first:last]).translate({0x200C: None, 0x200D: None})
    assert result.text[start:end].translate({0x200C: None, 0x200D: None}) in shown


def test_a_cluster_is_one_origin() -> None:
    result = normalise_with_offsets("xe\u0301y o\ufb03ce\r\nz")
    assert result.text == "xéy office\nz"
    assert result.raw_span(1, 2) == (1, 3)
    assert result.raw_span(5, 6) == (6, 7)  # the first f of a three-letter ligature
    assert result.raw_span(10, 12) == (9, 12)
    assert result.raw_span(3, 3) == (4, 4)

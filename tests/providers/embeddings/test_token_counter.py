import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.providers.embeddings.model_files import find_model
from nexus.providers.embeddings.tokens import TokenCounter, open_tokenizer

COUNTER = TokenCounter.load()
WHOLE = open_tokenizer(find_model() / "tokenizer.json")


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in COUNTER.offsets(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t ", []),
        ("Hello, world!", ["Hello", ",", "world", "!"]),
        ("café crème", ["café", "cr", "ème"]),
        ("cafe\u0301 x", ["cafe\u0301", "x"]),
        ("e\u0301e\u0301e\u0301", ["e\u0301e\u0301", "e\u0301"]),
        ("soft\u00adware", ["soft\u00adware"]),
        ("日本語", ["日", "本", "語"]),
        ("한", ["한", "한", "한"]),
        ("👨\u200d👩\u200d👧 ok", ["👨\u200d👩\u200d👧", "ok"]),
        ("🇫🇷 flag", ["🇫🇷", "flag"]),
        ("İstanbul", ["İstanbul"]),
        ("x" * 120 + " y", ["x" * 120, "y"]),
        ("FY2018 €5", ["F", "Y", "20", "18", "€", "5"]),
    ],
)
def test_offsets_name_the_characters_of_each_token(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_a_special_token_written_in_a_text_counts_as_the_model_sees_it() -> None:
    assert pieces("a [SEP] b") == ["a", "[SEP]", "b"]


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from(" \n\t\fabcé日한👨\u200d\u0301[]"), st.characters(exclude_categories=["Cs"]))
    )
)
def test_offsets_are_ordered_inside_the_text_and_as_many_as_counted(text: str) -> None:
    offsets = COUNTER.offsets(text)
    assert COUNTER.count(text) == len(offsets)
    last = (0, 0)
    for start, end in offsets:
        assert 0 <= start <= end <= len(text)
        assert start >= last[0]
        assert end >= last[1]
        last = start, end


@settings(deadline=None, max_examples=10)
@given(st.lists(st.text(alphabet="ab é日\u0301\f\u2028\x85-.", min_size=1), min_size=1))
def test_slicing_a_long_text_changes_nothing(parts: list[str]) -> None:
    text = " ".join(parts * (30_000 // len(" ".join(parts)))) + "\n" + "y" * 20_000
    assert COUNTER.count(text) == len(WHOLE.encode(text, add_special_tokens=False))


@given(st.text(max_size=50), st.text(max_size=50))
def test_counts_add_up_over_a_line_end(first: str, second: str) -> None:
    joined = f"{first}\n{second}".encode("utf-8", "replace").decode()
    first, second = joined.split("\n", 1)
    assert COUNTER.count(joined) == COUNTER.count(first) + COUNTER.count(second)


def test_offsets_of_late_slices_are_offsets_into_the_whole_text() -> None:
    text = "Größe 東京 naïve\n" * 5_000
    offsets = COUNTER.offsets(text)
    assert len(offsets) % 5_000 == 0
    assert {text[slice(*span)] for span in offsets} == {text[slice(*span)] for span in COUNTER.offsets(text[:15])}


def test_a_lone_surrogate_is_no_failure() -> None:
    assert pieces("a\ud800 b") == ["a\ud800", "b"]


def test_a_counter_travels_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(COUNTER))
    assert copy.count("one two three") == 3

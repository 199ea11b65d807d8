"""Merging must change how often text arrives, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.providers.llm.sse import DeltaMerger

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}


def event(delta: dict[str, Any], *, choice: dict[str, Any] | None = None, top: dict[str, Any] | None = None) -> bytes:
    chosen = {"index": 0, "delta": delta, "finish_reason": None, **(choice or {})}
    return b"data: " + json.dumps({**HEAD, "choices": [chosen], **(top or {})}, ensure_ascii=False).encode() + b"\n\n"


def text(content: str) -> bytes:
    return event({"content": content})


def contents(stream: bytes) -> list[str]:
    return [json.loads(line[6:])["choices"][0]["delta"]["content"] for line in stream.split(b"\n\n") if line]


OTHERS = [
    event({"role": "assistant", "content": ""}),
    event({"content": None}),
    event({}, choice={"finish_reason": "stop"}),
    event({"content": "cut"}, choice={"finish_reason": "length"}),
    event({"content": "x"}, choice={"index": 1}),
    event({"content": "x"}, choice={"logprobs": {"content": []}}),
    event({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
    event({"content": "x", "tool_calls": [{"index": 0}]}),
    event({"reasoning_content": "Hm."}),
    event({"content": "x", "reasoning": "Hm."}),
    event({"content": "<think>"}),
    event({"content": "</think>\n"}),
    event({"content": "<think>"}).replace(b"<", b"\\u003c").replace(b">", b"\\u003e"),
    text("ZZ").replace(b"ZZ", b"bad \\q escape"),
    text("ZZ").replace(b"ZZ", b"raw \t tab"),
    event({"content": [{"type": "text", "text": "x"}]}),
    event({"content": "x"}, top={"usage": {"prompt_tokens": 1}}),
    event({}, top={"choices": [], "usage": {"prompt_tokens": 1}}),
    event({}, top={"choices": []}),
    b'data: {"error": {"message": "no"}}\n\n',
    b'data: {"choices": [{"del\n\n',
    b"data: [1, 2]\n\n",
    b"data: \xff\xfe\n\n",
    b"data: [DONE]\n\n",
    b": keep-alive\n\n",
    b"event: ping\ndata: {}\n\n",
    b"\n\n",
]


def test_neighbouring_texts_become_one() -> None:
    merged = DeltaMerger().feed(text("Gr") + text("öße 🙂") + text(' "quoted"\n'))
    assert contents(merged) == ['Größe 🙂 "quoted"\n']
    assert json.loads(merged[6:]) == json.loads(text('Größe 🙂 "quoted"\n')[6:])


def test_a_lone_text_keeps_its_bytes() -> None:
    assert DeltaMerger().feed(text("naïve")) == text("naïve")


def test_the_role_in_every_delta_is_no_hindrance() -> None:
    both = event({"role": "assistant", "content": "a", "tool_calls": None}) + event({"content": "b", "refusal": None})
    assert contents(DeltaMerger().feed(both)) == ["ab"]


@pytest.mark.parametrize("other", OTHERS, ids=range(len(OTHERS)))
def test_all_else_passes_untouched_and_in_its_place(other: bytes) -> None:
    merged = DeltaMerger().feed(text("a") + text("b") + other + text("c") + text("d"))
    before, found, after = merged.partition(other)
    assert found
    assert (contents(before), contents(after)) == (["ab"], ["cd"])


def test_what_differs_between_events_besides_the_text_is_no_hindrance() -> None:
    events = [event({"content": str(i)}, top={"created": i, "obfuscation": "x" * i}) for i in range(5)]
    assert contents(DeltaMerger().feed(b"".join(events))) == ["01234"]


def test_escapes_of_every_kind_survive() -> None:
    escaped = b'\\ud83d\\ude42 \\"so\\" \\\\ \\u003cb\\u003e \\/ \\t'
    merged = DeltaMerger().feed(text("a") + text("ZZ").replace(b"ZZ", escaped) + text("b"))
    assert contents(merged) == ['a🙂 "so" \\ <b> / \tb']


def test_a_second_content_leaves_the_event_alone() -> None:
    twice = event({"content": "x"}, top={"note": {"content": "y"}})
    assert DeltaMerger().feed(twice + twice) == twice + twice


def test_both_kinds_of_line_ends_are_read_even_when_cut_between_them() -> None:
    stream = (text("a") + text("b")).replace(b"\n", b"\r\n")
    merger = DeltaMerger()
    assert contents(b"".join(merger.feed(stream[i : i + 1]) for i in range(len(stream)))) == ["a", "b"]


def test_a_stream_that_ends_within_an_event_loses_nothing() -> None:
    merger = DeltaMerger()
    assert merger.feed(b"data: [DO") == b""
    assert merger.flush() == b"data: [DO"
    assert merger.flush() == b""


def test_it_knows_whether_text_is_flowing() -> None:
    merger = DeltaMerger()
    flowing: list[bool] = []
    for part in (OTHERS[0], text("a"), text("b"), OTHERS[2], b"data: [DONE]\n\n"):
        merger.feed(part)
        flowing.append(merger.flowing)
    assert flowing == [False, True, True, False, False]


@given(
    st.lists(st.one_of(st.text(min_size=1).map(text), st.sampled_from(OTHERS))),
    st.lists(st.integers(min_value=1, max_value=400)),
)
def test_however_it_is_cut_the_text_and_the_rest_stay_the_same(events: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(events)
    merger, merged, start = DeltaMerger(), b"", 0
    for size in cuts:
        merged += merger.feed(stream[start : start + size])
        start += size
    merged += merger.feed(stream[start:]) + merger.flush()
    assert _meaning(merged) == _meaning(stream)


def _meaning(stream: bytes) -> list[bytes | str]:
    """The events, with plain texts joined where nothing stands between them."""
    meaning: list[bytes | str] = []
    for part in stream.split(b"\n\n"):
        try:
            chunk = json.loads(part[6:])
            said = chunk["choices"][0]["delta"]["content"] if text_like(chunk) else part
        except (ValueError, TypeError, LookupError):
            said = part
        if isinstance(said, str) and meaning and isinstance(meaning[-1], str):
            meaning[-1] += said
        else:
            meaning.append(said)
    return meaning


def text_like(chunk: dict[str, Any]) -> bool:
    said = chunk["choices"][0]["delta"].get("content")
    return isinstance(said, str) and chunk == json.loads(text(said)[6:])

"""What an answer claims, sentence by sentence, and which of its citations stand behind each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import regex

from nexus.core.text.sentences import sentence_spans

_FENCE: Final = regex.compile(r"^ {0,3}(```|~~~)", regex.MULTILINE)
_MARKER: Final = regex.compile(r"\[(\d{1,4})\]")
_MARKERS_FIRST: Final = regex.compile(r"(?:\s*\[\d{1,4}\])+[.,;:]?")
_DRESS: Final = regex.compile(r"^\s*(?:>\s*|#{1,6}\s+|[-*+•]\s+|\d{1,3}[.)]\s+)+|[*_`|]+|~~")
_SPACED: Final = regex.compile(r"\s+([.,;:!?])")
_RULE: Final = regex.compile(r"[\s|:\-=_*]*")
_HEADING: Final = regex.compile(r" {0,3}#{1,6}\s")
_LEAST: Final = 3
"""Words below which a sentence without number and name says nothing that could be checked."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The slice `[start, end)` of the answer, in code points, markers included."""

    start: int
    end: int
    text: str
    """As it reads: without markers and Markdown's signs."""
    cited: tuple[int, ...]
    """Numbers of the citations behind it; empty where none stands near."""


def claims_of(answer: str) -> list[Claim]:
    """Every sentence that states something, in order. Code, headings, questions and lead-ins state nothing."""
    found: list[Claim] = []
    for start, end in _paragraphs(answer):
        found += _shared(list(_sentences(answer, start, end)))
    return [claim for claim in found if _states(claim.text)]


def _paragraphs(answer: str) -> Iterator[tuple[int, int]]:
    """Blocks between blank lines, without fenced code."""
    at, fence = 0, ""
    begun: int | None = None
    for line in answer.splitlines(keepends=True):
        end = at + len(line)
        mark = _FENCE.match(line)
        if fence or mark:
            if begun is not None:
                yield begun, at
                begun = None
            if mark and not fence:
                fence = mark[1]
            elif mark and mark[1] == fence:
                fence = ""
        elif not line.strip() or _HEADING.match(line):
            if begun is not None:
                yield begun, at
                begun = None
        elif begun is None:
            begun = at
        at = end
    if begun is not None:
        yield begun, at


def _sentences(answer: str, start: int, end: int) -> Iterator[Claim]:
    block = answer[start:end]
    held: Claim | None = None
    for first, last in sentence_spans(block):
        piece = block[first:last]
        lead = _MARKERS_FIRST.match(piece)
        if lead and held is not None:
            # "So it is. [1] And then": the marker stands behind the full stop of what it belongs to.
            held = replace(
                held,
                end=start + first + lead.end(),
                cited=tuple(dict.fromkeys((*held.cited, *map(int, _MARKER.findall(lead[0]))))),
            )
            first += lead.end()
            piece = block[first:last]
        if _RULE.fullmatch(piece):
            continue
        if held is not None:
            yield held
        cited = tuple(dict.fromkeys(map(int, _MARKER.findall(piece))))
        skipped = len(piece) - len(piece.lstrip())
        text = _SPACED.sub(r"\1", " ".join(_DRESS.sub(" ", _MARKER.sub("", piece)).split()))
        held = Claim(start + first + skipped, start + last, text, cited)
    if held is not None:
        yield held


def _shared(claims: Sequence[Claim]) -> list[Claim]:
    """A sentence without a marker rests on the next one's in its paragraph, else on the one before."""
    shared = list(claims)
    behind: tuple[int, ...] = ()
    for at in range(len(shared) - 1, -1, -1):
        behind = shared[at].cited or behind
        shared[at] = replace(shared[at], cited=behind)
    before: tuple[int, ...] = ()
    for at, claim in enumerate(shared):
        before = claim.cited or before
        shared[at] = replace(claim, cited=before)
    return shared


def _states(text: str) -> bool:
    if text.endswith(("?", ":", "？", "：")):
        return False
    words = regex.findall(r"[\p{L}\p{N}]+", text)
    return len(words) >= _LEAST or bool(regex.search(r"\d", text))

"""Sentences of which one knows whether their sources say them, made from question sets.

Supported: what people wrote as answers, sentences of the documents, the same shortened, and short answers put in the
place of the question's word. Corrupted: each of these with another number, another name, a negation more or less, other
sources, or with an invention in its place.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from nexus.core.text.sentences import sentence_spans
from nexus.retrieval.evaluation.questions import SourceDocument, read_question_set
from nexus.retrieval.reading import Reading, Source

SEED: Final = 7
_LEAST, _MOST = 5, 60
"""Words of a sentence."""
_PASSAGES: Final = 500
"""Documents of a set of which a sentence is taken."""
_QUESTIONS: Final = 700
_WH: Final = re.compile(
    r"(?P<before>in |on |at |from |to |for |by )?(?P<word>what|which|who|whom|where|when|how many|how much|how long)\b"
    r"(?: (?:year|country|city|century|day|state|person|people|type of|kind of|name)\b)?",
    re.IGNORECASE,
)
_VERB: Final = re.compile(r"(?:is|was|are|were|has|had|[a-z]+ed|[a-z]+s)\b")
_AUXILIARY: Final = re.compile(
    r"\b(?:is|are|was|were|can|could|will|would|should|must|may|has|have|had)\b(?! not)", re.IGNORECASE
)
_NOT: Final = re.compile(r"\b(?:not|never) ")
_INVENTED: Final = (
    "The project was funded by a grant from the regional government.",
    "Most experts regard this as the most important development of the decade.",
    "Users must restart the server before the change takes effect.",
    "This rule does not apply to members who joined before the reform.",
    "It is usually served cold with a slice of lemon.",
    "The committee will publish a final report in the coming spring.",
    "The device has to be cleaned with alcohol once a week.",
    "A second study could not reproduce the effect.",
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """`label`: supported, or what was done to it. `origin`: where the supported one is from."""

    set: str
    label: str
    origin: str
    sentence: str
    sources: tuple[Source, ...]


def labelled_sentences(directories: Sequence[Path], seed: int = SEED) -> list[Labelled]:
    """All of them, the same ones for the same seed. Raises InvalidError for a folder that is no question set."""
    chance = random.Random(seed)
    supported = [each for directory in directories for each in _supported(directory, chance)]
    return supported + list(_corrupted(supported, chance))


def _supported(directory: Path, chance: random.Random) -> Iterator[Labelled]:
    questions = read_question_set(directory)
    documents = {each.id: each for each in questions.documents() if each.text}
    sources = {key: Source(each.text, each.title) for key, each in documents.items()}
    unclear = _not_wholly_answered(directory)
    shuffled = list(questions.questions)
    chance.shuffle(shuffled)
    completed = 0
    for question in shuffled:
        own = tuple(dict.fromkeys(sources[key] for key, *_ in question.gold if key in sources))
        if not own or not question.answers or question.id in unclear:
            continue
        answer = question.answers[0]
        if len(answer.split()) >= _LEAST:
            for sentence in _sentences(re.sub(r" (?=[.,])", "", answer)):
                yield Labelled(questions.name, "supported", "written by people", sentence, own)
        elif completed < _QUESTIONS and (sentence := _completed(question.text, answer)):
            completed += 1
            yield Labelled(questions.name, "supported", "question with answer", sentence, own)
    yield from _of_documents(questions.name, list(documents.values()), sources, chance)


def _of_documents(
    name: str, documents: list[SourceDocument], sources: Mapping[str, Source], chance: random.Random
) -> Iterator[Labelled]:
    chance.shuffle(documents)
    for document in documents[:_PASSAGES]:
        own = (sources[document.id],)
        if sentences := list(_sentences(document.text)):
            sentence = chance.choice(sentences)
            yield Labelled(name, "supported", "word for word", sentence, own)
            if (shorter := _shortened(sentence, chance)) != sentence:
                yield Labelled(name, "supported", "shortened", shorter, own)


def _not_wholly_answered(directory: Path) -> frozenset[str]:
    """Questions whose answers are known to say more than the documents, or nothing of them."""
    lines = (directory / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines if line.strip()]
    return frozenset(str(row["id"]) for row in rows if row.get("answerability", ["ANSWERABLE"]) != ["ANSWERABLE"])


def _sentences(text: str) -> Iterator[str]:
    for start, end in sentence_spans(text):
        sentence = re.sub(r"^\d+[.)]\s+", "", text[start:end].strip())
        is_cut = re.search(r"\s\d+\.$", sentence)  # a list's next number, split from its words
        if _LEAST <= len(sentence.split()) <= _MOST and not sentence.endswith(("?", ":")) and not is_cut:
            yield sentence


def _shortened(sentence: str, chance: random.Random) -> str:
    """Without what stands in brackets, and without one clause between commas."""
    parts = re.sub(r"\s*\([^)]*\)", "", sentence).split(", ")
    if len(parts) > 2:
        parts.pop(chance.randrange(1, len(parts) - 1))
    return ", ".join(parts)


def _completed(question: str, answer: str) -> str | None:
    """The question as a statement, with its answer in it."""
    asked = _WH.match(question)
    rest = question[asked.end() :].strip().rstrip("?") if asked else ""
    if asked is None or not rest:
        return None
    if asked["word"].lower() in {"who", "what", "which"} and _VERB.match(rest):
        return f"{answer[:1].upper()}{answer[1:]} {rest}."
    return f"{rest[:1].upper()}{rest[1:]} {asked['before'] or ''}{answer}."


def _corrupted(supported: Sequence[Labelled], chance: random.Random) -> Iterator[Labelled]:
    strangers = sorted(
        {token.text for each in supported for token in Reading.of(each.sentence).tokens if _is_name(token)}
    )
    for each in supported:
        yield from _with_other_words(each, strangers, chance)
        others = [other for other in chance.sample(supported, min(8, len(supported))) if other.set == each.set]
        if foreign := next((other for other in others if not set(other.sources) & set(each.sources)), None):
            yield replace(each, label="other sources", sources=foreign.sources)
        if (turned := _turned(each.sentence)) is not None:
            yield replace(each, label="negation", sentence=turned)
        yield replace(each, label="invention", sentence=chance.choice(_INVENTED))


def _with_other_words(each: Labelled, strangers: Sequence[str], chance: random.Random) -> Iterator[Labelled]:
    sentence, tokens = each.sentence, Reading.of(each.sentence).tokens

    def put(start: int, end: int, word: str, label: str) -> Labelled:
        return replace(each, label=label, sentence=sentence[:start] + word + sentence[end:])

    if numbers := [token for token in tokens if token.kind == "number" and token.text[0].isdigit()]:
        token = chance.choice(numbers)
        yield put(token.start, token.start + len(token.text), _other_number(token.text, chance), "number")
    if names := [token for token in tokens if _is_name(token)]:
        token = chance.choice(names)
        others = [name for name in chance.sample(strangers, min(4, len(strangers))) if name != token.text]
        if others:
            yield put(token.start, token.end, others[0], "name")
        read = [sentence for source in each.sources for sentence in (*source.above, *source.sentences)]
        own = {found.text for sentence in read for found in sentence.tokens if _is_name(found)}
        if theirs := sorted(own - {found.text for found in tokens}):
            yield put(token.start, token.end, chance.choice(theirs), "name of the source")


def _is_name(token: Any) -> bool:
    return token.kind == "name" and token.text.isalpha() and token.text[0].isupper() and len(token.text) > 3


def _other_number(number: str, chance: random.Random) -> str:
    if re.fullmatch(r"\d{4}", number):
        return str(int(number) + chance.choice([-30, -10, -2, -1, 1, 2, 10, 20]))
    at = chance.choice([place for place, sign in enumerate(number) if sign.isdigit()])
    digit = chance.choice([each for each in "123456789" if each != number[at]])
    return number[:at] + digit + number[at + 1 :]


def _turned(sentence: str) -> str | None:
    """With a negation more, or one less."""
    if _NOT.search(sentence):
        return _NOT.sub("", sentence, count=1)
    verb = _AUXILIARY.search(sentence)
    if verb is None or re.search(r"\b(?:no|never|nor|neither)\b|n't", sentence):
        return None
    return f"{sentence[: verb.end()]} not{sentence[verb.end() :]}"

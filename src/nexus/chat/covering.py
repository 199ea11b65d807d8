"""The sentence with which an answer about all documents ends: how many were read of how many, and why not all."""

from typing import Final

from nexus.agents.coverage import Coverage
from nexus.chat.telling import Telling, say
from nexus.chat.wholes import Language

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "none": "There is no document{there} that you may read.",
        "all": "Read for this answer: all {whole} documents{there} that you may read.",
        "one": "Read for this answer: the one document{there} that you may read.",
        "some": "Read for this answer: {read} of {whole} documents{there} that you may read. Not the whole, because:",
        "there": " in question",
        "without_text": "{count} without a text (still being read, or not readable)",
        "over": "{count} beyond what one answer may read",
        "late": "{count} not reached in the time there was",
        "failed": "{count} for which the language model did not answer",
        "partly": "{count} read in part, for their length",
        "untold": "{count} findings for which there was no room",
    },
    "de": {
        "none": "Es gibt{there} kein Dokument, das Sie lesen dürfen.",
        "all": "Für diese Antwort gelesen: alle {whole} Dokumente{there}, die Sie lesen dürfen.",
        "one": "Für diese Antwort gelesen: das eine Dokument{there}, das Sie lesen dürfen.",
        "some": "Für diese Antwort gelesen: {read} von {whole} Dokumenten{there}, die Sie lesen dürfen. "
        "Nicht das Ganze, denn:",
        "there": " dort",
        "without_text": "{count} ohne Text (werden noch gelesen oder sind nicht lesbar)",
        "over": "{count} über dem, was eine Antwort lesen darf",
        "late": "{count} in der Zeit nicht erreicht",
        "failed": "{count}, zu denen das Sprachmodell nicht antwortete",
        "partly": "{count} wegen ihrer Länge nur zum Teil gelesen",
        "untold": "{count} Funde, für die kein Platz war",
    },
}
_REASONS: Final = ("without_text", "over", "late", "failed", "partly", "untold")


def tell_coverage(telling: Telling, language: str) -> None:
    """Says it ourselves, whatever the model has said of it. Nothing where no reading was made, or nothing is heard."""
    if not telling.shelf.coverages or telling.is_mute:
        return
    words = _WORDS["de" if language == "de" else "en"]
    for coverage in telling.shelf.coverages:
        sentence = render_coverage(coverage, words)
        # It is known by us, and stands beside what the answer cites.
        telling.know(sentence)
        telling.pause()
        say(telling.answer, sentence, telling.emit)


def render_coverage(coverage: Coverage, words: dict[str, str]) -> str:
    there = words["there"] if coverage.narrowed else ""
    if not coverage.whole:
        return words["none"].format(there=there)
    if coverage.is_whole:
        return words["one" if coverage.whole == 1 else "all"].format(whole=coverage.whole, there=there)
    reasons = [words[each].format(count=count) for each in _REASONS if (count := getattr(coverage, each))]
    opening = words["some"].format(read=coverage.read, whole=coverage.whole, there=there)
    return f"{opening} {'; '.join(reasons)}."

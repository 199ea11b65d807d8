"""Which languages the documents are in that somebody searches: what a question may be in."""

from collections.abc import Mapping, Sequence

from nexus.providers.vectors.base import IndexFilter
from nexus.retrieval.newest import Newest

LanguageCache = Newest[tuple[int, IndexFilter], Sequence[str]]
"""Languages by revision and filter, which together say exactly which documents are meant."""


def common_languages(counts: Mapping[str, int]) -> list[str]:
    """Those of at least one document in twenty."""
    least = sum(counts.values()) / 20
    return [language for language, count in counts.items() if language and count >= least]

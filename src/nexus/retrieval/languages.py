"""Which languages the documents are in that somebody searches: what a question may be in."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from nexus.providers.vectors.base import IndexFilter


class LanguageCache:
    """Languages by revision and filter, which together say exactly which documents are meant. Bounded."""

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._held: OrderedDict[tuple[int, IndexFilter], Sequence[str]] = OrderedDict()

    def get(self, key: tuple[int, IndexFilter]) -> Sequence[str] | None:
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def put(self, key: tuple[int, IndexFilter], languages: Sequence[str]) -> Sequence[str]:
        self._held[key] = languages
        while len(self._held) > self._capacity:
            self._held.popitem(last=False)
        return languages


def common_languages(counts: Mapping[str, int]) -> list[str]:
    """Those of at least one document in twenty."""
    least = sum(counts.values()) / 20
    return [language for language, count in counts.items() if language and count >= least]

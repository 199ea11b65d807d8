"""What a thinking model wants back with its calls' results: sealed thoughts that nobody else can read."""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

_LARGEST: Final = 8 * 1024 * 1024

Kept = TypeVar("Kept")


class Keepsakes(Generic[Kept]):
    """By a call's id, the latest of them. Another process has others: whoever asks has to do without as well."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self._largest = largest
        self._size = 0
        self._kept: OrderedDict[str, tuple[Kept, int]] = OrderedDict()

    def keep(self, call_id: str, kept: Kept, size: int) -> None:
        """`size`: its characters, roughly."""
        self._forget(call_id)
        self._kept[call_id] = (kept, size)
        self._size += size
        while self._size > self._largest:
            self._forget(next(iter(self._kept)))

    def find(self, call_id: str) -> Kept | None:
        kept = self._kept.get(call_id)
        return kept[0] if kept else None

    def _forget(self, call_id: str) -> None:
        if (kept := self._kept.pop(call_id, None)) is not None:
            self._size -= kept[1]

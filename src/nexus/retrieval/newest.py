"""A bounded memory of what was used last."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Newest(Generic[Key, Value]):
    """Keeps the values of the `capacity` keys asked for last."""

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._held: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def put(self, key: Key, value: Value) -> Value:
        self._held[key] = value
        while len(self._held) > self._capacity:
            self._held.popitem(last=False)
        return value

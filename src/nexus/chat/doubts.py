"""Why a sentence of an answer is marked. The words are stored."""

from enum import StrEnum


class Doubt(StrEnum):
    """Why a sentence is marked."""

    NUMBER = "number"
    """A number or date stands in no passage that the answer cites, or another one in its place."""
    NAME = "name"
    DENIED = "denied"
    """One side denies what the other says."""
    ELSEWHERE = "elsewhere"
    """Not in the passage it cites, but in another one of the answer."""
    NOT_FOUND = "not_found"
    UNCITED = "uncited"
    """Nothing is cited at all."""

"""The ways a call to a language model fails, each in our own words."""

from dataclasses import dataclass
from enum import Enum

from nexus.providers.llm.base import LlmError


class Failure(Enum):
    """What went wrong: a code of `LlmError`, a sentence for a person, and whether asking again may help."""

    CONNECT_TIMEOUT = "timeout", "The language model took too long to connect. Try again in a moment.", True
    FIRST_TOKEN_TIMEOUT = "timeout", "The language model took too long to begin its answer. Try again in a moment."
    IDLE_TIMEOUT = "timeout", "The language model fell silent in the middle of its answer. Try again in a moment."
    TOTAL_TIMEOUT = "timeout", "The language model took too long to finish its answer. Ask for less at once."
    RATE_LIMITED = "rate-limited", "The language model has too many requests at the moment. Try again soon.", True
    QUOTA = "rate-limited", "The language model's quota is used up. An administrator has to see to it."
    KEY = "rejected", "The language model did not accept its key. An administrator has to check it."
    UNKNOWN_MODEL = (
        "rejected",
        "The configured language model was not found. An administrator has to check its name and address.",
    )
    ADDRESS = (
        "unreachable",
        "The language model's address cannot be found or may not be called. An administrator has to check it.",
    )
    TOO_LONG = "rejected", "The question with its passages is too long for the language model. Ask a shorter question."
    REJECTED = "rejected", "The language model rejected the request. An administrator has to check its settings."
    SERVER = "server-error", "The language model's server failed. Try again in a moment.", True
    UNREACHABLE = "unreachable", "The language model cannot be reached. Try again in a moment.", True
    BROKEN_OFF = "unreachable", "The connection to the language model broke off. Try again in a moment.", True
    MALFORMED = "malformed", "The language model's server sent what is no answer. An administrator has to check it."
    EMPTY = "empty", "The language model gave an empty answer. Put the question in other words."
    WITHHELD = "empty", "The language model's content filter withheld the answer. Put the question in other words."
    ALL_THOUGHT = (
        "empty",
        "The language model reached its length limit before it began to answer. Ask for less at once.",
    )

    def __init__(self, code: str, detail: str, retryable: bool = False) -> None:
        self.code = code
        self.detail = detail
        self.retryable = retryable

    def to_error(self) -> LlmError:
        return LlmError(self.code, self.detail)


@dataclass(slots=True)
class AttemptError(Exception):
    """One attempt failed. `retry_after`: seconds the provider asked us to wait."""

    failure: Failure
    retry_after: float | None = None

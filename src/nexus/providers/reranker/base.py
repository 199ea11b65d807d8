"""The port to a reranker: a model that reads question and passage together."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from nexus.core.errors import UnavailableError


class RerankError(UnavailableError):
    """The reranker gave no usable scores; the ranking without it stands."""

    slug: ClassVar[str] = "rerank-failed"
    title: ClassVar[str] = "The reranker did not answer"


class Reranker(Protocol):
    @property
    def name(self) -> str: ...

    async def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """A score for each text, higher is better, comparable within one call. Raises RerankError."""
        ...

    async def aclose(self) -> None: ...

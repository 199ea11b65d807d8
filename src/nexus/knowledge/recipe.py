"""By what a version was made: who finds that it would be made otherwise today can have it processed again."""

from typing import Any, Final, Literal

from nexus.knowledge.schemas import Chunking

PIPELINE: Final = 3
"""Grows with every change of parsers, chunking or analysis after which the same file gives other passages."""

Reason = Literal["pipeline", "chunking"]


def recipe_of(chunking: dict[str, Any] | Chunking, pipeline: int = PIPELINE) -> str:
    """Of what is made now: `1:heading:240:0`."""
    wanted = Chunking.model_validate(chunking)
    overlap = wanted.overlap_tokens if wanted.strategy == "fixed" else 0
    return f"{pipeline}:{wanted.strategy}:{wanted.target_tokens or 0}:{overlap}"


def reasons(made: str, now: str) -> list[Reason]:
    """Why what was made by the one recipe is not what the other would make. Empty: of what was made before recipes
    were kept, by the first pipeline."""
    pipeline, _, cut = made.partition(":")
    pipeline_now, _, cut_now = now.partition(":")
    found: list[Reason] = []
    if (pipeline or "1") != pipeline_now:
        found.append("pipeline")
    if cut and cut != cut_now:
        found.append("chunking")
    return found

"""How this room's acts stand in the audit log: who is asked with which name of a key, never the key."""

from collections.abc import Sequence
from typing import Any

from nexus.audit.acts import Target
from nexus.llms.models import ModelProvider, ModelRoute
from nexus.llms.schemas import CandidateIn, KeySource


def target(row: ModelProvider | ModelRoute) -> Target:
    return Target(row.__tablename__, row.id, row.name if isinstance(row, ModelProvider) else row.purpose)


def key_source(provider: ModelProvider) -> KeySource:
    if provider.key_env:
        return KeySource.ENVIRONMENT
    return KeySource.STORED if provider.sealed_key else KeySource.NONE


def provider_details(provider: ModelProvider) -> dict[str, Any]:
    return {
        "name": provider.name,
        "kind": provider.kind,
        "base_url": provider.base_url,
        "region": provider.region,
        "api_version": provider.api_version,
        "credential": f"{key_source(provider)} {provider.key_env}".strip(),
        "enabled": provider.enabled,
    }


def route_details(route: ModelRoute, candidates: Sequence[CandidateIn]) -> dict[str, Any]:
    return {
        "candidates": [{"provider_id": each.provider_id, "model": each.model} for each in candidates],
        "temperature": str(route.temperature),
        "longest_answer": route.max_tokens,
        "deadline_seconds": route.deadline_seconds,
        "patience_seconds": route.patience_seconds,
    }

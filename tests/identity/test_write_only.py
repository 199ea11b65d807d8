"""Secrets go in and never come out: no answer of the API has a field for one, but for what is shown once."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from nexus.app import build_app
from nexus.core.settings import Settings

SECRET = re.compile(
    r"(?i)secret|password|passphrase|credential|private|token|api_?key|sealed|hash|recovery|challenge|bearer"
)

SHOWN_ONCE = {
    "ApiKeyCreated.secret",
    "EnrolmentView.secret",
    "FirstSecondFactor.access_token",
    "FirstSecondFactor.recovery_codes",
    "NewPassword.password",
    "RecoveryCodes.recovery_codes",
    "ScimTokenCreated.token",
    "SecondStep.challenge",
    "SignIn.access_token",
    "UserCreated.password",
}
"""Made for whoever asks, at this moment."""
NO_SECRETS = {
    "AuditEventOut.credential",  # the word for its kind
    "AuditEventOut.hash",
    "Chunking.target_tokens",
    "FirstSecondFactor.token_type",
    "HealthOut.first_token_ms",
    "ModelTestOut.first_token_ms",
    "RunOut.first_token_at",
    "ServerToolOut.hash",  # of what a tool says it is
    "ScimTokenCreated.scim_token",  # its name and dates
    "SignIn.token_type",
}


def fields(schema: Any, name: str, document: dict[str, Any], seen: set[str]) -> Iterator[str]:
    """Every property of a response, however deep, as Schema.property."""
    match schema:
        case {"$ref": str(reference)}:
            target = reference.rpartition("/")[2]
            if target not in seen:
                seen.add(target)
                yield from fields(document["components"]["schemas"][target], target, document, seen)
        case dict():
            for prop, inner in schema.get("properties", {}).items():
                if inner.get("type") not in {"boolean", "integer", "number"}:
                    yield f"{name}.{prop}"
                yield from fields(inner, name, document, seen)
            for key in ("items", "additionalProperties"):
                yield from fields(schema.get(key), name, document, seen)
            for key in ("anyOf", "oneOf", "allOf"):
                for inner in schema.get(key, ()):
                    yield from fields(inner, name, document, seen)
        case _:
            pass


def responses(document: dict[str, Any]) -> Iterator[Any]:
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                yield from (content.get("schema") for content in response.get("content", {}).values())


@pytest.fixture
def answered(settings: Settings) -> set[str]:
    document, seen = build_app(settings).openapi(), set[str]()
    return {field for schema in responses(document) for field in fields(schema, "?", document, seen)}


def test_no_answer_has_a_field_for_a_secret(answered: set[str]) -> None:
    assert len(answered) > 200
    assert {field for field in answered if SECRET.search(field.partition(".")[2])} == SHOWN_ONCE | NO_SECRETS

"""The settings of language models: the installation's own, and which keys providers set up on the page may use."""

import os

from pydantic import Field, SecretStr, field_validator

from nexus.core.settings_security import Group


class LlmSettings(Group):
    base_url: str = Field(default="", description="Address of an OpenAI-compatible server, up to and including /v1.")
    api_key: SecretStr = Field(default=SecretStr(""), description="Key of the language model's server.")
    model: str = Field(
        default="", description="Name of the model; empty means that answers are quotations, or a model of the page's."
    )
    max_output_tokens: int = Field(default=1024, gt=0, description="Longest answer, in tokens.")
    passage_tokens: int = Field(
        default=6000,
        ge=200,
        description="The most tokens of passages that a model is given before it answers. Less for a model with a"
        " small context window; the best passage is given in any case.",
    )
    reading_documents: int = Field(
        default=200, ge=1, le=5000, description="The most documents that one answer about all of them has a model read."
    )
    reading_tokens: int = Field(
        default=250_000, ge=1000, description="The most tokens that such a reading may cost one answer."
    )
    reading_seconds: float = Field(
        default=300, gt=0, le=3600, description="Longest time in which such a reading begins with another document."
    )
    temperature: float = Field(default=0.1, ge=0, le=2, description="Sampling temperature.")
    timeout_seconds: float = Field(default=120, gt=0, description="Longest time one answer may take.")
    key_names: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="Environment variables with keys that model providers set up on the page may use, each with the"
        ' host it may be sent to, as JSON: `{"OPENAI_API_KEY": "api.openai.com"}`.',
    )

    @field_validator("key_names")
    @classmethod
    def _hosts(cls, entries: dict[str, str]) -> dict[str, str]:
        for name, host in entries.items():
            if not name.strip() or not host.strip() or "/" in host:
                raise ValueError(f"{name!r} needs a host without https:// or a path")
        return entries


def read_key(settings: LlmSettings, name: str) -> str | None:
    """The key in that variable; None where there is none, or the settings do not permit it."""
    return os.environ.get(name, "").strip() or None if name in settings.key_names else None

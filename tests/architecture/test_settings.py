"""The settings' page and example file say what the class says."""

from pathlib import Path

import pytest

from nexus.core.settings import SettingsError, load_settings
from nexus.core.settings_page import env_example, page

ROOT = Path(__file__).parents[2]


def test_pages_are_made_from_the_class() -> None:
    assert (ROOT / "docs" / "operate" / "settings.md").read_text(encoding="utf-8") == page()
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_HTTP__PORT", "many")
    monkeypatch.setenv("NEXUS_PARSING__WORKERS", "0")
    with pytest.raises(SettingsError) as caught:
        load_settings(_env_file=None)
    assert "NEXUS_HTTP__PORT" in str(caught.value)
    assert "NEXUS_PARSING__WORKERS" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"NEXUS_JOBS__MODE": "celery"}, "NEXUS_REDIS__URL"),
        ({"NEXUS_LLM__MODEL": "any"}, "NEXUS_LLM__BASE_URL"),
        ({"NEXUS_EMBEDDINGS__KIND": "openai"}, "NEXUS_EMBEDDINGS__BASE_URL"),
        ({"NEXUS_TRUSTED_ISSUERS": '[{"issuer": "http://i.test", "audience": "nexus"}]'}, "https://"),
        (
            {
                "NEXUS_TRUSTED_ISSUERS": '[{"issuer": "https://i.test", "audience": "same"}]',
                "NEXUS_OIDC__CLIENT_ID": "same",
                "NEXUS_OIDC__ISSUER": "https://i.test",
            },
            "an audience other than",
        ),
        (
            {"NEXUS_TRUSTED_ISSUERS": '[{"issuer": "https://i", "audience": "a", "algorithms": ["HS256"]}]'},
            "RS256",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=named):
        load_settings(_env_file=None)

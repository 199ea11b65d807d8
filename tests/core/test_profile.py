"""What the production profile does not start with, and the developer's way in beside it."""

import re
from pathlib import Path
from typing import Any

import pytest

from nexus.core.profile import require_safe
from nexus.core.secrets import new_key
from nexus.core.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[2]


def settings(**given: Any) -> Settings:
    good: dict[str, Any] = {
        "profile": "production",
        "secret_key": new_key(),
        "secrets": {"keys": new_key()},
        "http": {"public_url": "https://nexus.acme.test"},
    }
    return load_settings(_env_file=None, **good | given)


def reasons(settings: Settings) -> list[str]:
    try:
        require_safe(settings)
    except SettingsError as error:
        return str(error).splitlines()[1:]
    return []


def test_safe_settings_start_and_development_asks_nothing() -> None:
    for _ in range(1000):
        assert reasons(settings()) == []
    assert reasons(load_settings(_env_file=None)) == []


def test_everything_is_said_at_once() -> None:
    told = reasons(load_settings(_env_file=None, profile="production", developer_user="ada@acme.test"))
    assert len(told) == 4
    for line, named in zip(
        told,
        ("NEXUS_DEVELOPER_USER", "NEXUS_SECRET_KEY", "NEXUS_SECRETS__KEYS", "NEXUS_HTTP__PUBLIC_URL"),
        strict=True,
    ):
        assert named in line


@pytest.mark.parametrize("key", ["small-key", "a" * 64, "change-me-to-a-key-of-32-characters-or-more", "ab" * 30])
def test_a_weak_key_is_refused_wherever_it_stands_and_not_shown(key: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{new_key()}\n{key}\n")
    for given in ({"secret_key": key}, {"secrets": {"keys": f"{new_key()},{key}"}}, {"secrets": {"keys_file": file}}):
        (told,) = reasons(settings(**given))
        assert key not in told


def test_one_key_is_not_for_two_purposes() -> None:
    key = new_key()
    assert ["not be the same" in line for line in reasons(settings(secret_key=key, secrets={"keys": key}))] == [True]


@pytest.mark.parametrize("url", ["", "http://nexus.acme.test", "http://127.0.0.1:8080"])
def test_people_come_over_tls(url: str) -> None:
    assert ["NEXUS_HTTP__PUBLIC_URL" in line for line in reasons(settings(http={"public_url": url}))] == [True]


def test_no_key_that_is_written_down_anywhere_is_taken() -> None:
    """Whatever a document or a template gives as a key is refused, so that nobody runs with it."""
    places = [ROOT / ".env.example", *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*")]
    pattern = re.compile(r"NEXUS_SECRET(?:_KEY|S__KEYS)[=:]\s*[\"']?([^\s\"'`|]*)")
    found = [key for p in places if p.is_file() for text in pattern.findall(p.read_text()) for key in text.split(",")]
    assert found
    for key in filter(None, found):
        assert reasons(settings(secret_key=key)), key


@pytest.mark.parametrize(
    ("http", "refused"),
    [
        ({}, False),
        ({"host": "::1"}, False),
        ({"host": "127.0.0.2", "public_url": "http://localhost:8080"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "::"}, True),
        ({"host": "192.168.1.5"}, True),
        ({"host": "nexus.acme.test"}, True),
        ({"public_url": "https://nexus.acme.test"}, True),
    ],
)
def test_the_developers_way_in_is_for_this_machine_alone(http: dict[str, str], refused: bool) -> None:
    told = reasons(load_settings(_env_file=None, developer_user="ada@acme.test", http=http))
    assert ["NEXUS_DEVELOPER_USER" in line for line in told] == [True] * refused

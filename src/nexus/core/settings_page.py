"""The settings as a page and as `.env.example`, made from the class itself: `python -m nexus.core.settings_page`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from nexus.core.settings import Settings

_HEAD = """# Settings

Read once at start, from the environment or from a file `.env` in the folder Nexus is started in; the environment wins.
All that is wrong is said at once. This page is made from the settings class by `python -m nexus.core.settings_page`.

| setting | default | meaning |
|---|---|---|
"""


def _each(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _each(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", field


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is None or isinstance(value, SecretStr):
        return ""
    return "[]" if value == () else str(value)


def _choices(field: FieldInfo) -> str:
    if get_origin(field.annotation) is None or not all(isinstance(a, str) for a in get_args(field.annotation)):
        return ""
    return " One of " + ", ".join(f"`{a}`" for a in get_args(field.annotation)) + "."


def page() -> str:
    """docs/operate/settings.md"""
    rows = [
        f"| `{name}` | {f'`{_default(field)}`' if _default(field) else ''} | {field.description}{_choices(field)} |\n"
        for name, field in _each(Settings, "NEXUS_")
    ]
    return _HEAD + "".join(rows)


def env_example() -> str:
    """.env.example: every setting with its default, commented out."""
    lines = ["# Every setting with its default. Copy to .env and take the # off what you change.\n"]
    lines += [f"\n# {field.description}\n# {name}={_default(field)}\n" for name, field in _each(Settings, "NEXUS_")]
    return "".join(lines)


def write(root: Path) -> None:
    (root / "docs" / "operate" / "settings.md").write_text(page(), encoding="utf-8")
    (root / ".env.example").write_text(env_example(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))

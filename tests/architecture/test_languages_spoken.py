"""HTTP is spoken at the edge and SQL by queries: which modules may know the libraries for it is told by their names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src" / "nexus"
HTTP = re.compile(r"app|core\.http(\..+)?|.+\.deps|.+\.routes(\..+)?|.+_routes|channels\.openai_words")
"""OpenAI's words are the words of its HTTP."""
SQL = re.compile(r"core\..+|.+\.models|.+\.(\w+_)?queries|.+\.filters|knowledge\.listing|scim\.criteria")
"""`listing` and `criteria` turn what somebody wishes to see into conditions of a query."""


def imports() -> Iterator[tuple[str, str]]:
    """Every module of ours, and every library that it names anywhere in it."""
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((module, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield module, node.module


@pytest.mark.parametrize(
    ("libraries", "speakers"), [({"fastapi", "starlette"}, HTTP), ({"sqlalchemy", "aiosqlite", "asyncpg"}, SQL)]
)
def test_only_those_speak_it_who_are_named_for_it(libraries: set[str], speakers: re.Pattern[str]) -> None:
    others = {
        module for module, name in imports() if name.partition(".")[0] in libraries and not speakers.fullmatch(module)
    }
    assert not others

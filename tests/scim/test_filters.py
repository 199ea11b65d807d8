"""Filters find what they say on both databases, and nothing that anybody writes into one is a fault."""

import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from directory import ENTERPRISE, Directory
from nexus.scim.criteria import group_condition, user_condition
from nexus.scim.errors import InvalidFilterError, ScimError
from nexus.scim.expressions import And, Compare, Not, Or, Present, Within, holds, parse_filter, parse_path

pytest_plugins = ("servers",)

WORDS = [
    "userName", "USERNAME", "name.givenName", "emails", "emails.value", "members", "id", "active", "displayName",
    "externalId", "meta.created", f"{ENTERPRISE}:department", "urn:ietf:params:scim:schemas:core:2.0:User:title",
    "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "EQ", "and", "or", "not", "(", ")", "[", "]", "].value",
    '"ada"', '"work"', "type", "value", "true", "false", "null", "42", "-1.5e9", '"2026-01-01T00:00:00Z"', '"%_\\\\"',
    '"\\u0000"', '"\\ud800"', '"\\n"', '"', "'x'", "é", ".", "..", "$ref", ":", "\x00", "1e999", "NaN", "9" * 400,
]  # fmt: skip


def test_precedence_and_spelling() -> None:
    name = Compare(("username",), "eq", "x")
    title, active = Present(("title",)), Compare(("active",), "eq", True)
    assert parse_filter('userName EQ "x" OR title PR AND active eq true') == Or((name, And((title, active))))
    assert parse_filter('(userName eq "x" or title pr) and active eq TRUE') == And((Or((name, title)), active))
    assert parse_filter('not (userName eq "x") and not title pr') == And((Not(name), Not(title)))
    work = Compare(("type",), "eq", "work")
    assert parse_filter('emails[type eq "work"]') == Within(("emails",), work)
    value = Within(("emails",), And((work, Compare(("value",), "eq", "x"))))
    assert parse_filter('emails[type eq "work"].value eq "x"') == value
    assert parse_filter(f'{ENTERPRISE.upper()}:Department eq "a \\"b\\""') == Compare(
        (ENTERPRISE.lower(), "department"), "eq", 'a "b"'
    )


@pytest.mark.parametrize(
    "text",
    ["", " ", "userName", "userName eq", 'eq "x"', 'userName is "x"', "userName eq x", 'a.b.c eq "x"', "(title pr",
     "title pr)", "title pr title pr", 'emails[type eq "x"', "a eq [", "not", "()", "(" * 100 + "title pr" + ")" * 100,
     " or ".join(["title pr"] * 501), 'userName eq "' + "x" * 30_000 + '"', 'userName eq "\x00"'],
)  # fmt: skip
def test_what_is_no_filter(text: str) -> None:
    with pytest.raises(InvalidFilterError) as caught:
        parse_filter(text)
    assert len(caught.value.detail) < 200


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.lists(st.sampled_from(WORDS)).map("".join))
def test_tokens_in_any_order_are_a_filter_or_refused(text: str) -> None:
    compiles_or_is_refused(text)


@given(st.text())
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    compiles_or_is_refused(text)


def compiles_or_is_refused(text: str) -> None:
    for condition in (user_condition, group_condition):
        try:
            compiled = condition(parse_filter(text))
        except ScimError:
            continue
        for dialect in (sqlite.dialect(), postgresql.dialect()):
            str(compiled.compile(dialect=dialect))
    try:
        path = parse_path(text)
    except ScimError:
        return
    if path.within is not None:
        holds(path.within, {"value": "x", "type": "work", "primary": True})


PEOPLE = [
    {"name": "ada", "title": "Countess", "department": "Research", "manager": "1", "active": True},
    {"name": "bob", "title": "Clerk", "active": False},
    {"name": "ada_2", "title": "100%", "department": "research"},
    {"name": "eve", "department": "HR"},
]
Predicate = Callable[[dict[str, Any]], bool]


def leaves(directory: Directory) -> list[tuple[str, Predicate]]:
    """Comparisons, each with what it means."""

    def text_of(attribute: str, key: str, wanted: str) -> list[tuple[str, Predicate]]:
        def low(person: dict[str, Any]) -> str | None:
            value = person.get(key)
            return value.lower() if value is not None else None

        w = wanted.lower()
        return [
            (f'{attribute} eq "{wanted}"', lambda p: low(p) == w),
            (f'{attribute} ne "{wanted}"', lambda p: low(p) != w),
            (f'{attribute} co "{wanted}"', lambda p: w in (low(p) or "\0")),
            (f'{attribute} sw "{wanted}"', lambda p: (low(p) or "\0").startswith(w)),
            (f'{attribute} ew "{wanted}"', lambda p: (low(p) or "\0").endswith(w)),
            (f"{attribute} pr", lambda p: bool(low(p))),
            (f"{attribute} eq null", lambda p: not low(p)),
        ]

    return [
        *text_of("userName", "userName", directory.address("ADA")),
        *text_of("username", "userName", "a_"),
        *text_of("emails.value", "userName", directory.address("bob")),
        *text_of('emails[type eq "work"].value', "userName", directory.address("eve"))[:1],
        *text_of("displayName", "displayName", "Ada"),
        *text_of("title", "title", "100%"),
        *text_of("title", "title", "C"),
        *text_of("name.familyName", "family", "smith"),
        *text_of(f"{ENTERPRISE}:department", "department", "RESEARCH"),
        *text_of(f"{ENTERPRISE}:manager", "manager", "1"),
        *text_of("nickName", "nickName", "x"),
        ("active eq true", lambda p: p["active"]),
        ('active eq "False"', lambda p: not p["active"]),
        ("active ne true", lambda p: not p["active"]),
        ('id eq "nobody"', lambda p: False),
        ("id pr", lambda p: True),
        ('meta.created gt "2020-01-01T00:00:00Z"', lambda p: True),
        ('meta.created lt "2020-01-01T00:00:00+02:00"', lambda p: False),
    ]


def combined(chance: random.Random, parts: list[tuple[str, Predicate]], depth: int) -> tuple[str, Predicate]:
    kind = chance.choice(["leaf", "not", "and", "or"]) if depth else "leaf"
    if kind == "leaf":
        return chance.choice(parts)
    left_text, left = combined(chance, parts, depth - 1)
    if kind == "not":
        return f"not ({left_text})", lambda p: not left(p)
    right_text, right = combined(chance, parts, depth - 1)
    if kind == "and":
        return f"({left_text}) and ({right_text})", lambda p: left(p) and right(p)
    return f"({left_text} or {right_text})", lambda p: left(p) or right(p)


async def test_a_filter_finds_what_it_says(directory: Directory) -> None:
    people: list[dict[str, Any]] = []
    for person in PEOPLE:
        extension = {name: person[name] for name in ("department", "manager") if name in person}
        fields = {"title": person["title"]} if "title" in person else {}
        made = await directory.add_user(
            person["name"], active=person.get("active", True), **fields, **{ENTERPRISE: extension}
        )
        people.append({**person, **made, "family": "Smith"})
    parts = leaves(directory)
    chance = random.Random(7)
    wanted = [*parts, *(combined(chance, parts, 3) for _ in range(60))]
    for text, predicate in wanted:
        found = {each["id"] for each in await directory.find("Users", text)}
        assert found == {person["id"] for person in people if predicate(person)}, text


async def test_no_filter_is_a_fault(directory: Directory) -> None:
    await directory.add_user()
    chance = random.Random(11)
    usable = [word for word in WORDS if word != "\x00"]
    for _ in range(30):
        text = " ".join(chance.choices(usable, k=chance.randint(1, 9)))
        answer = await directory.call("GET", "/Users", params={"filter": text})
        assert answer.status_code in {200, 400}, text
    # Every attribute with every operator and every kind of value, as far as it means anything: many in one request.
    meaningful = [text for text in every_comparison() if is_meaningful(text)]
    assert len(meaningful) > 100
    for start in range(0, len(meaningful), 50):
        await directory.find("Users", " or ".join(meaningful[start : start + 50]))


def every_comparison() -> Iterator[str]:
    attributes = ("userName", "title", "id", "active", "externalId", f"{ENTERPRISE}:manager", "meta.created", "emails")
    values = ('"x"', '"%"', "true", "null", "5", "1e400", '"0001-01-01T00:00:00Z"', '"2026-01-01T00:00:00-12:00"')
    for attribute, operator, value in product(
        attributes, ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"), values
    ):
        yield f"{attribute} {operator} {value}"


def is_meaningful(text: str) -> bool:
    try:
        user_condition(parse_filter(text))
    except ScimError:
        return False
    return True

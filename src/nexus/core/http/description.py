"""How routes can refuse, written into the API's description from what they ask for, and not by hand in each of them."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar, cast

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from nexus.core.http.problems import Problem

Call = TypeVar("Call", bound=Callable[..., Any])
Described = dict[str, Any]

_REFUSES: Final = "__nexus_refuses__"
_PROBLEM: Final = "application/problem+json"
_WORDS: Final = {
    401: "Nobody is signed in, or what was sent proves nothing.",
    403: "It may be seen, but this is not allowed to you.",
    404: "Unknown, or not visible to you: the two look the same.",
    409: "The state of the thing does not allow it now.",
    413: "Larger than this installation takes.",
    416: "The thing has no such part.",
    422: "A value cannot be accepted; `detail` says which, and why.",
    429: "Too often; `Retry-After` says when again.",
}
_REST: Final = {
    "4XX": "Another problem (RFC 9457); `type` says which.",
    "5XX": "Our fault (500), or something outside does not answer now (503).",
}
REST: Final = {name: {"model": Problem} for name in _REST}
"""For the application's `responses`: what any route may say besides."""


def refuses(*statuses: int) -> Callable[[Call], Call]:
    """Says of a dependency with which statuses it ends requests, for the description of every route that has it."""

    def mark(call: Call) -> Call:
        setattr(call, _REFUSES, statuses)
        return call

    return mark


def describe_refusals(app: FastAPI) -> None:
    """Has the application's description name each status with which a route can refuse, as a problem."""
    bare = app.openapi
    done: list[Described] = []

    def described() -> Described:
        if not done:
            document = bare()
            guarded = _by_guards(app)
            for path, item in document["paths"].items():
                for method, operation in item.items():
                    found = guarded.get((method.upper(), path), set[int]()) | _by_shape(method, operation)
                    names = [*map(str, sorted(found)), *REST]
                    operation["responses"] |= {name: {"$ref": f"#/components/responses/{name}"} for name in names}
            words = {str(status): words for status, words in _WORDS.items()} | _REST
            document["components"]["responses"] = {name: _response(text) for name, text in words.items()}
            done.append(document)
        return done[0]

    app.openapi = described


def _by_guards(app: FastAPI) -> dict[tuple[str, str], set[int]]:
    found: dict[tuple[str, str], set[int]] = {}
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        statuses = {s for call in _calls(dependant) for s in getattr(call, _REFUSES, ())} if dependant else set[int]()
        found |= {(method, str(route.path)): statuses for method in route.methods or ()}
    return found


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def _by_shape(method: str, operation: Described) -> set[int]:
    """What follows from a route's parameters and body alone."""
    parameters = cast("list[Described]", operation.get("parameters", []))
    found = set[int]()
    if parameters or "requestBody" in operation:
        found.add(422)
    if "requestBody" in operation or any(map(_names_something, parameters)):
        found.add(404)
    if method != "get":
        found.add(409)
    if any(one["name"] == "Range" for one in parameters):
        found.add(416)
    return found


def _names_something(parameter: Described) -> bool:
    """A thing that may not be there: by its place, or by its id."""
    if parameter["in"] == "path":
        return True
    schema = parameter["schema"]
    is_id = any(one.get("format") == "uuid" for one in (schema, *schema.get("anyOf", ())))
    return is_id and parameter["in"] == "query"


def _response(words: str) -> Described:
    return {"description": words, "content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}

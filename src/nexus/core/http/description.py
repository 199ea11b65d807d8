"""How routes can refuse, written into the API's description from what they ask for, and not by hand in each of them."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
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
    500: "Our fault. Give the request's id to an administrator.",
    503: "Something outside does not answer. Try again later.",
}
REST: Final = {
    "4XX": {"model": Problem, "description": "Another problem (RFC 9457); `type` says which."},
    "5XX": {"model": Problem, "description": "Nothing that the caller did."},
}
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
                    operation["responses"] |= {str(status): _response(_WORDS[status]) for status in sorted(found)}
                    _say_problem(operation["responses"])
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
    found = {500, 503}
    if parameters or "requestBody" in operation:
        found.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    if "requestBody" in operation or any(one["in"] in {"path", "query"} and _is_id(one) for one in parameters):
        found.add(HTTPStatus.NOT_FOUND)
    if method != "get":
        found.add(HTTPStatus.CONFLICT)
    if any(one["name"] == "Range" for one in parameters):
        found.add(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    return {int(status) for status in found}


def _is_id(parameter: Described) -> bool:
    schema = parameter["schema"]
    return any(one.get("format") == "uuid" for one in (schema, *schema.get("anyOf", ())))


def _response(words: str) -> Described:
    return {"description": words, "content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _say_problem(responses: Described) -> None:
    for status, response in responses.items():
        if status[0] in "45" and "application/json" in response.get("content", {}):
            response["content"] = {_PROBLEM: response["content"].pop("application/json")}

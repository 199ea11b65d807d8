"""Where ids stand in the API, read from its own description: in paths, bodies and query strings.

A new route is found here by itself. What it needs besides is a word in `values` for a required field that nothing
below knows how to fill.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

Steps = tuple[str, ...]
"""The way into a body: names of properties, and ITEM for an element of an array."""
ITEM: Final = "[]"
_numbers = count(1)


@dataclass(frozen=True)
class Operation:
    """A described route."""

    method: str
    path: str
    description: dict[str, Any]

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return self.description.get("parameters", [])

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of a JSON body."""
        content = self.description.get("requestBody", {}).get("content", {})
        return content["application/json"]["schema"] if "application/json" in content else None

    @property
    def is_stream(self) -> bool:
        return any("text/event-stream" in each.get("content", {}) for each in self.description["responses"].values())

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Place:
    """Somewhere an id can stand."""

    operation: Operation
    where: str
    """`path`, `query` or `body`."""
    steps: Steps

    @property
    def name(self) -> str:
        return next(step for step in reversed(self.steps) if step != ITEM)

    def __str__(self) -> str:
        return f"{self.operation} {self.where}:{'.'.join(self.steps)}"


class Description:
    """The document at /api/openapi.json."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        self.operations = [
            Operation(method.upper(), path, description)
            for path, item in document["paths"].items()
            for method, description in item.items()
        ]

    def places(self) -> Iterator[Place]:
        for operation in self.operations:
            for parameter in operation.parameters:
                if parameter["in"] in {"path", "query"}:
                    for steps in self._ids(parameter["schema"], (parameter["name"],)):
                        yield Place(operation, parameter["in"], steps)
            if operation.body is not None:
                for steps in self._ids(operation.body, ()):
                    yield Place(operation, "body", steps)

    def with_cursor(self) -> list[Operation]:
        return [each for each in self.operations if any(one["name"] == "cursor" for one in each.parameters)]

    def schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What it says, behind references and beside null."""
        while True:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rpartition("/")[2]]
            elif found := [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]:
                schema = found[0]
            else:
                return schema

    def _ids(self, schema: dict[str, Any], steps: Steps, above: tuple[str, ...] = ()) -> Iterator[Steps]:
        reference = schema.get("$ref")
        if reference in above:
            return
        above = (*above, reference) if reference else above
        schema = self.schema(schema)
        if schema.get("format") == "uuid":
            yield steps
        if schema.get("type") == "array":
            yield from self._ids(schema.get("items", {}), (*steps, ITEM), above)
        for name, inner in schema.get("properties", {}).items():
            yield from self._ids(inner, (*steps, name), above)

    # --- bodies that pass ---------------------------------------------------------------------------------------

    def variants(self, place: Place) -> list[dict[str, Any]]:
        """What else stands beside an id in its object, so that every branch is gone through: each word of an
        enumeration, and the neighbouring ids absent, one at a time, or all."""
        if place.where != "body":
            return [{}]
        assert place.operation.body is not None
        around = self.schema(place.operation.body)
        way = [step for step in place.steps if step != ITEM]
        for step in way[:-1]:
            around = self.schema(around["properties"][step])
            around = self.schema(around["items"]) if around.get("type") == "array" else around
        properties = around["properties"]
        words = [
            {name: word}
            for name, inner in properties.items()
            for word in self.schema(inner).get("enum", ())
            if name in around.get("required", ())
        ]
        neighbours = [
            name
            for name, inner in properties.items()
            if name != place.name and self.schema(inner).get("format") == "uuid"
        ]
        beside = [{}, *({name: OWN} for name in neighbours)]
        if len(neighbours) > 1:
            beside.append(dict.fromkeys(neighbours, OWN))
        return [chosen | extra for chosen in words or [{}] for extra in beside]

    def sample(self, schema: dict[str, Any], name: str, own: dict[str, str]) -> Any:
        """The least that the schema accepts."""
        schema = self.schema(schema)
        if "default" in schema:
            return schema["default"]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                needed = schema.get("required", ())
                return {each: self.sample(schema["properties"][each], each, own) for each in needed}
            case "array":
                return [self.sample(schema["items"], name, own)] if schema.get("minItems") else []
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
            case _:
                return _text(schema, name, own)

    def body(self, place: Place, value: str | list[str], beside: dict[str, Any], own: dict[str, str]) -> Any:
        """A body that holds `value` at the place and the least of everything else."""
        assert place.operation.body is not None
        whole = self.sample(place.operation.body, "", own)
        self._fill(place.operation.body, whole, place.steps, value, beside, own)
        return whole

    def _fill(
        self,
        schema: dict[str, Any],
        whole: Any,
        steps: Steps,
        value: str | list[str],
        beside: dict[str, Any],
        own: dict[str, str],
    ) -> None:
        schema = self.schema(schema)
        step, rest = steps[0], steps[1:]
        inner = schema["properties"][step]
        if not rest:
            whole[step] = value
        elif rest == (ITEM,):
            whole[step] = value if isinstance(value, list) else [value]
        elif rest[0] == ITEM:
            whole[step] = [self.sample(self.schema(inner)["items"], step, own)]
            self._fill(self.schema(inner)["items"], whole[step][0], rest[1:], value, beside, own)
            return
        else:
            whole[step] = self.sample(inner, step, own)
            self._fill(inner, whole[step], rest, value, beside, own)
            return
        for name, given in beside.items():
            whole[name] = own_id(name, own) if given is OWN else given


class _Own:
    """Stands for an id of the caller's own."""


OWN: Final = _Own()
_KINDS: Final = {
    "parent_id": "message_id",
    "edited_id": "question_id",
    "new_departments_region_id": "region_id",
    "former_version_id": "version_id",
}
"""Fields whose name is not the one of what they hold."""


def own_id(name: str, own: dict[str, str]) -> str:
    """What a field of this name would hold, of the caller's own."""
    return own[kind_of(name)]


def kind_of(name: str) -> str:
    """The word for what a field of this name holds, as paths have it."""
    singular = name.removesuffix("s") if name.endswith("_ids") else name
    return _KINDS.get(singular, singular)


def _text(schema: dict[str, Any], name: str, own: dict[str, str]) -> str:
    if schema.get("format") == "uuid":
        return own_id(name, own)
    number = next(_numbers)
    match schema.get("format"):
        case "date-time":
            return "2027-01-31T12:00:00Z"
        case "email":
            return f"somebody-{number}@places.test"
        case _:
            text = f"somebody-{number}@places.test" if "email" in name else f"plum-orbit-{name}-{number}"
            return text.ljust(schema.get("minLength", 0), "x")

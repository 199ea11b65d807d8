"""How values leave a sandbox: data that cannot turn into code.

A child that has read a hostile file may be in the file's hands, so the parent never unpickles what it says. A value is
one JSON tree and a list of raw buffers (long strings, bytes, arrays). Only dataclasses that the caller names come back
as such, arrays only with plain numeric types, and everything else is a builtin.

| in the tree | is |
|---|---|
| scalar | itself |
| list | a tuple |
| `{"l": [...]}`, `{"d": [keys, values]}` | a list, a dict |
| `{"s": i}`, `{"b": i}` | a string, bytes in buffer `i` |
| `{"a": [i, dtype, shape]}` | an array in buffer `i` |
| `{"c": [name, values]}` | a dataclass |
| `{"r": [name, columns]}` | a tuple of one dataclass, stored by column: fast for thousands of small ones |
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# Values of any type are taken apart here, and numpy is looked up only where it is loaded.

import dataclasses
import json
import struct
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, cast

HEADER = struct.Struct("<QQ")
"""Bytes of JSON, bytes of everything after it."""

MAX_TREE_BYTES = 64 * 1024 * 1024
_SCALARS = frozenset({int, str, float, bool, type(None)})
_LONG_STRING = 4096
_ARRAY_KINDS = frozenset("biuf")


class WireError(Exception):
    """The value cannot travel, or what arrived is not what was agreed."""


def encode(value: object) -> list[bytes | memoryview]:
    """The frame as pieces to be written in order. WireError when the value holds a type that may not leave."""
    buffers: list[bytes | memoryview] = []
    tree = _pack(value, buffers)
    sizes = [len(buffer) for buffer in buffers]
    text = json.dumps([sizes, tree], ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return [HEADER.pack(len(text), sum(sizes)), text, *buffers]


def decode(tree_bytes: bytes, body: bytes, classes: Mapping[str, type[Any]]) -> Any:
    """The value of a frame. `classes` maps `class_name` to the dataclasses that are welcome. Raises WireError."""
    try:
        sizes, tree = json.loads(tree_bytes.decode("utf-8", "surrogatepass"))
        buffers: list[memoryview] = []
        position = 0
        view = memoryview(body)
        for size in cast("list[int]", sizes):
            if not 0 <= size <= len(body) - position:
                raise WireError("a buffer lies outside of the frame")
            buffers.append(view[position : position + size])
            position += size
        return _unpack(tree, buffers, classes)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise WireError(f"not a frame: {error}") from error


def class_name(cls: type[Any]) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def returned_classes(function: Callable[..., Any]) -> dict[str, type[Any]]:
    """The dataclasses in a function's return annotation, and those in their fields, by `class_name`."""
    found: dict[str, type[Any]] = {}
    _collect(typing.get_type_hints(function).get("return"), found)
    return found


def _collect(hint: Any, found: dict[str, type[Any]]) -> None:
    for argument in typing.get_args(hint):
        _collect(argument, found)
    cls = typing.get_origin(hint) or hint
    if isinstance(cls, type) and dataclasses.is_dataclass(cls) and class_name(cls) not in found:
        found[class_name(cls)] = cls
        for field_hint in typing.get_type_hints(cls).values():
            _collect(field_hint, found)


def _pack(value: Any, buffers: list[bytes | memoryview]) -> Any:
    kind = cast("type[Any]", type(value))
    if kind is str:
        if len(value) < _LONG_STRING:
            return value
        buffers.append(value.encode("utf-8", "surrogatepass"))
        return {"s": len(buffers) - 1}
    if kind in _SCALARS:
        return value
    if kind is tuple:
        return _pack_sequence(value, buffers)
    if kind is list:
        return {"l": _pack_each(value, buffers)}
    if kind is dict:
        return {"d": [_pack_each(tuple(value), buffers), _pack_each(tuple(value.values()), buffers)]}
    if kind is bytes:
        buffers.append(value)
        return {"b": len(buffers) - 1}
    if dataclasses.is_dataclass(value):
        names = _field_names(kind)
        return {"c": [class_name(kind), _pack_each([getattr(value, name) for name in names], buffers)]}
    return {"a": _pack_array(value, buffers)}


def _pack_sequence(values: tuple[Any, ...], buffers: list[bytes | memoryview]) -> Any:
    kind: type[Any] = type(values[0]) if len(values) > 1 else tuple
    if hasattr(kind, "__dataclass_fields__") and all(type(value) is kind for value in values):
        columns = [[getattr(value, name) for value in values] for name in _field_names(kind)]
        return {"r": [class_name(kind), [_pack_each(column, buffers) for column in columns]]}
    return _pack_each(values, buffers)


def _pack_each(values: Sequence[Any], buffers: list[bytes | memoryview]) -> Sequence[Any]:
    kinds = set(map(type, values))
    if kinds <= _SCALARS and (str not in kinds or all(len(v) < _LONG_STRING for v in values if type(v) is str)):
        return values
    return [_pack(value, buffers) for value in values]


def _pack_array(value: Any, buffers: list[bytes | memoryview]) -> list[Any]:
    numpy = cast("Any", sys.modules.get("numpy"))
    kind: type[Any] = type(value)
    if numpy is None or kind is not numpy.ndarray or value.dtype.kind not in _ARRAY_KINDS:
        raise WireError(f"{class_name(kind)} may not leave a sandbox")
    array = numpy.ascontiguousarray(value)
    buffers.append(memoryview(array.reshape(-1).view(numpy.uint8)) if array.size else b"")
    return [len(buffers) - 1, array.dtype.str, list(value.shape)]


def _field_names(cls: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(cls) if field.init]


def _unpack(tree: Any, buffers: list[memoryview], classes: Mapping[str, type[Any]]) -> Any:
    if type(tree) is list:
        return _unpack_each(cast("list[Any]", tree), buffers, classes)
    if type(tree) is not dict:
        return tree
    [(tag, content)] = cast("dict[str, Any]", tree).items()
    match tag:
        case "l":
            return list(_unpack_each(content, buffers, classes))
        case "d":
            keys, values = (_unpack_each(part, buffers, classes) for part in content)
            return dict(zip(keys, values, strict=True))
        case "s":
            return str(buffers[content], "utf-8", "surrogatepass")
        case "b":
            return bytes(buffers[content])
        case "a":
            return _unpack_array(content, buffers)
        case "c":
            cls, fields = _welcome(content, classes)
            return _build(cls, fields, _unpack_each(content[1], buffers, classes))
        case "r":
            cls, fields = _welcome(content, classes)
            columns = [_unpack_each(column, buffers, classes) for column in content[1]]
            return tuple([_build(cls, fields, row) for row in zip(*columns, strict=True)])
        case _:
            raise WireError(f"unknown tag {tag!r}")


def _build(cls: type[Any], fields: list[str], values: tuple[Any, ...]) -> Any:
    return cls(**dict(zip(fields, values, strict=True)))


def _unpack_each(items: list[Any], buffers: list[memoryview], classes: Mapping[str, type[Any]]) -> tuple[Any, ...]:
    if set(map(type, items)) <= _SCALARS:
        return tuple(items)
    return tuple([_unpack(item, buffers, classes) for item in items])


def _unpack_array(content: list[Any], buffers: list[memoryview]) -> Any:
    numpy = cast("Any", import_module("numpy"))
    index, dtype_name, shape = content
    dtype = numpy.dtype(str(dtype_name))
    if dtype.kind not in _ARRAY_KINDS or dtype.names is not None or dtype.subdtype is not None:
        raise WireError(f"arrays of {dtype_name!r} may not leave a sandbox")
    return numpy.frombuffer(bytearray(buffers[index]), dtype=dtype).reshape(tuple(int(length) for length in shape))


def _welcome(content: list[Any], classes: Mapping[str, type[Any]]) -> tuple[type[Any], list[str]]:
    cls = classes.get(content[0])
    if cls is None:
        raise WireError(f"{content[0]!r} is not a class the caller asked for")
    return cls, _field_names(cls)

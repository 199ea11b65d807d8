"""The body of an answer to `POST /embeddings`, checked in every part that could be wrong."""

import base64
import binascii
import json
from typing import Any

import numpy as np

from nexus.providers.embeddings.base import Vectors


class UnreadableError(Exception):
    """The answer gives no usable vectors. The text continues "The embedding server …", without a full stop."""


def read_vectors(body: bytes, count: int, dimension: int) -> Vectors:
    """`(count, dimension)` float32 of length one, in the order of the request. Raises UnreadableError.

    Items may come in any order with an `index`, or in order without one, as lists of numbers or as base64 of little
    endian float32.
    """
    try:
        items: list[Any] = json.loads(body)["data"]
        places = [item.get("index", position) for position, item in enumerate(items)]
        values = [_numbers(item["embedding"]) for item in items]
    except (ValueError, TypeError, LookupError, AttributeError):
        raise UnreadableError("sent something that is not embeddings. Check its address") from None
    if sorted(map(repr, places)) != sorted(map(repr, range(count))):
        raise UnreadableError(f"sent vectors for {len(places)} texts that do not match the {count} asked for")
    vectors = np.empty((count, dimension), np.float32)
    for place, value in zip(places, values, strict=True):
        if value.shape != (dimension,):
            raise UnreadableError(
                f"sent vectors of {value.size} numbers instead of {dimension}. Correct the dimension in the settings"
            )
        vectors[place] = value
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise UnreadableError("sent vectors that are not numbers or have no direction. Check the model")
    return vectors / lengths


def _numbers(value: Any) -> Vectors:
    if isinstance(value, str):
        try:
            return np.frombuffer(base64.b64decode(value, validate=True), "<f4")
        except binascii.Error as error:
            raise ValueError("not base64") from error
    return np.asarray(value, np.float32)

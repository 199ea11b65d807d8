"""What another server answers, read no further than we are ready to hold."""

import json
from typing import Any, cast

import httpx2


class TooLongError(Exception):
    """The answer is longer than was allowed; what has come of it is thrown away."""


async def read_within(response: httpx2.Response, most: int) -> bytes:
    """The body of an answer that is being streamed, of at most so many bytes. Raises TooLongError."""
    whole = bytearray()
    async for piece in response.aiter_bytes():
        whole += piece
        if len(whole) > most:
            raise TooLongError
    return bytes(whole)


def json_object(text: bytes | str) -> dict[str, Any] | None:
    """The JSON object that a text is; None where it is anything else."""
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else None

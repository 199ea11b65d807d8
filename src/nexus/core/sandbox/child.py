"""The inside of a sandbox: gives up what it does not need, then runs one job after another.

Started by `pool` in a fresh interpreter. Jobs arrive as pickles on standard input (the parent is trusted); results
leave as `wire` frames through a private copy of standard output (the child is not).
"""

import os
import pickle
import traceback
from collections.abc import Callable
from typing import Any, cast

from nexus.core.errors import NexusError
from nexus.core.sandbox import confine, wire
from nexus.core.sandbox.limits import SandboxLimits


def main(parent: int) -> None:
    """Take the ceilings from the first message, say so, and serve until the parent closes the pipe."""
    # What a library prints must not end up in the stream of results.
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    source = os.fdopen(requests, "rb")
    ceiling: SandboxLimits = pickle.load(source)  # noqa: S301
    confine.confine(ceiling, parent)
    _send(replies, [wire.HEADER.pack(0, 0)])
    while True:
        try:
            function, arguments, limits = pickle.load(source)  # noqa: S301
        except EOFError:
            return
        confine.start_clock(limits)
        _send(replies, _outcome(function, arguments))


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> list[bytes | memoryview]:
    """The job's frame: `(result, value)`, `(error, class, arguments, trace)`, `(memory,)` or `(crashed, trace)`."""
    try:
        return wire.encode(("result", function(*arguments)))
    except MemoryError:
        return wire.encode(("memory",))
    except NexusError as error:
        values = cast("tuple[Any, ...]", error.__reduce__()[1])
        return wire.encode(("error", wire.class_name(type(error)), values, _trace(error)))
    except BaseException as error:  # noqa: BLE001 whatever it is, the parent learns of it and the child ends
        return wire.encode(("crashed", _trace(error)))


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error, limit=-12))[-6000:]


def _send(replies: int, pieces: list[bytes | memoryview]) -> None:
    for piece in pieces:
        view = memoryview(piece)
        while view:
            view = view[os.write(replies, view) :]

"""Where the present request comes from, for whatever is written down about it.

Ambient, because it decides nothing: what may be done follows from the principal alone, and work that no request
asked for has no origin.
"""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """All empty outside a request."""

    ip: str = ""
    """The network address of the caller, or of the proxy where none is trusted to name it."""
    user_agent: str = ""
    request_id: str = ""


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def origin() -> Origin:
    return _origin.get()


def set_origin(value: Origin) -> None:
    """For the edge: holds for the task of this request and for those it starts."""
    _origin.set(value)

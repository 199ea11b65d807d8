"""The one base of every error that a person may see."""

from typing import ClassVar


class NexusError(Exception):
    """An expected failure, rendered as an RFC 9457 problem.

    Subclasses set `status` (HTTP), `slug` (last part of the problem type) and `title`;
    `detail` is a sentence that tells the person what to do; `headers` go on the response.
    """

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be carried out"

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra
        self.headers: dict[str, str] = {}


class NotFoundError(NexusError):
    """Absent, or not visible to this principal: the two must look the same."""

    status = 404
    slug = "not-found"
    title = "Not found"


class ForbiddenError(NexusError):
    """Visible, but this principal may not do that."""

    status = 403
    slug = "forbidden"
    title = "Not allowed"


class ConflictError(NexusError):
    """The state of the thing does not allow it now."""

    status = 409
    slug = "conflict"
    title = "Conflict"


class InvalidError(NexusError):
    """Well-formed, but a value cannot be accepted."""

    status = 422
    slug = "invalid"
    title = "A value cannot be accepted"


class UnavailableError(NexusError):
    """Something outside did not answer; trying again later may help."""

    status = 503
    slug = "unavailable"
    title = "Temporarily unavailable"

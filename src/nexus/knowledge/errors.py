"""What can go wrong with knowledge bases and documents."""

from typing import ClassVar

from nexus.core.errors import ConflictError, NexusError


class NotReadyError(ConflictError):
    """The document has no searchable version yet."""

    slug: ClassVar[str] = "not-ready"
    title: ClassVar[str] = "The document is not ready"


class OriginalGoneError(NexusError):
    """The original file was not kept, or is missing."""

    status: ClassVar[int] = 410
    slug: ClassVar[str] = "original-gone"
    title: ClassVar[str] = "The original file is not available"


class PersonalError(ConflictError):
    """A personal knowledge base takes no grants."""

    slug: ClassVar[str] = "personal"
    title: ClassVar[str] = "A personal knowledge base is its owner's alone"

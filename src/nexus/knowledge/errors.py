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


class UploadProtocolError(NexusError):
    """Something that no sender who speaks the upload protocol says."""

    slug: ClassVar[str] = "upload-protocol"
    title: ClassVar[str] = "The upload protocol was not kept"


class UploadVersionError(UploadProtocolError):
    """Another version of the protocol."""

    status: ClassVar[int] = 412


class UploadMediaTypeError(UploadProtocolError):
    """A part that does not say it is one."""

    status: ClassVar[int] = 415


class WrongOffsetError(UploadProtocolError):
    """A part that does not go on where the upload stands."""

    status: ClassVar[int] = 409
    slug: ClassVar[str] = "upload-offset"
    title: ClassVar[str] = "The upload stands elsewhere"


class UploadBusyError(UploadProtocolError):
    """Another request is sending a part of the same file."""

    status: ClassVar[int] = 423
    slug: ClassVar[str] = "upload-busy"
    title: ClassVar[str] = "The upload is being written to"


class ChecksumError(UploadProtocolError):
    """A part that was damaged on its way."""

    status: ClassVar[int] = 460
    slug: ClassVar[str] = "upload-checksum"
    title: ClassVar[str] = "The part was damaged on its way"


class NoDocumentError(NexusError):
    """Its first bytes say that the file is none that could be read."""

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "no-document"
    title: ClassVar[str] = "The file is no document"


class DiskFullError(NexusError):
    """There is no room for the file."""

    status: ClassVar[int] = 507
    slug: ClassVar[str] = "disk-full"
    title: ClassVar[str] = "No room for the file"


class TooMuchToCompareError(NexusError):
    """Two versions that nobody could compare in a moment."""

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "too-much-to-compare"
    title: ClassVar[str] = "Too much to compare"


class NameTakenError(ConflictError):
    """A document cannot come back under its name; `free_path` is one that it could have."""

    slug: ClassVar[str] = "name-taken"
    title: ClassVar[str] = "The name is taken"

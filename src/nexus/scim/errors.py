"""What SCIM calls wrong, with the `scimType` of RFC 7644, section 3.12."""

from typing import ClassVar

from nexus.core.errors import NexusError


class ScimError(NexusError):
    """A request that the protocol does not allow; `scim_type` tells the client's program which kind."""

    scim_type: ClassVar[str] = ""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, **({"scimType": self.scim_type} if self.scim_type else {}))


class InvalidSyntaxError(ScimError):
    scim_type = "invalidSyntax"


class InvalidFilterError(ScimError):
    scim_type = "invalidFilter"


class InvalidPathError(ScimError):
    scim_type = "invalidPath"


class InvalidValueError(ScimError):
    scim_type = "invalidValue"


class NoTargetError(ScimError):
    scim_type = "noTarget"


class MutabilityError(ScimError):
    scim_type = "mutability"


class UniquenessError(ScimError):
    """One wording for an address that a colleague has, and one that somebody of another tenant has."""

    status = 409
    scim_type = "uniqueness"


class PreconditionError(ScimError):
    status = 412

    def __init__(self) -> None:
        super().__init__("It has changed since you read it. Read it again.")


class TooLargeError(ScimError):
    status = 413

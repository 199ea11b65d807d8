"""What can go wrong when people prove who they are."""

from collections.abc import Mapping
from typing import ClassVar

from nexus.core.errors import ConflictError, ForbiddenError, InvalidError, NexusError


class NotAuthenticatedError(NexusError):
    """No credential, or one that is not good any more: sign in again."""

    status = 401
    slug = "not-authenticated"
    title = "Not signed in"

    def __init__(self, detail: str = "Sign in and try again.", *, challenge: str = "Bearer") -> None:
        super().__init__(detail)
        self.headers["WWW-Authenticate"] = challenge


class InvalidTokenError(NotAuthenticatedError):
    """A credential was given, but it is forged, expired, revoked or of a person who may not sign in."""

    def __init__(self, detail: str = "Your sign-in has ended. Sign in again.") -> None:
        super().__init__(detail, challenge='Bearer error="invalid_token"')


class WrongCredentialsError(NotAuthenticatedError):
    """One wording for an unknown address, a wrong password and a deactivated account."""

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class PasswordSignInOffError(ForbiddenError):
    slug = "password-sign-in-off"

    def __init__(self) -> None:
        super().__init__("Signing in by password is switched off here. Use your company's account.")


class CrossSiteError(ForbiddenError):
    """A request that a browser sent for another site."""

    slug = "cross-site"

    def __init__(self) -> None:
        super().__init__("This request must come from the page of this installation.")


class TooManyAttemptsError(NexusError):
    status = 429
    slug = "too-many-attempts"
    title = "Too many attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many attempts. Try again in {retry_after} seconds.")
        self.headers["Retry-After"] = str(retry_after)


class TooManyRequestsError(NexusError):
    status = 429
    slug = "too-many-requests"
    title = "Too many requests"

    def __init__(self, retry_after: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"You, or your company, ask more often than is allowed. Try again in {retry_after} seconds.")
        self.headers |= {**headers, "Retry-After": str(retry_after)}


class LinkSpentError(NexusError):
    """Unknown, used, replaced and expired links look the same."""

    status: ClassVar[int] = 410
    slug = "link-spent"
    title = "The link does not work any more"

    def __init__(self) -> None:
        super().__init__("This link has been used, replaced or has expired. The newest one is in the server's output.")


class WeakPasswordError(InvalidError):
    slug = "weak-password"
    title = "The password is too easy to guess"


class WrongPasswordError(InvalidError):
    slug = "wrong-password"
    title = "The current password is wrong"

    def __init__(self) -> None:
        super().__init__("The current password is wrong.")


class ProtectedUserError(ForbiddenError):
    """The founder, and people above one's own role."""

    slug = "protected-user"


class TakenError(ConflictError):
    slug = "taken"


class InUseError(ConflictError):
    slug = "in-use"

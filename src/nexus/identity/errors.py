"""What can go wrong when people prove who they are."""

from collections.abc import Mapping
from typing import ClassVar

from nexus.core.errors import ConflictError, ForbiddenError, InvalidError, NexusError, NotFoundError


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

    def __init__(self, where: str = "The newest one is in the server's output.") -> None:
        super().__init__(f"This link has been used, replaced or has expired. {where}")


class AskAgainError(LinkSpentError):
    """The spent link of an invitation or a password reset."""

    def __init__(self) -> None:
        super().__init__("Ask your administrator for a new one.")


class ChallengeSpentError(NotAuthenticatedError):
    """Unknown, expired, used and tried too often look the same."""

    slug = "challenge-spent"

    def __init__(self) -> None:
        super().__init__("This took too long or too many tries. Sign in from the start.")


class WrongCodeError(InvalidError):
    slug = "wrong-code"
    title = "The code is wrong"

    def __init__(self) -> None:
        super().__init__("The code is wrong, or it has been used already. Wait for the next one.")


class SecondFactorError(ConflictError):
    """What the state of the second factor does not allow."""

    slug = "second-factor"


class SignUpClosedError(ForbiddenError):
    slug = "sign-up-closed"

    def __init__(self) -> None:
        super().__init__("Nobody can sign up with this address. Ask an administrator for an invitation.")


class NoMailError(NotFoundError):
    slug = "no-mail"
    title = "Nothing is sent by mail here"

    def __init__(self) -> None:
        super().__init__("Ask an administrator for a link with which you can choose a new password.")


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


class LookedAfterError(ConflictError):
    """What comes from outside of a group, its members or its name: a change here would be undone from there."""

    slug = "looked-after"

    def __init__(self) -> None:
        super().__init__("The company's directory or sign-in looks after this group. Change it there.")


class TakenError(ConflictError):
    slug = "taken"


class InUseError(ConflictError):
    slug = "in-use"

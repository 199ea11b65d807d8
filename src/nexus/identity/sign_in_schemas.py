"""What goes in and out over HTTP while people prove who they are, and of what they prove it with."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr

from nexus.identity.mail_texts import Language
from nexus.identity.schemas import Body, Email, Name, Password, View

Code = Annotated[SecretStr, Field(max_length=40)]


Token = Annotated[SecretStr, Field(max_length=200)]


class Setup(Body):
    token: Token
    email: Email
    password: Password
    name: Name
    tenant_name: Name = "Company"


class Login(Body):
    email: Annotated[str, Field(max_length=320)]
    password: Password


class SignIn(BaseModel):
    """The refresh token travels in a cookie that no script can read."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds the access token is good for.")


class Step(StrEnum):
    VERIFY = "verify"
    """Give a code of the second factor."""
    ENROL = "enrol"
    """Set a second factor up: the tenant requires one."""


class SecondStep(BaseModel):
    """The password was right, and is not enough."""

    challenge: str = Field(description="Good for this one step, for minutes and a few tries.")
    step: Step
    expires_in: int = Field(description="Seconds until the password must be given again.")


class ChallengeOnly(Body):
    challenge: Token


class ChallengeAnswer(Body):
    challenge: Token
    code: Code


class ProviderView(BaseModel):
    id: str
    label: str


class SignInMethods(BaseModel):
    is_set_up: bool = Field(description="False until the one-time link of the first start has been used.")
    sign_up: bool = Field(description="Whether some tenant lets people open an account by themselves.")
    reset_by_mail: bool = Field(description="Whether `/api/auth/forgotten` sends a link for a new password.")
    password: bool = Field(description="False where the founder alone may sign in with a password.")
    providers: list[ProviderView] = Field(description="Identity providers; `/api/auth/oidc/start` leads there.")
    developer_user: str = Field(
        description="Development alone: whom `/api/auth/developer` signs in without a proof; empty where it is off."
    )


class SignUp(Body):
    email: Email
    name: Name
    password: Password


class Forgotten(Body):
    email: Email
    language: Language = "en"


class LinkToken(Body):
    purpose: Literal["invite", "reset"]
    token: Token


class LinkView(BaseModel):
    """Whom a one-time link is for; told to whoever holds it."""

    email: str
    name: str
    tenant_name: str


class InvitationAnswer(Body):
    token: Token
    name: Name
    password: Password


class LinkReset(Body):
    token: Token
    password: Password


class EnrolmentView(View):
    """For the app on the telephone; to be confirmed by its first code."""

    secret: str
    uri: str
    qr_code: str = Field(description="A data address of an SVG picture of `uri`.")


class RecoveryCodes(BaseModel):
    recovery_codes: list[str] = Field(description="Each works once. Nothing shows them again.")


class FirstSecondFactor(SignIn):
    """The sign-in of somebody who had to set up a second factor."""

    recovery_codes: list[str] = Field(description="Each works once. Nothing shows them again.")


class PasswordProof(Body):
    password: Password


class CodeProof(Body):
    code: Code


class SecondFactorView(BaseModel):
    on: bool
    confirmed_at: datetime | None
    recovery_codes_left: int
    required: bool = Field(description="Whether the tenant lets nobody of this role do without.")


class LoginSessionView(BaseModel):
    id: UUID
    current: bool = Field(description="Whether it is the one that asks.")
    user_agent: str
    ip: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime

"""Tokens: what is accepted is exactly what this installation made."""

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.core.secrets import load_secret
from nexus.identity.credentials import TrustedIssuers, read_credential
from nexus.identity.errors import InvalidTokenError, NotAuthenticatedError
from nexus.identity.tokens import (
    OperatorCredential,
    OperatorToken,
    SessionCredential,
    Tokens,
)

TOKENS = Tokens(b"the secret of this installation")
CREDENTIAL = SessionCredential(new_id(), new_id())


def signed(key: bytes | None = None, algorithm: str = "HS256", **changes: Any) -> str:
    """A token like ours with some claims changed (None leaves one out)."""
    issued_at = now()
    claims = {
        "iss": "nexus",
        "aud": "nexus-api",
        "typ": "access",
        "sub": CREDENTIAL.user_id.hex,
        "sid": CREDENTIAL.session_id.hex,
        "iat": issued_at,
        "exp": issued_at + timedelta(minutes=15),
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, TOKENS._access_key if key is None else key, algorithm=algorithm)


def test_what_we_sign_we_accept() -> None:
    assert TOKENS.read_access(TOKENS.access(CREDENTIAL, now())) == CREDENTIAL
    assert TOKENS.read_access(signed()) == CREDENTIAL


@pytest.mark.parametrize("claim", ["iss", "aud", "typ", "sub", "sid", "iat", "exp"])
def test_every_claim_is_required(claim: str) -> None:
    without: dict[str, Any] = {claim: None}
    with pytest.raises(InvalidTokenError):
        TOKENS.read_access(signed(**without))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"aud": "another-api"},
        {"aud": ["another-api"]},
        {"typ": "refresh"},
        {"sub": "not an id"},
        {"sub": "", "sid": ""},
        {"sid": 7},
        {"sid": ["x"]},
        {"exp": now() - timedelta(seconds=6)},
        {"iat": now() + timedelta(hours=1)},
        {"key": b"another installation's key, as long"},
        {"algorithm": "HS512"},
        {"algorithm": "HS384"},
    ],
)
def test_other_claims_keys_and_algorithms_are_refused(changes: dict[str, Any]) -> None:
    if "algorithm" in changes:
        changes |= {"key": TOKENS._access_key * 2}
    with pytest.raises(InvalidTokenError):
        TOKENS.read_access(signed(**changes))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "RS256", "HS256"])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_unsigned_tokens_are_refused(algorithm: str, signature: str) -> None:
    _, claims, _ = signed().split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).decode().rstrip("=")
    with pytest.raises(InvalidTokenError):
        TOKENS.read_access(f"{header}.{claims}.{signature}")


def test_an_access_token_ages_out() -> None:
    assert TOKENS.read_access(TOKENS.access(CREDENTIAL, now() - timedelta(minutes=14))) == CREDENTIAL
    with pytest.raises(InvalidTokenError):
        TOKENS.read_access(TOKENS.access(CREDENTIAL, now() - timedelta(minutes=15, seconds=6)))


def test_another_process_may_be_a_little_ahead() -> None:
    assert TOKENS.read_access(TOKENS.access(CREDENTIAL, now() + timedelta(seconds=3))) == CREDENTIAL


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    with pytest.raises(InvalidTokenError):
        TOKENS.read_access(text)
    assert TOKENS.session_of(text) is None
    assert TOKENS.session_of("nxr_" + text) is None


@given(st.integers(0, 87), st.sampled_from("ABCabc012-_"))
def test_a_refresh_token_with_another_character_is_not_ours(position: int, character: str) -> None:
    token = TOKENS.refresh(new_id())
    at = len("nxr_") + position
    changed = token[:at] + character + token[at + 1 :]
    assert (TOKENS.session_of(changed) is None) is (changed != token)


def test_successors_are_a_chain_that_only_the_holder_of_the_secret_can_follow() -> None:
    session_id = new_id()
    first = TOKENS.refresh(session_id)
    second = TOKENS.successor(first)
    assert second == TOKENS.successor(first) != first
    assert TOKENS.session_of(second) == session_id
    assert TOKENS.refresh(session_id) != first
    assert Tokens(b"another secret").session_of(first) is None
    with pytest.raises(ValueError, match="not a refresh token"):
        Tokens(b"another secret").successor(first)


async def test_the_operator_is_told_from_users_and_only_the_operator_acts_as_somebody() -> None:
    operator = OperatorToken()
    access = TOKENS.access(CREDENTIAL, now())
    assert operator.value.startswith("nxo_")
    assert operator.value not in repr(operator)
    assert OperatorToken().value != operator.value

    async def read(bearer: str, act_as: str | None = None) -> object:
        return await read_credential(bearer, act_as, tokens=TOKENS, operator=operator, issuers=TrustedIssuers())

    assert await read(operator.value) == OperatorCredential(None)
    assert await read(operator.value, " Ada@Acme.test") == OperatorCredential("ada@acme.test")
    assert await read(access, "ada@acme.test") == CREDENTIAL
    with pytest.raises(InvalidTokenError):
        await read("nxo_" + "A" * 43)
    with pytest.raises(InvalidTokenError):
        await read(operator.value + "A")
    with pytest.raises(NotAuthenticatedError) as missing:
        await read("")
    assert missing.value.headers["WWW-Authenticate"] == "Bearer"


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(lambda _: load_secret("", folder), range(32)))
    assert len(secrets) == 1
    assert len(secrets.pop()) == 32
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_given_secret_needs_no_file(tmp_path: Path) -> None:
    assert load_secret("given", tmp_path / "secrets") == b"given"
    assert not (tmp_path / "secrets").exists()

"""A trusted issuer's JWT opens what its person may, for as long as both are good, and nothing else does."""

import asyncio
import hmac
import json
import time
from dataclasses import replace
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from fastapi import FastAPI
from provider_browser import ADA
from sqlalchemy import event, select, update
from tests.doubles.entra import EntraDouble
from tests.doubles.entra_tokens import CLIENT, b64, id_token, private_key

from factories import World, sign_in
from nexus.audit.models import AuditEvent
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.settings import Settings
from nexus.core.settings_security import TrustedIssuer
from nexus.identity.credentials import LONGEST, TrustedIssuers, read_credential
from nexus.identity.deps import still_signed_in
from nexus.identity.models import ExternalIdentity, Tenant, User
from nexus.identity.principals import load_principal
from nexus.identity.tokens import OperatorToken, Tokens

AUDIENCE = "api://nexus"
Claims = dict[str, Any]


@pytest.fixture
def trusted() -> dict[str, Any]:
    """Of the trusted issuer, beside its address and audience."""
    return {}


@pytest.fixture
def settings(settings: Settings, entra: EntraDouble, trusted: dict[str, Any]) -> Settings:
    issuer = TrustedIssuer.model_validate({"issuer": f"{entra.url}/plain", "audience": AUDIENCE} | trusted)
    return settings.model_copy(update={"trusted_issuers": (issuer,)})


class Issuer:
    """Makes tokens as the issuer does, or as somebody else would."""

    def __init__(self, entra: EntraDouble) -> None:
        self.entra = entra

    def claims(self, **changed: Any) -> Claims:
        moment = int(time.time())
        claims = {"iss": f"{self.entra.url}/plain", "aud": AUDIENCE, "sub": "ada", "iat": moment, "exp": moment + 300}
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def token(self, header: Claims | None = None, *, key: int = 0, **changed: Any) -> str:
        number = key or self.entra.signing_key
        headers = {"kid": f"key-{self.entra.signing_key}", "typ": "at+jwt"} | (header or {})
        algorithm = headers.pop("alg", "RS256")
        return jwt.encode(self.claims(**changed), private_key(number), algorithm=algorithm, headers=headers)

    def bearer(self, **changed: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**changed)}"}


@pytest.fixture
def issuer(entra: EntraDouble) -> Issuer:
    return Issuer(entra)


async def know(db: Database, issuer: str, user_id: Any, tenant_id: Any, subject: str = "ada", tenant: str = "") -> None:
    async with db.write() as session:
        session.add(
            ExternalIdentity(
                tenant_id=tenant_id,
                user_id=user_id,
                issuer=issuer,
                provider_tenant=tenant,
                subject=subject,
                email="",
                name="",
            )
        )


@pytest.fixture
async def ada(db: Database, issuer: Issuer, world: World) -> None:
    """The issuer's Ada is the manager."""
    await know(db, f"{issuer.entra.url}/plain", world.manager, world.acme)


async def me(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.get("/api/me", headers={"Authorization": f"Bearer {token}"})


async def test_it_opens_what_its_person_may(
    client: httpx2.AsyncClient, db: Database, issuer: Issuer, world: World, ada: None
) -> None:
    answer = await me(client, issuer.token())
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["id"] == str(world.manager)
    assert answer.headers["X-RateLimit-Remaining"]
    made = await client.post("/api/knowledge-bases", headers=issuer.bearer(), json={"name": "By token"})
    assert made.status_code == 201, made.text
    assert (await client.get("/api/external-identities", headers=issuer.bearer())).status_code == 403
    async with db.read() as session:
        event = await session.scalar(select(AuditEvent).where(AuditEvent.action == "knowledge_base.created"))
    assert event
    assert (event.credential, event.actor_id) == ("trusted_issuer", world.manager)
    assert issuer.entra.asked("keys") == 1, "the keys are fetched once"


async def test_the_rows_of_this_moment_decide(
    client: httpx2.AsyncClient, db: Database, issuer: Issuer, world: World, ada: None
) -> None:
    token = issuer.token()
    assert "users.read" in (await me(client, token)).json()["permissions"]
    async with db.write() as session:
        await session.execute(update(User).where(User.id == world.manager).values(role="user"))
    assert "users.read" not in (await me(client, token)).json()["permissions"]
    async with db.write() as session:
        await session.execute(update(User).where(User.id == world.manager).values(active=False))
    assert (await me(client, token)).status_code == 401


async def test_a_suspended_tenant_stays_out(
    client: httpx2.AsyncClient, db: Database, issuer: Issuer, world: World, ada: None
) -> None:
    async with db.write() as session:
        await session.execute(update(Tenant).where(Tenant.id == world.acme).values(suspended_at=now()))
    assert (await me(client, issuer.token())).status_code == 401


async def test_it_cannot_make_itself_at_home(client: httpx2.AsyncClient, issuer: Issuer, ada: None) -> None:
    for path, body in (
        ("/api/me/api-keys", {"name": "mine"}),
        ("/api/me/password", {"current_password": "x", "new_password": "y"}),
    ):
        answer = await client.post(path, headers=issuer.bearer(), json=body)
        assert answer.status_code == 403, (path, answer.text)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.test"},
        {"aud": "api://another"},
        {"aud": None},
        {"aud": CLIENT},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a" * 300},
        {"sub": "somebody else"},
        {"nonce": "of a sign-in"},
        {"at_hash": "of a sign-in"},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
        {"typ": "ID"},
        {"token_use": "id"},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": "logout+jwt"}},
        {"header": {"kid": "key-99"}},
        {"header": {"kid": ""}},
        {"header": {"alg": "RS512"}},
        {"header": {"jku": "https://elsewhere.test/keys"}},
        {"header": {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}},
        {"header": {"x5u": "https://elsewhere.test/cert"}},
        {"header": {"x5c": ["MIIB"]}},
        {"header": {"crit": ["exp"]}},
        {"key": 99},
        {"padding": "a" * LONGEST},
    ],
    ids=lambda changed: json.dumps(changed)[:40],
)
async def test_what_is_not_a_good_token_opens_nothing(
    client: httpx2.AsyncClient, issuer: Issuer, ada: None, changed: Claims
) -> None:
    assert (await me(client, issuer.token())).status_code == 200
    answer = await me(client, issuer.token(**changed))
    assert answer.status_code == 401, answer.text
    assert answer.json()["type"] == "urn:nexus:problem:not-authenticated"


async def test_a_signature_that_anybody_can_make_opens_nothing(
    client: httpx2.AsyncClient, issuer: Issuer, ada: None
) -> None:
    good = issuer.token()
    head, body, mark = good.split(".")
    public = private_key(1).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    hs256 = f"{b64(json.dumps({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'key-1'}).encode())}.{body}"
    none = b64(json.dumps({"alg": "none", "typ": "at+jwt", "kid": "key-1"}).encode())
    admin = b64(json.dumps(issuer.claims(sub="admin")).encode())
    for token in (
        f"{hs256}.{b64(hmac.digest(pem, hs256.encode(), 'sha256'))}",
        f"{none}.{body}.",
        f"{none}.{body}.{mark}",
        f"{head}.{admin}.{mark}",
        f"{head}.{body}.",
        f"{head}.{body}",
        "..",
        "é.é.é",
        f"{head}.{b64(b'[]')}.{mark}",
        f"{b64(b'7')}.{body}.{mark}",
    ):
        answer = await client.get("/api/me", headers=[(b"Authorization", f"Bearer {token}".encode())])
        assert answer.status_code == 401, token
    assert (await me(client, good)).status_code == 200


@pytest.mark.parametrize("trusted", [{"types": ["jwt"]}])
async def test_id_tokens_of_our_own_sign_in_open_nothing(
    client: httpx2.AsyncClient, db: Database, issuer: Issuer, world: World
) -> None:
    """As the same provider makes them for our client, replayed as access tokens."""
    base = issuer.entra.url
    await know(db, f"{base}/plain", world.manager, world.acme, ADA.subject)
    assert (await me(client, issuer.token({"typ": "JWT"}, sub=ADA.subject))).status_code == 200
    for nonce, audience in (("n", CLIENT), (None, CLIENT), ("n", AUDIENCE), ("n", [CLIENT, AUDIENCE])):
        person = replace(ADA, claims={"aud": audience})
        token = id_token(person, base=base, authority="plain", nonce=nonce, fault="", key=1)
        assert (await me(client, token)).status_code == 401, (nonce, audience)


async def test_our_own_tokens_go_on_and_prove_nothing_as_the_issuers(
    app: FastAPI, client: httpx2.AsyncClient, issuer: Issuer, ada: None
) -> None:
    assert (await client.get("/api/me", headers=await sign_in(client, "user@acme.test"))).status_code == 200
    forged = jwt.encode(issuer.claims(iss="nexus", aud="nexus-api"), private_key(1), algorithm="RS256")
    assert (await me(client, forged)).status_code == 401
    assert issuer.entra.asked("keys") == 0


async def test_keys_rotate_and_nonsense_keys_make_us_call_seldom(
    client: httpx2.AsyncClient, issuer: Issuer, ada: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await me(client, issuer.token())).status_code == 200
    for _ in range(5):
        assert (await me(client, issuer.token({"kid": "key-99"}))).status_code == 401
    assert issuer.entra.asked("keys") == 1
    issuer.entra.rotate()
    issuer.entra.rotate()
    assert (await me(client, issuer.token())).status_code == 401, "within half a minute of the last look"
    for keys in (verifier._keys for verifier in verifiers(client)):
        keys._tried_at = float("-inf")
    assert (await me(client, issuer.token())).status_code == 200
    assert issuer.entra.asked("keys") == 2
    assert (await me(client, issuer.token({"kid": "key-1"}, key=1))).status_code == 401, "its key was taken back"


def verifiers(client: httpx2.AsyncClient) -> Any:
    transport: Any = client._transport
    return transport.app.state.resources[TrustedIssuers]._verifiers.values()


async def test_an_issuer_that_is_away_is_said_and_left_alone(
    client: httpx2.AsyncClient, issuer: Issuer, ada: None
) -> None:
    issuer.entra.fault = "away"
    answers = await asyncio.gather(*(me(client, issuer.token()) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {503}
    assert "Try again later" in answers[0].text
    assert issuer.entra.asked("openid-configuration") == 1
    issuer.entra.fault = ""
    for keys in (verifier._keys for verifier in verifiers(client)):
        keys._tried_at = float("-inf")
    assert (await me(client, issuer.token())).status_code == 200
    issuer.entra.fault = "away"
    assert (await me(client, issuer.token())).status_code == 200, "its keys are known"


async def test_an_issuer_that_calls_itself_otherwise_is_not_believed(
    client: httpx2.AsyncClient, issuer: Issuer, ada: None
) -> None:
    issuer.entra.fault = "other-issuer"
    assert (await me(client, issuer.token())).status_code == 503


async def test_nobody_is_found_by_address_unless_the_settings_say_so(
    client: httpx2.AsyncClient, issuer: Issuer, world: World
) -> None:
    token = issuer.token(sub="new", email="user@acme.test", email_verified=True)
    answer = await me(client, token)
    assert (answer.status_code, "nobody active here" in answer.text) == (401, True)


@pytest.mark.parametrize("trusted", [{"email_domains": ["Acme.test"]}])
async def test_a_verified_address_of_the_named_domain_finds_its_person(
    client: httpx2.AsyncClient, db: Database, issuer: Issuer, world: World, entra: EntraDouble
) -> None:
    async def status(**claims: Any) -> int:
        return (await me(client, issuer.token(**{"sub": "new", "email_verified": True} | claims))).status_code

    assert await status(email="User@acme.test") == 200
    assert await status(email="user@acme.test", email_verified=None) == 401
    assert await status(email="user@acme.test", email_verified="true") == 401
    assert await status(email="user@evil.acme.test") == 401
    assert await status(email="user@acme.test@acme.test") == 401
    assert await status(email="user@other.test") == 401
    await know(db, f"{entra.url}/plain", None, world.acme, "waiting")
    await know(db, f"{entra.url}/plain", world.other_user, world.other, "elsewhere")
    assert await status(email="user@acme.test", sub="waiting") == 401, "an administrator has to decide"
    assert await status(email="user@acme.test", sub="elsewhere") == 401, "that one is somebody else"


@pytest.mark.parametrize(
    ("trusted", "opens"), [({"tenant": "Other"}, "other"), ({"tenant": ""}, "acme"), ({"tenant": "No"}, "")]
)
async def test_an_issuer_names_people_of_its_tenant_alone(
    client: httpx2.AsyncClient, db: Database, issuer: Issuer, world: World, entra: EntraDouble, opens: str
) -> None:
    await know(db, f"{entra.url}/plain", world.other_user, world.other)
    await know(db, f"{entra.url}/plain", world.user, world.acme, "of-acme")
    for subject, tenant in (("ada", "other"), ("of-acme", "acme")):
        assert (await me(client, issuer.token(sub=subject))).status_code == (200 if tenant == opens else 401)


@pytest.mark.parametrize(
    "trusted", [{"subject_claim": "oid", "tenant_claim": "tid", "types": ["JWT"], "algorithms": ["RS256", "ES256"]}]
)
async def test_entras_people_are_known_by_tenant_and_object(
    client: httpx2.AsyncClient, db: Database, issuer: Issuer, world: World, entra: EntraDouble
) -> None:
    await know(db, f"{entra.url}/plain", world.user, world.acme, "object", "directory")
    header = {"typ": "JWT"}
    assert (await me(client, issuer.token(header, oid="object", tid="directory"))).status_code == 200
    wrong: list[Claims] = [{"oid": "object"}, {"oid": "object", "tid": "another"}, {"tid": "directory"}]
    for claims in wrong:
        assert (await me(client, issuer.token(header, **claims))).status_code == 401


async def test_it_costs_one_query(app: FastAPI, db: Database, issuer: Issuer, ada: None) -> None:
    found = app.state.resources
    used = {"tokens": found[Tokens], "operator": found[OperatorToken], "issuers": found[TrustedIssuers]}
    statements: list[str] = []
    event.listen(db.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    credential = await read_credential(issuer.token(), None, **used)
    async with db.read() as session:
        await load_principal(session, credential)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


async def test_a_stream_ends_with_the_token_and_with_its_person(
    app: FastAPI, db: Database, issuer: Issuer, world: World, ada: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = app.state.resources

    async def opened(token: str) -> Any:
        used = {"tokens": found[Tokens], "operator": found[OperatorToken], "issuers": found[TrustedIssuers]}
        return still_signed_in(db, await read_credential(token, None, **used))

    monkeypatch.setattr("nexus.providers.oidc.access_token.LEEWAY_SECONDS", 0)
    short, long = await opened(issuer.token(exp=int(time.time()) + 2)), await opened(issuer.token())
    assert await short()
    await asyncio.sleep(2)
    assert not await short()
    assert await long()
    async with db.write() as session:
        await session.execute(update(User).where(User.id == world.manager).values(active=False))
    assert not await long()


async def test_an_administrator_says_whom_an_issuer_means(
    client: httpx2.AsyncClient, db: Database, issuer: Issuer, world: World, entra: EntraDouble
) -> None:
    admin, body = await sign_in(client, "admin@acme.test"), {"issuer": f"{entra.url}/plain", "subject": "ada"}

    async def say(headers: dict[str, str], **changed: object) -> httpx2.Response:
        sent = body | {"user_id": str(world.manager)} | changed
        return await client.post("/api/external-identities", headers=headers, json=sent)

    assert (await me(client, issuer.token())).status_code == 401
    made = await say(admin)
    assert made.status_code == 201, made.text
    assert (await me(client, issuer.token())).json()["user"]["id"] == str(world.manager)
    assert (await say(admin, user_id=str(world.user))).status_code == 409
    assert (await say(admin, subject="b", issuer="https://elsewhere.test")).status_code == 422
    assert (await say(admin, subject="b", user_id=str(world.other_user))).status_code == 404
    assert (await say(admin, subject="b", user_id=str(world.founder))).status_code == 403
    assert (await say(await sign_in(client, "user@acme.test"), subject="b")).status_code == 403
    # The issuer names nobody of theirs, so they have nothing to say.
    other = await say(await sign_in(client, "admin@other.test"), subject="b", user_id=str(world.other_user))
    assert other.status_code == 422
    async with db.read() as session:
        linked = select(AuditEvent).where(AuditEvent.action == "external_identity.linked")
        (told,) = (await session.scalars(linked)).all()
    assert (told.actor_id, told.details["subject"]) == (world.admin, "ada")
    gone = await client.delete(f"/api/external-identities/{made.json()['id']}", headers=admin)
    assert gone.status_code == 204
    assert (await me(client, issuer.token())).status_code == 401

"""People and ID tokens for the identity provider of the tests, as Entra makes them; or wrong in one way, by `fault`."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

TENANT = "11111111-aaaa-4bbb-8ccc-000000000001"
OTHER_TENANT = "22222222-aaaa-4bbb-8ccc-000000000002"
CLIENT = "33333333-aaaa-4bbb-8ccc-000000000003"
SECRET = "entra-secret~with+signs/and=more"
TEXT = "AADSTS-provider-internal-text"
"""Stands in every error of the provider: no page of ours may repeat it."""
OVERAGE = 200

Claims = dict[str, Any]
_CLAIM_FAULTS: dict[str, Callable[[Claims], Any]] = {
    "wrong-tenant": lambda claims: claims.update(
        tid=OTHER_TENANT, iss=claims["iss"].replace(str(claims["tid"]), OTHER_TENANT)
    ),
    "wrong-issuer": lambda claims: claims.update(iss=f"{claims['iss']}/"),
    "other-tenants-issuer": lambda claims: claims.update(iss=claims["iss"].replace(TENANT, OTHER_TENANT)),
    "wrong-audience": lambda claims: claims.update(aud=OTHER_TENANT),
    "audience-among-others": lambda claims: claims.update(aud=[CLIENT, OTHER_TENANT]),
    "audience-list": lambda claims: claims.update(aud=[CLIENT]),
    "authorized-other": lambda claims: claims.update(azp=OTHER_TENANT),
    "expired": lambda claims: claims.update(exp=claims["iat"] - 600),
    "not-yet": lambda claims: claims.update(nbf=claims["iat"] + 600),
    "from-the-future": lambda claims: claims.update(iat=claims["iat"] + 600),
    "no-exp": lambda claims: claims.pop("exp"),
    "no-nbf": lambda claims: claims.pop("nbf"),
    "no-iat": lambda claims: claims.pop("iat"),
    "no-nonce": lambda claims: claims.pop("nonce"),
    "other-nonce": lambda claims: claims.update(nonce="another"),
    "version-1": lambda claims: claims.update(ver="1.0"),
    "no-oid": lambda claims: claims.pop("oid"),
    "no-tid": lambda claims: claims.pop("tid"),
}


@dataclass(frozen=True)
class Person:
    login: str
    oid: str
    name: str = "Ada Byron"
    email: str = ""
    tenant: str = TENANT
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    profile: dict[str, str] = field(default_factory=dict[str, str])
    """Known to Graph alone."""
    claims: Claims = field(default_factory=dict[str, Any])
    """Beside, or in the place of, those of every token."""
    sid: str = "session-of-ada"

    @property
    def subject(self) -> str:
        """Pairwise: another one for each application."""
        return hashlib.sha256(f"{self.oid} {CLIENT}".encode()).hexdigest()[:43]


def oid(number: int) -> str:
    return f"44444444-aaaa-4bbb-8ccc-{number:012d}"


@cache
def private_key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def id_token(person: Person, *, base: str, authority: str, nonce: str | None, fault: str, key: int) -> str:
    """Signed with key number `key`, or as the fault wants it."""
    moment = int(time.time())
    claims: Claims = {"aud": CLIENT, "iat": moment, "nbf": moment, "exp": moment + 3600, "sub": person.subject}
    if nonce:
        claims["nonce"] = nonce
    if authority == "plain":
        claims |= {"iss": f"{base}/plain", "sid": person.sid}
        del claims["nbf"]
    else:
        claims |= {
            "iss": f"{base}/{person.tenant}/v2.0",
            "tid": person.tenant,
            "oid": person.oid,
            "ver": "2.0",
            "name": person.name,
            "preferred_username": person.email or person.login,
            "sid": person.sid,
            "login_hint": f"O.{person.login}",
            "uti": secrets.token_urlsafe(16),
        }
        if person.roles:
            claims["roles"] = list(person.roles)
        if len(person.groups) > OVERAGE:
            claims["_claim_names"] = {"groups": "src1"}
            source = f"{base}/stolen/{person.oid}/getMemberObjects"
            claims["_claim_sources"] = {"src1": {"endpoint": source}}
        elif person.groups:
            claims["groups"] = list(person.groups)
    claims |= person.claims
    if change := _CLAIM_FAULTS.get(fault):
        change(claims)
    return _sign(claims, fault, key)


def _sign(claims: Claims, fault: str, key: int) -> str:
    number = 99 if fault in {"foreign-key", "unknown-kid"} else key
    kid = "key-99" if fault == "unknown-kid" else f"key-{key}"
    if fault == "alg-none":
        return _joined({"alg": "none", "typ": "JWT", "kid": kid}, claims, lambda _: b"")
    if fault == "hs256":
        public = private_key(number).public_key()
        pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        header = {"alg": "HS256", "typ": "JWT", "kid": kid}
        return _joined(header, claims, lambda text: hmac.digest(pem, text, "sha256"))
    algorithm = "RS512" if fault == "other-algorithm" else "RS256"
    token = jwt.encode(claims, private_key(number), algorithm=algorithm, headers={"kid": kid})
    if fault == "forged":
        head, _, mark = token.split(".")
        return f"{head}.{b64(json.dumps(claims | {'oid': oid(666)}).encode())}.{mark}"
    return token


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _joined(header: Claims, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{text}.{b64(sign(text.encode()))}"

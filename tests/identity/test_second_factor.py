"""The second factor: set up, asked for, replaced by recovery codes, required, and worth nothing to whoever guesses."""

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI
from sqlalchemy import select, update

from factories import PASSWORD, World, cheap_passwords, make_world, sign_in
from identity.phone import Headers, Phone, Time, bearer, give, login, set_up
from nexus.core.db import Database
from nexus.core.secrets import SealingKey, SecretBox
from nexus.core.settings import Settings
from nexus.identity import sign_in as door
from nexus.identity import two_steps
from nexus.identity.errors import ChallengeSpentError, NexusError, WrongCodeError
from nexus.identity.login_sessions import SignedIn, Visitor
from nexus.identity.models import LoginChallenge, RecoveryCode, SecondFactor, Tenant, User
from nexus.identity.throttle import LoginThrottle
from nexus.identity.tokens import Tokens, token_hash
from nexus.identity.two_steps import Challenge, Door

pytest_plugins = ("servers",)

USER = "user@acme.test"


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    return Phone(Time(monkeypatch))


@pytest.fixture
async def user(client: httpx2.AsyncClient, world: World) -> Headers:
    return await sign_in(client, USER)


async def require(client: httpx2.AsyncClient, headers: Headers, policy: str) -> httpx2.Response:
    return await client.patch("/api/tenant-settings", headers=headers, json={"second_factor": policy})


async def test_it_is_set_up_by_its_first_code_and_asked_for_from_then_on(
    client: httpx2.AsyncClient, phone: Phone, user: Headers
) -> None:
    assert (await client.get("/api/me/second-factor", headers=user)).json()["on"] is False
    begun = (await client.post("/api/me/second-factor", headers=user, json={"password": PASSWORD})).json()
    address = urlsplit(begun["uri"])
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query) == {"secret": [begun["secret"]], "issuer": ["Nexus"]}
    assert begun["qr_code"].startswith("data:image/svg+xml")
    assert "access_token" in await login(client, USER), "it counts only once it is confirmed"
    phone.secret = begun["secret"]
    wrong = await client.post("/api/me/second-factor/confirm", headers=user, json={"code": "000000"})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:nexus:problem:wrong-code")
    right = await client.post("/api/me/second-factor/confirm", headers=user, json={"code": f" {phone.code()[:3]} "})
    assert right.status_code == 422
    right = await client.post("/api/me/second-factor/confirm", headers=user, json={"code": phone.code()})
    assert len(set(right.json()["recovery_codes"])) == 10
    state = (await client.get("/api/me/second-factor", headers=user)).json()
    assert (state["on"], state["recovery_codes_left"], state["required"]) == (True, 10, False)

    phone.wait()
    step = await login(client, USER)
    assert step["step"] == "verify"
    assert "access_token" not in step
    signed_in = await give(client, step["challenge"], phone.code())
    assert (await client.get("/api/me", headers=bearer(signed_in))).status_code == 200


async def test_the_half_way_in_can_do_nothing_else(
    client: httpx2.AsyncClient, phone: Phone, user: Headers, world: World
) -> None:
    await set_up(client, phone, user)
    client.cookies.clear()
    challenge = (await login(client, USER))["challenge"]
    assert not client.cookies
    assert (await client.get("/api/me", headers={"Authorization": f"Bearer {challenge}"})).status_code == 401
    for path in ("enrolment", "enrolment/confirm"):
        body = {"challenge": challenge} | ({"code": phone.code()} if path != "enrolment" else {})
        answer = await client.post(f"/api/auth/second-factor/{path}", json=body)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:nexus:problem:challenge-spent")


async def test_a_code_is_taken_once_and_an_older_one_not_after_it(
    client: httpx2.AsyncClient, phone: Phone, user: Headers
) -> None:
    await set_up(client, phone, user)
    used, older = phone.code(), phone.code(-1)
    assert (await give(client, (await login(client, USER))["challenge"], used)).status_code == 200
    again = (await login(client, USER))["challenge"]
    for code in (used, older):
        assert (await give(client, again, code)).status_code == 422
    phone.wait()
    assert (await give(client, again, phone.code())).status_code == 200
    assert (await give(client, again, phone.code())).status_code == 401, "so is a challenge"


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 200), (0, 200), (1, 200), (2, 422)])
async def test_clocks_may_be_half_a_minute_apart(
    client: httpx2.AsyncClient, phone: Phone, user: Headers, steps: int, status: int
) -> None:
    await set_up(client, phone, user)
    phone.wait(3)
    challenge = (await login(client, USER))["challenge"]
    assert (await give(client, challenge, phone.code(steps))).status_code == status


async def test_a_challenge_is_good_for_five_tries(client: httpx2.AsyncClient, phone: Phone, user: Headers) -> None:
    await set_up(client, phone, user)
    challenge = (await login(client, USER))["challenge"]
    for _ in range(5):
        assert (await give(client, challenge, "12345x")).status_code == 422
    spent = await give(client, challenge, phone.code())
    assert (spent.status_code, spent.json()["type"]) == (401, "urn:nexus:problem:challenge-spent")
    unknown = await give(client, "made-up", phone.code())
    assert (unknown.status_code, unknown.json()["detail"]) == (401, spent.json()["detail"])


async def test_a_challenge_ends_with_its_time_and_with_the_password(
    client: httpx2.AsyncClient, db: Database, phone: Phone, user: Headers, world: World
) -> None:
    await set_up(client, phone, user)
    late = (await login(client, USER))["challenge"]
    async with db.write() as session:
        row = await session.get_one(LoginChallenge, token_hash(late))
        assert row.expires_at - row.created_at <= timedelta(minutes=10)
        row.expires_at = row.created_at - timedelta(seconds=1)
    assert (await give(client, late, phone.code())).status_code == 401
    pending = (await login(client, USER))["challenge"]
    change = {"current_password": PASSWORD, "new_password": "velvet-canyon-42"}
    assert (await client.post("/api/me/password", headers=user, json=change)).status_code == 204
    assert (await give(client, pending, phone.code())).status_code == 401
    deactivated = (await login(client, USER, "velvet-canyon-42"))["challenge"]
    async with db.write() as session:
        await session.execute(update(User).where(User.id == world.user).values(active=False))
    assert (await give(client, deactivated, phone.code())).status_code == 401


async def test_a_known_password_does_not_buy_guesses_without_end(
    client: httpx2.AsyncClient, phone: Phone, user: Headers
) -> None:
    await set_up(client, phone, user)
    client.cookies.clear()
    statuses: list[int] = []
    for _ in range(4):
        challenge = (await login(client, USER))["challenge"]
        statuses += [(await give(client, challenge, "12345x")).status_code for _ in range(5)]
    assert statuses[:10] == [422] * 10
    assert set(statuses[10:]) == {429}


async def test_recovery_codes_stand_in_once_each(client: httpx2.AsyncClient, phone: Phone, user: Headers) -> None:
    codes = await set_up(client, phone, user)
    for code, written in ((codes[0], codes[0].lower()), (codes[1], codes[1].replace("-", "  "))):
        assert (await give(client, (await login(client, USER))["challenge"], written)).status_code == 200
        assert (await give(client, (await login(client, USER))["challenge"], code)).status_code == 422
    assert (await client.get("/api/me/second-factor", headers=user)).json()["recovery_codes_left"] == 8
    renewed = await client.post("/api/me/second-factor/recovery-codes", headers=user, json={"password": PASSWORD})
    assert (await give(client, (await login(client, USER))["challenge"], codes[2])).status_code == 422
    fresh = renewed.json()["recovery_codes"][0]
    assert (await give(client, (await login(client, USER))["challenge"], fresh)).status_code == 200


async def test_nothing_readable_is_stored(
    client: httpx2.AsyncClient, db: Database, phone: Phone, user: Headers, world: World
) -> None:
    codes = await set_up(client, phone, user)
    async with db.read() as session:
        factor = await session.get_one(SecondFactor, world.user)
        stored = set((await session.scalars(select(RecoveryCode.code_hash))).all())
    assert phone.secret not in factor.sealed_secret
    assert phone.secret.encode() not in base64.b64decode(factor.sealed_secret.rpartition(".")[2], validate=True)
    assert stored == {token_hash(code.replace("-", "")) for code in codes}


async def test_a_secret_moved_to_another_person_opens_nothing(
    client: httpx2.AsyncClient, db: Database, phone: Phone, user: Headers, world: World
) -> None:
    await set_up(client, phone, user)
    async with db.write() as session:
        await session.execute(update(SecondFactor).values(user_id=world.manager))
    challenge = (await login(client, "manager@acme.test"))["challenge"]
    assert (await give(client, challenge, phone.code())).status_code == 422


async def test_a_secret_of_the_former_scheme_still_opens(
    client: httpx2.AsyncClient, db: Database, phone: Phone, user: Headers, world: World, settings: Settings
) -> None:
    """Sealed under a key from the installation's secret, before keys could be changed."""
    await set_up(client, phone, user)
    secret = (settings.data_dir / "secrets" / "secret.key").read_bytes()
    cipher = AESGCM(hmac.digest(secret, b"nexus 1: sealed secrets", "sha256"))
    sealed = cipher.encrypt(bytes(12), phone.secret.encode(), f"second factor of {world.user.hex}".encode())
    async with db.write() as session:
        await session.execute(update(SecondFactor).values(sealed_secret=base64.b64encode(bytes(12) + sealed).decode()))
    challenge = (await login(client, USER))["challenge"]
    assert (await give(client, challenge, phone.code(1))).status_code == 200


async def test_a_borrowed_screen_turns_nothing_on_or_off(
    client: httpx2.AsyncClient, phone: Phone, user: Headers
) -> None:
    body = {"password": "not this one"}
    assert (await client.post("/api/me/second-factor", headers=user, json=body)).status_code == 422
    await set_up(client, phone, user)
    for path in ("", "/off", "/recovery-codes"):
        assert (await client.post(f"/api/me/second-factor{path}", headers=user, json=body)).status_code == 422
    again = await client.post("/api/me/second-factor", headers=user, json={"password": PASSWORD})
    assert again.status_code == 409
    off = await client.post("/api/me/second-factor/off", headers=user, json={"password": PASSWORD})
    assert off.status_code == 204
    assert "access_token" in await login(client, USER)


class TestPolicy:
    async def test_nobody_gets_in_without_setting_one_up(
        self, client: httpx2.AsyncClient, phone: Phone, user: Headers, world: World
    ) -> None:
        admin = await sign_in(client, "admin@acme.test")
        refused = await require(client, admin, "everybody")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:nexus:problem:second-factor")
        await set_up(client, phone, admin)
        assert (await require(client, admin, "everybody")).status_code == 200
        assert (await client.get("/api/me", headers=admin)).status_code == 200
        assert (await client.get("/api/me", headers=user)).status_code == 401, "who has none is signed out"

        step = await login(client, USER)
        assert step["step"] == "enrol"
        assert (await give(client, step["challenge"], "123456")).status_code == 401
        own = phone.another()
        begun = await client.post("/api/auth/second-factor/enrolment", json={"challenge": step["challenge"]})
        own.secret = begun.json()["secret"]
        path = "/api/auth/second-factor/enrolment/confirm"
        wrong = await client.post(path, json={"challenge": step["challenge"], "code": "12345x"})
        assert wrong.status_code == 422
        done = await client.post(path, json={"challenge": step["challenge"], "code": own.code()})
        assert len(done.json()["recovery_codes"]) == 10
        headers = bearer(done)
        assert (await client.get("/api/me", headers=headers)).status_code == 200
        off = await client.post("/api/me/second-factor/off", headers=headers, json={"password": PASSWORD})
        assert off.status_code == 409
        assert (await client.get("/api/me/second-factor", headers=headers)).json()["required"] is True

    async def test_it_follows_the_role(
        self, client: httpx2.AsyncClient, phone: Phone, user: Headers, world: World
    ) -> None:
        admin = await sign_in(client, "admin@acme.test")
        await set_up(client, phone, admin)
        assert (await require(client, admin, "administrators")).status_code == 200
        assert (await client.get("/api/me", headers=user)).status_code == 200
        change = {"role": "admin"}
        assert (await client.patch(f"/api/users/{world.user}", headers=admin, json=change)).status_code == 200
        assert (await client.get("/api/me", headers=user)).status_code == 401
        assert (await login(client, USER))["step"] == "enrol"
        assert "access_token" in await login(client, "manager@acme.test")

    async def test_it_is_each_tenants_own(self, client: httpx2.AsyncClient, phone: Phone, world: World) -> None:
        other = await sign_in(client, "user@other.test")
        admin = await sign_in(client, "admin@acme.test")
        await set_up(client, phone, admin)
        await require(client, admin, "everybody")
        assert (await client.get("/api/me", headers=other)).status_code == 200
        theirs = await client.get("/api/tenant-settings", headers=await sign_in(client, "admin@other.test"))
        assert theirs.json()["second_factor"] == "optional"

    async def test_only_administrators_see_and_set_it(self, client: httpx2.AsyncClient, user: Headers) -> None:
        assert (await client.get("/api/tenant-settings", headers=user)).status_code == 403
        assert (await require(client, user, "everybody")).status_code == 403

    async def test_a_lost_telephone_is_an_administrators_matter(
        self, client: httpx2.AsyncClient, phone: Phone, user: Headers, world: World
    ) -> None:
        await set_up(client, phone, user)
        admin = await sign_in(client, "admin@acme.test")
        listed = (await client.get("/api/users", headers=admin, params={"q": USER})).json()["items"]
        assert [row["second_factor"] for row in listed] == [True]
        path = f"/api/users/{world.user}/second-factor"
        assert (await client.delete(path, headers=user)).status_code == 403
        assert (await client.delete(path, headers=admin)).status_code == 204
        assert (await client.get("/api/me", headers=user)).status_code == 401
        assert "access_token" in await login(client, USER)
        own = await client.delete(f"/api/users/{world.admin}/second-factor", headers=admin)
        founder = await client.delete(f"/api/users/{world.founder}/second-factor", headers=admin)
        assert (own.status_code, founder.status_code) == (409, 403)


async def all_of(attempts: list[Callable[[], Awaitable[object]]]) -> list[type[object]]:
    async def outcome(attempt: Callable[[], Awaitable[object]]) -> type[object]:
        try:
            return type(await attempt())
        except NexusError as error:
            return type(error)

    return await asyncio.gather(*(outcome(attempt) for attempt in attempts))


async def test_one_code_at_once_lets_one_in_on_both_databases(database: Database, phone: Phone) -> None:
    passwords, box, tokens = cheap_passwords(), SecretBox([SealingKey.of(b"s", "a test")]), Tokens(b"s")
    world = await make_world(database, passwords)
    room = Door(database, tokens, box, LoginThrottle(codes=(1000, 1000)))

    async def challenge() -> str:
        got = await door.sign_in(database, passwords, tokens, email=USER, password=PASSWORD, visitor=Visitor())
        assert isinstance(got, Challenge)
        return got.token

    async with database.write() as session:
        await session.execute(update(Tenant).where(Tenant.id == world.acme).values(second_factor="everybody"))
    first = await challenge()
    phone.secret = (await two_steps.enrol(room, token=first)).secret
    await two_steps.confirm(room, token=first, code=phone.code(), visitor=Visitor())
    phone.wait()
    code = phone.code()
    challenges = [await challenge() for _ in range(4)]
    outcomes = await all_of(
        [lambda token=token: two_steps.verify(room, token=token, code=code, visitor=Visitor()) for token in challenges]
    )
    assert sorted(each.__name__ for each in outcomes) == sorted(["SignedIn", *[WrongCodeError.__name__] * 3])
    # Many tries at once are no more than one after the other.
    phone.wait()
    token = await challenge()
    guesses = await all_of(
        [lambda: two_steps.verify(room, token=token, code="12345x", visitor=Visitor()) for _ in range(9)]
    )
    assert guesses.count(WrongCodeError) == two_steps.TRIES
    assert guesses.count(ChallengeSpentError) == 9 - two_steps.TRIES
    assert SignedIn not in guesses
    passwords.close()


async def test_the_timing_of_a_wrong_password_does_not_tell_of_a_second_factor(
    app: FastAPI, client: httpx2.AsyncClient, phone: Phone, user: Headers
) -> None:
    """The same refusal by the same work: what follows a right password is not begun."""
    await set_up(client, phone, user)
    refused = [
        await client.post("/api/auth/login", json={"email": email, "password": "wrong-password"})
        for email in (USER, "manager@acme.test")
    ]
    assert refused[0].status_code == 401
    assert {answer.json()["detail"] for answer in refused} == {refused[0].json()["detail"]}

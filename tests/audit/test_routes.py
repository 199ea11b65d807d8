"""Every route that changes something records it, or is excused with a reason; and who may read the log."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from pyotp.totp import TOTP
from sqlalchemy import update

from attaching import attach
from hub import Company, Hub, Person, told
from nexus.access.principal import Role
from nexus.agents.models import McpTool
from nexus.audit.acts import INSTALLATION, Action
from nexus.audit.verification import verify
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.ids import new_id
from nexus.core.jobs.models import Job
from nexus.core.migrate import migrate
from nexus.core.settings import Settings, load_settings
from nexus.identity.login_sessions import Visitor
from nexus.identity.models import ExternalIdentity, LoginSession
from nexus.identity.passwords import PasswordHasher
from nexus.identity.sign_in import ensure_first_start

EXCUSED = {
    "POST /api/setup": "recorded; there is one first start, which test_the_first_start_is_recorded makes",
    "POST /api/auth/forgotten": "recorded by the job that sends the link, in tests/identity/test_mailing.py",
    "POST /api/auth/developer": "recorded; it takes a setting, which tests/identity/test_developer.py has",
    "POST /api/external-identities": "recorded; it takes a trusted issuer, which tests/identity has",
    "POST /api/tool-servers/{server_id}/connection": "recorded; it takes an authorization server, as tests/chat has",
    "POST /api/tool-connections": "recorded; it takes an authorization server, as tests/chat has",
    "POST /api/search": "a question changes nothing; what people ask is theirs",
    "POST /api/ask": "a question; what people ask is theirs",
    "POST /api/ask/stream": "a question; what people ask is theirs",
    "POST /api/runs": "a question; what people ask is theirs",
    "POST /api/runs/{run_id}/cancel": "stops one's own answer",
    "POST /api/runs/{run_id}/answer-now": "one's own answer waits no longer",
    "POST /api/conversations": "a place for one's own question, which nobody sees before it is asked",
    "POST /api/runs/{run_id}/approvals/{step}": "one's own answer goes on, or not",
    "POST /api/runs/{run_id}/regenerate": "one's own question again",
    "POST /api/research": "a question; what people ask is theirs",
    "POST /api/research/{research_id}/start": "one's own question",
    "POST /api/research/{research_id}/continue": "one's own question again",
    "PATCH /api/conversations/{conversation_id}": "names and pins one's own conversation",
    "POST /api/conversation-folders": "arranges one's own conversations",
    "PATCH /api/conversation-folders/{folder_id}": "arranges one's own conversations",
    "DELETE /api/conversation-folders/{folder_id}": "arranges one's own conversations, which all stay",
    "PUT /api/messages/{message_id}/feedback": "an opinion, kept with the answer",
    "DELETE /api/messages/{message_id}/feedback": "an opinion, taken back",
    "POST /api/knowledge-bases/{knowledge_base_id}/uploads": "announces a file; what it becomes is recorded",
    "DELETE /api/uploads/{upload_id}": "one's own file goes on no further, and never was a document",
    "POST /api/index/checks": "looks at everything, and changes nothing",
    "POST /api/prompts/knowledge/trial": "a question of one's own, answered once and kept nowhere",
    "POST /api/model-providers/{provider_id}/test": "a call of which nothing is kept",
    "POST /api/model-settings/test": "a call of which nothing is kept",
}
"""Writing routes without an event."""
RECORDED_READS = {
    "GET /api/documents/{document_id}/original",
    "GET /api/knowledge-bases/{knowledge_base_id}/access",
    "GET /api/documents/{document_id}/access",
    "GET /api/conversations/{conversation_id}/export",
    "GET /api/messages/{message_id}/export",
}
PASSWORD, NEXT_PASSWORD, LAST_PASSWORD = "plum-orbit-lantern", "walnut-river-canvas", "copper-meadow-violin"


@dataclass
class Story:
    """Acts one after the other, and after each what is new in the log."""

    admin: Person
    company: Company
    done: set[str] = field(default_factory=set[str])
    actions: set[str] = field(default_factory=set[str])
    seen: int = 0

    async def new(self) -> list[Any]:
        """Oldest first."""
        page = await self.admin.get("/audit-events", limit=200)
        found = [one for one in reversed(page["items"]) if one["sequence"] > self.seen]
        self.seen = max([self.seen, *(one["sequence"] for one in found)])
        return found

    async def tells(self, operation: str, *actions: Action) -> list[Any]:
        """`operation` was just called; exactly these acts must have been recorded."""
        found = await self.new()
        assert [one["action"] for one in found] == list(actions), operation
        self.done.add(operation)
        self.actions |= {one["action"] for one in found}
        return found


@pytest.fixture
async def story(company: Company) -> Story:
    return Story(company.admin, company)


@pytest.fixture
async def browser(hub: Hub) -> AsyncGenerator[httpx2.AsyncClient, None]:
    headers = {"Origin": hub.url, "X-Nexus-Request": "1", "User-Agent": "Lynx 2.9"}
    async with httpx2.AsyncClient(base_url=hub.url, headers=headers) as client:
        yield client


def writing(hub: Hub) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, item in hub.app.openapi()["paths"].items()
        for method in item
        if method != "get"
    }


async def test_every_writing_route_records_what_it_does(hub: Hub, story: Story, browser: httpx2.AsyncClient) -> None:
    await sign_ins(hub, story, browser)
    await people(story)
    await second_factors(story, browser)
    await links_and_rules(story, browser)
    await identities(hub, story)
    await structure(story)
    await provisioning(story)
    await language_models(story)
    await tools(hub, story)
    await jobs(hub, story)
    await agents(story)
    shelf, document = await knowledge(story)
    await reading(story, shelf, document)
    await conversations(story)
    await reviewing(story)

    assert story.done | set(EXCUSED) == writing(hub) | RECORDED_READS, "say what a new route records, or why not"
    assert not story.done & set(EXCUSED)
    elsewhere = {Action.SET_UP, Action.DEMO_SEEDED, Action.RESET_LINK_MAILED, Action.SECRETS_ROTATED}
    elsewhere |= {Action.DOCUMENT_INFECTED}  # by a job: tests/ingestion/test_scanning.py
    elsewhere |= {Action.BACKED_UP, Action.RESTORED, Action.MOVED, Action.UPGRADED, Action.FILES_SWEPT}
    elsewhere |= {Action.TOOL_SERVER_CONNECTION_BEGUN, Action.TOOL_SERVER_CONNECTED}
    assert set(Action) - story.actions == elsewhere
    await no_secret_is_in_the_log(hub, story)


async def sign_ins(hub: Hub, story: Story, browser: httpx2.AsyncClient) -> None:
    email = f"ada@{new_id().hex}.test"
    made = await story.admin.post("/users", {"email": email, "name": "Ada", "role": "user", "password": PASSWORD}, 201)
    [created] = await story.tells("POST /api/users", Action.USER_CREATED)
    assert created["actor_id"] == str(story.admin.id)
    assert story.admin.email in created["actor_name"]
    assert created["credential"] == "operator"
    assert (created["target_id"], created["target_name"]) == (made["user"]["id"], "Ada")
    assert created["details"]["role"] == "user"

    async def login(password: str) -> httpx2.Response:
        return await browser.post("/api/auth/login", json={"email": email, "password": password})

    refused = await login("wrong")
    [failed] = await story.tells("POST /api/auth/login", Action.SIGN_IN_FAILED)
    assert (failed["outcome"], failed["actor_id"]) == ("refused", made["user"]["id"])
    assert (failed["ip"], failed["user_agent"]) == ("127.0.0.1", "Lynx 2.9")
    assert failed["request_id"] == refused.headers["x-request-id"] == refused.json()["request_id"]
    token = (await login(PASSWORD)).json()["access_token"]
    [signed_in] = await story.tells("POST /api/auth/login", Action.SIGNED_IN)
    assert (signed_in["credential"], signed_in["outcome"]) == ("password", "done")

    first = dict(browser.cookies)
    assert (await browser.post("/api/auth/refresh")).status_code == 200
    await story.tells("POST /api/auth/refresh")
    async with hub.database() as db, db.write() as session:
        aged = update(LoginSession).where(LoginSession.user_id == UUID(made["user"]["id"]))
        await session.execute(aged.values(rotated_at=LoginSession.rotated_at, created_at=_ago(5)))
        await session.execute(aged.values(rotated_at=_ago(2)))
    browser.cookies.clear()
    spent = await browser.post("/api/auth/refresh", headers={"Cookie": "; ".join(f"{k}={v}" for k, v in first.items())})
    assert spent.status_code == 401
    [reused] = await story.tells("POST /api/auth/refresh", Action.REFRESH_REUSED)
    assert (reused["outcome"], reused["target_kind"]) == ("refused", "login_session")

    token = (await login(PASSWORD)).json()["access_token"]
    await story.new()
    headers = {"Authorization": f"Bearer {token}"}

    async def change(current: str) -> None:
        body = {"current_password": current, "new_password": NEXT_PASSWORD}
        await browser.post("/api/me/password", json=body, headers=headers)

    await change("wrong")
    [tried] = await story.tells("POST /api/me/password", Action.PASSWORD_CHANGED)
    assert (tried["outcome"], tried["credential"]) == ("refused", "session")
    await change(PASSWORD)
    [changed] = await story.tells("POST /api/me/password", Action.PASSWORD_CHANGED)
    assert changed["outcome"] == "done"
    key = (await browser.post("/api/me/api-keys", json={"name": "Report"}, headers=headers)).json()
    [made_key] = await story.tells("POST /api/me/api-keys", Action.API_KEY_CREATED)
    assert (made_key["target_name"], made_key["details"]["scopes"]) == ("Report", ["ask"])
    assert key["secret"] not in str(made_key)
    await browser.delete(f"/api/me/api-keys/{key['key']['id']}", headers=headers)
    await story.tells("DELETE /api/me/api-keys/{api_key_id}", Action.API_KEY_REVOKED)
    assert (await browser.post("/api/auth/logout")).status_code == 204
    await story.tells("POST /api/auth/logout", Action.SIGNED_OUT)
    assert (await browser.post("/api/auth/logout")).status_code == 204
    await story.tells("POST /api/auth/logout")


def _ago(minutes: int) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


async def people(story: Story) -> None:
    admin, operator = story.admin, story.company.operator
    member = str(story.company.member.id)
    await admin.patch(f"/users/{member}", {"role": "content_manager", "group_ids": []})
    [changed] = await story.tells("PATCH /api/users/{user_id}", Action.USER_CHANGED)
    assert changed["details"] == {
        "before": {"role": "user", "group_ids": [str(story.company.group)]},
        "after": {"role": "content_manager", "group_ids": []},
    }
    await admin.patch(f"/users/{member}", {"role": "content_manager"})
    await story.tells("PATCH /api/users/{user_id}")
    await admin.post(f"/users/{member}/password", {"password": LAST_PASSWORD})
    await story.tells("POST /api/users/{user_id}/password", Action.PASSWORD_RESET)
    leaver = (await admin.post("/users", {"email": f"{new_id().hex}@x.test", "name": "Eve", "role": "user"}, 201))[
        "user"
    ]
    await story.new()
    await admin.delete(f"/users/{leaver['id']}")
    [deleted] = await story.tells("DELETE /api/users/{user_id}", Action.USER_DELETED)
    assert deleted["target_name"] == "Eve"

    mark = new_id().hex
    body = {"name": f"Daughter {mark}", "admin": {"email": f"chief@{mark}.test", "name": "Chief"}}
    tenant = (await operator.post("/tenants", body, 201))["tenant"]
    told_here = await story.tells("POST /api/tenants", Action.TENANT_CREATED, Action.USER_CREATED)
    chief = Person(operator.client, f"chief@{mark}.test", new_id())
    told_there = (await chief.get("/audit-events"))["items"]
    assert [one["action"] for one in told_there] == ["user.created", "tenant.created"]
    assert {one["actor_id"] for one in (*told_here, *told_there)} == {str(operator.id)}
    await operator.patch(f"/tenants/{tenant['id']}", {"sign_up": True})
    [changed] = await story.tells("PATCH /api/tenants/{tenant_id}", Action.TENANT_CHANGED)
    assert changed["details"] == {"before": {"sign_up": False}, "after": {"sign_up": True}}
    deputy = {"email": f"deputy@{mark}.test", "name": "Deputy"}
    await operator.post(f"/tenants/{tenant['id']}/administrators", deputy, 201)
    path = "POST /api/tenants/{tenant_id}/administrators"
    await story.tells(path, Action.USER_CREATED, Action.USER_INVITED)
    for act, action in (("suspend", Action.TENANT_SUSPENDED), ("resume", Action.TENANT_RESUMED)):
        await operator.post(f"/tenants/{tenant['id']}/{act}")
        await story.tells(f"POST /api/tenants/{{tenant_id}}/{act}", action)
        await operator.post(f"/tenants/{tenant['id']}/{act}")
        assert await story.new() == []


async def second_factors(story: Story, browser: httpx2.AsyncClient) -> None:
    email = f"{new_id().hex}@x.test"
    made = await story.admin.post("/users", {"email": email, "name": "Lin", "role": "user", "password": PASSWORD}, 201)
    user_id = made["user"]["id"]

    async def call(method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        answer = await browser.request(method, f"/api{path}", json=body, headers=headers)
        return answer.json() if answer.content else None

    async def login() -> Any:
        return await call("POST", "/auth/login", {"email": email, "password": PASSWORD})

    headers = {"Authorization": f"Bearer {(await login())['access_token']}"}
    await story.new()
    at = "POST /api/me/second-factor"
    await call("POST", "/me/second-factor", {"password": "wrong"}, headers)
    [refused] = await story.tells(at, Action.SECOND_FACTOR_ON)
    assert refused["outcome"] == "refused"
    secret = (await call("POST", "/me/second-factor", {"password": PASSWORD}, headers))["secret"]
    await story.tells(at)
    code = TOTP(secret).now()
    codes = (await call("POST", "/me/second-factor/confirm", {"code": code}, headers))["recovery_codes"]
    await story.tells(f"{at}/confirm", Action.SECOND_FACTOR_ON)

    challenge = (await login())["challenge"]
    await story.tells("POST /api/auth/login")
    await call("POST", "/auth/second-factor", {"challenge": challenge, "code": "12345x"})
    [failed] = await story.tells("POST /api/auth/second-factor", Action.SIGN_IN_FAILED)
    assert (failed["outcome"], failed["credential"]) == ("refused", "second_factor")
    await call("POST", "/auth/second-factor", {"challenge": challenge, "code": codes[0]})
    await story.tells("POST /api/auth/second-factor", Action.SIGNED_IN)
    await call("POST", "/me/second-factor/recovery-codes", {"password": PASSWORD}, headers)
    await story.tells(f"{at}/recovery-codes", Action.RECOVERY_CODES_RENEWED)
    await call("POST", "/me/second-factor/off", {"password": PASSWORD}, headers)
    await story.tells(f"{at}/off", Action.SECOND_FACTOR_OFF)

    (other,) = [one["id"] for one in (await call("GET", "/me/sessions", None, headers))["items"] if not one["current"]]
    await call("DELETE", f"/me/sessions/{other}", None, headers)
    [ended] = await story.tells("DELETE /api/me/sessions/{session_id}", Action.SESSION_ENDED)
    assert ended["target_id"] == other
    await call("DELETE", "/me/sessions", None, headers)
    await story.tells("DELETE /api/me/sessions", Action.SESSIONS_ENDED)
    await story.admin.delete(f"/users/{user_id}/sessions")
    await story.tells("DELETE /api/users/{user_id}/sessions", Action.SESSIONS_ENDED)
    await story.admin.delete(f"/users/{user_id}/second-factor")
    [off] = await story.tells("DELETE /api/users/{user_id}/second-factor", Action.SECOND_FACTOR_OFF)
    assert (off["actor_id"], off["target_id"]) == (str(story.admin.id), user_id)

    await story.admin.patch("/tenant-settings", {"second_factor": "everybody"})
    [ruled] = await story.tells("PATCH /api/tenant-settings", Action.TENANT_CHANGED)
    assert ruled["details"] == {"before": {"second_factor": "optional"}, "after": {"second_factor": "everybody"}}
    challenge = (await login())["challenge"]
    begun = await call("POST", "/auth/second-factor/enrolment", {"challenge": challenge})
    await story.tells("POST /api/auth/second-factor/enrolment")
    answer = {"challenge": challenge, "code": TOTP(begun["secret"]).now()}
    await call("POST", "/auth/second-factor/enrolment/confirm", answer)
    operation = "POST /api/auth/second-factor/enrolment/confirm"
    await story.tells(operation, Action.SECOND_FACTOR_ON, Action.SIGNED_IN)
    await story.admin.patch("/tenant-settings", {"second_factor": "optional"})
    await story.new()


async def links_and_rules(story: Story, browser: httpx2.AsyncClient) -> None:
    admin, mark = story.admin, new_id().hex
    invited = await admin.post("/users/invitations", {"email": f"new@{mark}.test", "name": "New"}, 201)
    made = await story.tells("POST /api/users/invitations", Action.USER_CREATED, Action.USER_INVITED)
    user_id = invited["user"]["id"]
    assert {one["target_id"] for one in made} == {user_id}
    link = await admin.post(f"/users/{user_id}/invitation", status=201)
    await story.tells("POST /api/users/{user_id}/invitation", Action.USER_INVITED)
    token = link["url"].partition("#token=")[2]
    assert (await browser.post("/api/auth/link", json={"purpose": "invite", "token": token})).status_code == 200
    await story.tells("POST /api/auth/link")
    await browser.post("/api/auth/invitation", json={"token": token, "name": "New", "password": PASSWORD})
    taken = await story.tells("POST /api/auth/invitation", Action.INVITATION_TAKEN, Action.SIGNED_IN)
    assert {(one["actor_id"], one["credential"]) for one in taken} == {(user_id, "one_time_link")}
    link = await admin.post(f"/users/{user_id}/reset-link", status=201)
    await story.tells("POST /api/users/{user_id}/reset-link", Action.RESET_LINK_ISSUED)
    token = link["url"].partition("#token=")[2]
    await browser.post("/api/auth/password-reset", json={"token": token, "password": NEXT_PASSWORD})
    reset = await story.tells("POST /api/auth/password-reset", Action.PASSWORD_RESET, Action.SIGNED_IN)
    assert reset[0]["actor_id"] == user_id

    await admin.patch("/tenant-settings", {"sign_up": True, "sign_up_domains": [f"{mark}.test"]})
    await story.tells("PATCH /api/tenant-settings", Action.TENANT_CHANGED)
    body = {"email": f"self@{mark}.test", "name": "Self", "password": PASSWORD}
    assert (await browser.post("/api/auth/sign-up", json=body)).status_code == 201
    await story.tells("POST /api/auth/sign-up", Action.SIGNED_UP, Action.SIGNED_IN)
    await admin.patch("/tenant-settings", {"sign_up": False})
    await story.new()


async def identities(hub: Hub, story: Story) -> None:
    """Somebody whom the identity provider sent and nobody knew."""
    came = ExternalIdentity(
        tenant_id=story.company.tenant,
        issuer="https://id.test",
        provider_tenant="",
        subject=new_id().hex,
        email="ada@id.test",
        name="Ada",
    )
    async with hub.database() as db, db.write() as session:
        session.add(came)
    body = {"user_id": str(story.company.member.id)}
    for _ in range(2):
        await story.admin.put(f"/external-identities/{came.id}/user", body, 200)
    [linked] = await story.tells("PUT /api/external-identities/{identity_id}/user", Action.IDENTITY_LINKED)
    assert (linked["target_name"], linked["details"]["user_id"]) == ("Ada", body["user_id"])
    await story.admin.delete(f"/external-identities/{came.id}")
    await story.tells("DELETE /api/external-identities/{identity_id}", Action.IDENTITY_REMOVED)


async def structure(story: Story) -> None:
    admin, member = story.admin, story.company.member.id
    region = (await admin.post("/regions", {"name": "US"}, 201))["id"]
    await story.tells("POST /api/regions", Action.REGION_CREATED)
    await admin.patch(f"/regions/{region}", {"name": "USA"})
    await story.tells("PATCH /api/regions/{region_id}", Action.REGION_CHANGED)
    department = (await admin.post("/departments", {"name": "Law", "region_id": region}, 201))["id"]
    await story.tells("POST /api/departments", Action.DEPARTMENT_CREATED)
    await admin.patch(f"/departments/{department}", {"name": "Legal"})
    [changed] = await story.tells("PATCH /api/departments/{department_id}", Action.DEPARTMENT_CHANGED)
    assert changed["details"] == {"before": {"name": "Law"}, "after": {"name": "Legal"}}
    await admin.delete(f"/departments/{department}")
    await story.tells("DELETE /api/departments/{department_id}", Action.DEPARTMENT_DELETED)
    await admin.delete(f"/regions/{region}")
    await story.tells("DELETE /api/regions/{region_id}", Action.REGION_DELETED)
    group = (await admin.post("/groups", {"name": "Divers"}, 201))["id"]
    await story.tells("POST /api/groups", Action.GROUP_CREATED)
    await admin.patch(f"/groups/{group}", {"name": "Deep divers"})
    await story.tells("PATCH /api/groups/{group_id}", Action.GROUP_CHANGED)
    await admin.put(f"/groups/{group}/members/{member}", None)
    [added] = await story.tells("PUT /api/groups/{group_id}/members/{user_id}", Action.MEMBER_ADDED)
    assert (added["target_name"], added["details"]) == ("Deep divers", {"user_id": str(member)})
    await admin.delete(f"/groups/{group}/members/{member}")
    await story.tells("DELETE /api/groups/{group_id}/members/{user_id}", Action.MEMBER_REMOVED)
    await admin.delete(f"/groups/{group}")
    await story.tells("DELETE /api/groups/{group_id}", Action.GROUP_DELETED)


async def provisioning(story: Story) -> None:
    admin = story.admin
    made = (await admin.post("/scim-tokens", {"name": "Entra"}, 201))["scim_token"]
    [created] = await story.tells("POST /api/scim-tokens", Action.SCIM_TOKEN_CREATED)
    assert (created["target_id"], created["target_name"]) == (made["id"], "Entra")
    await admin.post(f"/scim-tokens/{made['id']}/rotate", {})
    await story.tells("POST /api/scim-tokens/{token_id}/rotate", Action.SCIM_TOKEN_ROTATED)
    await admin.delete(f"/scim-tokens/{made['id']}")
    await story.tells("DELETE /api/scim-tokens/{token_id}", Action.SCIM_TOKEN_REVOKED)
    await admin.patch("/scim-settings", {"take_over_accounts": True})
    [changed] = await story.tells("PATCH /api/scim-settings", Action.SCIM_SETTINGS_CHANGED)
    assert changed["details"] == {"before": {"take_over_accounts": False}, "after": {"take_over_accounts": True}}
    await admin.patch("/scim-settings", {"take_over_accounts": True})
    await story.tells("PATCH /api/scim-settings")


async def language_models(story: Story) -> None:
    admin, at = story.admin, "/api/model-providers/{provider_id}"
    new = {"name": "Frankfurt", "kind": "openai", "new_key": "sk-plum-orbit-lantern"}
    provider = await admin.post("/model-providers", new, 201)
    [created] = await story.tells("POST /api/model-providers", Action.MODEL_PROVIDER_CREATED)
    assert created["details"]["credential"] == "stored"
    change = {"version": 1, "region": "eu-central", "new_key": "sk-walnut-river"}
    provider = await admin.patch(f"/model-providers/{provider['id']}", change)
    [changed] = await story.tells(f"PATCH {at}", Action.MODEL_PROVIDER_CHANGED)
    assert changed["details"]["rekeyed"]
    assert changed["details"]["after"] == {"region": "eu-central"}
    wanted = {"version": 0, "candidates": [{"provider_id": provider["id"], "model": "gpt-4o"}]}
    await admin.put("/model-routes/assistant", wanted, 200)
    [routed] = await story.tells("PUT /api/model-routes/{purpose}", Action.MODEL_ROUTE_CHANGED)
    assert routed["target_name"] == "assistant"
    assert routed["details"]["after"]["candidates"] == wanted["candidates"]
    await admin.post("/prompts/knowledge/versions", {"text": "Be brief.", "changes": 0, "note": "Why."}, 201)
    [written] = await story.tells("POST /api/prompts/{purpose}/versions", Action.PROMPT_WRITTEN)
    assert written["details"] == {"version": 1, "active": True, "note": "Why.", "before": 0}
    await admin.put("/prompts/knowledge/active", {"number": 0, "changes": 1}, 200)
    [back] = await story.tells("PUT /api/prompts/{purpose}/active", Action.PROMPT_ACTIVATED)
    assert back["details"] == {"version": 0, "before": 1}
    await admin.delete("/model-routes/assistant")
    await story.tells("DELETE /api/model-routes/{purpose}", Action.MODEL_ROUTE_DELETED)
    await admin.put("/model-routes/knowledge", wanted, 200)
    await story.new()
    await admin.delete(f"/model-providers/{provider['id']}")
    [deleted] = await story.tells(f"DELETE {at}", Action.MODEL_PROVIDER_DELETED)
    assert deleted["details"] == {"asked_for": ["knowledge"]}


async def agents(story: Story) -> None:
    admin, company = story.admin, story.company
    at, told = "/api/agents/{agent_id}", "/api/agents/{agent_id}/instructions"
    made = await admin.post("/agents", {"name": "Workshop", "instructions": "Be brief."}, 201)
    created = await story.tells("POST /api/agents", Action.AGENT_CREATED, Action.PROMPT_WRITTEN, Action.GRANT_ADDED)
    assert {(one["target_kind"], one["target_name"]) for one in created} == {("agent", "Workshop")}
    path = f"/agents/{made['id']}"
    await admin.patch(path, {"version": 1, "tools": ["today"]})
    [changed] = await story.tells(f"PATCH {at}", Action.AGENT_CHANGED)
    assert changed["details"] == {"before": {"tools": None}, "after": {"tools": ["today"]}}
    await admin.post(f"{path}/instructions/versions", {"changes": 1, "text": "Be kind."}, 201)
    [written] = await story.tells(f"POST {told}/versions", Action.PROMPT_WRITTEN)
    assert (written["target_id"], written["details"]["version"]) == (made["id"], 2)
    await admin.put(f"{path}/instructions/active", {"changes": 2, "number": 1}, 200)
    await story.tells(f"PUT {told}/active", Action.PROMPT_ACTIVATED)
    await admin.put(f"{path}/grants", company.grants["group"], 200)
    await story.tells(f"PUT {at}/grants", Action.GRANT_ADDED)
    await admin.delete(f"{path}/grants/group/{company.group}")
    await story.tells(f"DELETE {at}/grants/{{subject_kind}}/{{subject_id}}", Action.GRANT_REMOVED)
    provider = (await admin.post("/model-providers", {"name": "Paris", "kind": "openai"}, 201))["id"]
    await story.new()
    wanted = {"version": 0, "candidates": [{"provider_id": provider, "model": "gpt-4o"}]}
    await admin.put(f"{path}/model-route", wanted, 200)
    await story.tells(f"PUT {at}/model-route", Action.MODEL_ROUTE_CHANGED)
    await admin.delete(f"{path}/model-route")
    await story.tells(f"DELETE {at}/model-route", Action.MODEL_ROUTE_DELETED)
    await admin.delete(path)
    await story.tells(f"DELETE {at}", Action.AGENT_DELETED)


async def tools(hub: Hub, story: Story) -> None:
    admin = story.admin
    await admin.put("/tools/calculate", {"roles": ["admin"]})
    [ruled] = await story.tells("PUT /api/tools/{tool}", Action.TOOL_RULE_CHANGED)
    assert (ruled["target_name"], ruled["details"]) == ("calculate", {"roles": ["admin"]})
    wanted = {"name": "desk", "url": "http://127.0.0.1:9/mcp", "token": PASSWORD}
    server = (await admin.post("/tool-servers", wanted, 201))["id"]
    await story.tells("POST /api/tool-servers", Action.TOOL_SERVER_CREATED)
    await admin.post(f"/tool-servers/{server}/refresh")
    [asked] = await story.tells("POST /api/tool-servers/{server_id}/refresh", Action.TOOL_SERVER_ASKED)
    assert asked["details"] == {"tools": 0, "failed": True}
    row = McpTool(server_id=UUID(server), name="weather", description="", parameters={}, read_only=True, hash="0" * 64)
    async with hub.database() as db, db.write() as session:
        session.add(row)
    await admin.put(f"/tool-servers/{server}/tools/{row.id}", {"allowed": True, "hash": row.hash}, 200)
    await story.tells("PUT /api/tool-servers/{server_id}/tools/{tool_id}", Action.SERVER_TOOL_DECIDED)
    await admin.patch(f"/tool-servers/{server}", {"enabled": False})
    await story.tells("PATCH /api/tool-servers/{server_id}", Action.TOOL_SERVER_CHANGED)
    await admin.delete(f"/tool-servers/{server}/connection")
    await story.tells("DELETE /api/tool-servers/{server_id}/connection", Action.TOOL_SERVER_DISCONNECTED)
    await admin.delete(f"/tool-servers/{server}")
    await story.tells("DELETE /api/tool-servers/{server_id}", Action.TOOL_SERVER_DELETED)


async def jobs(hub: Hub, story: Story) -> None:
    tenant = story.company.tenant
    async with hub.database() as db, db.write() as session:
        failed = Job(tenant_id=tenant, kind="test.nothing", payload={}, state="failed")
        later = now() + timedelta(hours=1)
        payload = {"version_id": str(new_id())}
        waits = Job(tenant_id=tenant, kind="ingestion.ingest-version", payload=payload, run_at=later)
        session.add_all([failed, waits])
        await session.flush()
        made = failed.id, waits.id
    await story.admin.post(f"/jobs/{made[0]}/retry")
    [retried] = await story.tells("POST /api/jobs/{job_id}/retry", Action.JOB_RETRIED)
    assert (retried["target_id"], retried["target_name"]) == (str(made[0]), "test.nothing")
    await story.admin.post(f"/jobs/{made[1]}/cancel")
    [cancelled] = await story.tells("POST /api/jobs/{job_id}/cancel", Action.JOB_CANCELLED)
    assert cancelled["details"] == {"subject": payload}


async def knowledge(story: Story) -> tuple[str, str]:
    owner, grants = story.company.owner, story.company.grants
    created, granted = Action.KNOWLEDGE_BASE_CREATED, Action.GRANT_ADDED
    shelf = await owner.make_shelf("Rules", grants=[grants["group"]])
    made = await story.tells("POST /api/knowledge-bases", created, granted, granted)
    assert (made[0]["actor_id"], made[0]["target_name"]) == (str(owner.id), "Rules")
    assert made[1]["details"] == {**grants["group"], "level": "read"}
    second = await owner.make_shelf("Second")
    await story.new()
    at = "/api/knowledge-bases/{knowledge_base_id}"
    await owner.patch(f"/knowledge-bases/{shelf}", {"name": "House rules", "chunking": {"target_tokens": 100}})
    [changed] = await story.tells(f"PATCH {at}", Action.KNOWLEDGE_BASE_CHANGED)
    assert changed["details"]["before"]["name"] == "Rules"
    await owner.put(f"/knowledge-bases/{shelf}/grants", grants["member"], 200)
    await story.tells(f"PUT {at}/grants", Action.GRANT_ADDED)
    member = story.company.member.id
    await owner.delete(f"/knowledge-bases/{shelf}/grants/user/{member}")
    [removed] = await story.tells(f"DELETE {at}/grants/{{subject_kind}}/{{subject_id}}", Action.GRANT_REMOVED)
    assert removed["details"] == grants["member"]
    await owner.delete(f"/knowledge-bases/{shelf}/searches/remembered")
    await story.tells(f"DELETE {at}/searches/remembered", Action.SEARCHES_FORGOTTEN)

    document = await owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    [uploaded] = await story.tells(f"POST {at}/documents", Action.DOCUMENT_UPLOADED)
    assert (uploaded["target_id"], uploaded["target_name"]) == (document, "leave.md")
    await owner.upload(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    await story.tells(f"POST {at}/documents")
    await owner.add(shelf, "leave.md", "Everybody has 26 days of annual leave.")
    [replaced] = await story.tells(f"POST {at}/documents", Action.DOCUMENT_REPLACED)
    assert replaced["details"]["version"] == 2
    announced = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": "path cGFydHMubWQ="}
    begun = await owner.call("POST", f"/knowledge-bases/{shelf}/uploads", headers=announced)
    part = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    place = begun.headers["location"].removeprefix("/api")
    await owner.call("PATCH", place, headers=part, content=b"Two parts")
    [whole] = await story.tells("PATCH /api/uploads/{upload_id}", Action.DOCUMENT_UPLOADED)
    assert whole["target_name"] == "parts.md"
    await owner.settle(shelf)
    await owner.delete(f"/documents/{whole['target_id']}")
    await story.new()
    await owner.post(f"/documents/{document}/reprocess", status=202)
    await story.tells("POST /api/documents/{document_id}/reprocess", Action.DOCUMENT_REPROCESSED)
    await owner.settle(shelf)
    await owner.post(f"/knowledge-bases/{shelf}/reprocess", status=202)
    [again] = await story.tells(f"POST {at}/reprocess", Action.KNOWLEDGE_BASE_REPROCESSED)
    assert again["details"] == {"documents": 1, "which": "all"}
    await owner.post(f"/knowledge-bases/{shelf}/reprocessing/cancel")
    [cancelled] = await story.tells(f"POST {at}/reprocessing/{{act}}", Action.REPROCESSING_CHANGED)
    assert cancelled["details"] == {"act": "cancel"}
    await owner.settle(shelf)
    await owner.patch(f"/documents/{document}", {"knowledge_base_id": second})
    [moved] = await story.tells("PATCH /api/documents/{document_id}", Action.DOCUMENT_MOVED)
    assert moved["details"] == {"knowledge_base_id": second, "from_knowledge_base_id": shelf}
    await of_versions(story, second, document)
    await restricting(story, document)
    leaving = [await owner.add(second, f"{n}.md", f"Number {n} of what will go.") for n in range(2)]
    await story.new()
    body = {"action": "delete", "document_ids": [*leaving, str(new_id())]}
    assert (await owner.post("/documents/bulk", body))["done"] == 2
    await story.tells("POST /api/documents/bulk", Action.DOCUMENT_DELETED, Action.DOCUMENT_DELETED)
    single = await owner.add(second, "single.md", "One more that will go.")
    await story.new()
    await owner.delete(f"/documents/{single}")
    [deleted] = await story.tells("DELETE /api/documents/{document_id}", Action.DOCUMENT_DELETED)
    assert deleted["target_name"] == "single.md"
    await taking_back(story, shelf, single, leaving)
    return second, document


async def of_versions(story: Story, shelf: str, document: str) -> None:
    owner, at = story.company.owner, "/api/documents/{document_id}/versions/{version_id}"
    path = (await owner.get(f"/documents/{document}"))["path"]
    await owner.add(shelf, path, "Nothing of what it said before.")
    former = (await owner.get(f"/documents/{document}"))["versions"][1]
    await story.new()
    await owner.post(f"/documents/{document}/versions/{former['id']}/restore", None, 202)
    [back] = await story.tells(f"POST {at}/restore", Action.VERSION_RESTORED)
    assert back["details"]["from_version"] == former["number"]
    await owner.settle(shelf)
    await owner.delete(f"/documents/{document}/versions/{former['id']}")
    [removed] = await story.tells(f"DELETE {at}", Action.VERSION_REMOVED)
    assert removed["details"]["version"] == former["number"]


async def taking_back(story: Story, shelf: str, document: str, others: list[str]) -> None:
    owner = story.company.owner
    await owner.post(f"/documents/{document}/restore", {})
    [restored] = await story.tells("POST /api/documents/{document_id}/restore", Action.DOCUMENT_RESTORED)
    assert restored["target_name"] == "single.md"
    await owner.post("/documents/bulk", {"action": "purge", "document_ids": others[:1]})
    await story.tells("POST /api/documents/bulk", Action.DOCUMENT_PURGED)
    await owner.post(f"/documents/{others[1]}/purge", status=204)
    await story.tells("POST /api/documents/{document_id}/purge", Action.DOCUMENT_PURGED)
    at = "/api/knowledge-bases/{knowledge_base_id}"
    await owner.delete(f"/knowledge-bases/{shelf}")
    [gone] = await story.tells(f"DELETE {at}", Action.KNOWLEDGE_BASE_DELETED)
    assert gone["details"] == {"documents": 0}
    await owner.post(f"/knowledge-bases/{shelf}/restore", status=204)
    [back] = await story.tells(f"POST {at}/restore", Action.KNOWLEDGE_BASE_RESTORED)
    assert back["target_name"] == "House rules"
    await owner.delete(f"/knowledge-bases/{shelf}")
    await story.new()
    await owner.post(f"/knowledge-bases/{shelf}/purge", status=204)
    await story.tells(f"POST {at}/purge", Action.KNOWLEDGE_BASE_PURGED)


async def restricting(story: Story, document: str) -> None:
    owner, at = story.company.owner, "/api/documents/{document_id}"
    await owner.patch(f"/documents/{document}", {"restricted": True})
    restricted = await story.tells(f"PATCH {at}", Action.DOCUMENT_RESTRICTED, Action.GRANT_ADDED)
    assert [one["target_name"] for one in restricted] == ["", ""]
    await owner.put(f"/documents/{document}/grants", story.company.grants["member"])
    await story.tells(f"PUT {at}/grants", Action.GRANT_ADDED)
    await owner.delete(f"/documents/{document}/grants/user/{story.company.member.id}")
    await story.tells(f"DELETE {at}/grants/{{subject_kind}}/{{subject_id}}", Action.GRANT_REMOVED)
    await owner.delete(f"/documents/{document}/grants/user/{owner.id}", status=409)
    await story.tells(f"DELETE {at}/grants/{{subject_kind}}/{{subject_id}}")
    await owner.patch(f"/documents/{document}", {"restricted": False})
    await story.tells(f"PATCH {at}", Action.DOCUMENT_OPENED)


async def reading(story: Story, shelf: str, document: str) -> None:
    owner, operator = story.company.owner, story.company.operator
    original = "GET /api/documents/{document_id}/original"
    for part in ("bytes=0-3", "bytes=4-7", "bytes=8-"):
        answer = await owner.call("GET", f"/documents/{document}/original", headers={"Range": part})
        assert answer.status_code == 206
    [once] = await story.tells(original, Action.ORIGINAL_DOWNLOADED)
    assert once["details"]["version"] >= 2
    await owner.call("GET", f"/documents/{document}/original")
    await story.tells(original, Action.ORIGINAL_DOWNLOADED)
    explained = "GET /api/knowledge-bases/{knowledge_base_id}/access"
    await owner.get(f"/knowledge-bases/{shelf}/access")
    await story.tells(explained)
    await owner.get(f"/knowledge-bases/{shelf}/access", user_id=str(story.company.member.id))
    [about] = await story.tells(explained, Action.ACCESS_EXPLAINED)
    assert about["details"] == {"user_id": str(story.company.member.id)}
    explained = "GET /api/documents/{document_id}/access"
    await owner.get(f"/documents/{document}/access")
    await story.tells(explained)
    await owner.get(f"/documents/{document}/access", user_id=str(story.company.member.id))
    [about] = await story.tells(explained, Action.ACCESS_EXPLAINED)
    assert about["details"] == {"knowledge_base_id": shelf, "user_id": str(story.company.member.id)}
    wanted = {"user_id": str(story.company.member.id), "query": "annual leave?", "knowledge_base_ids": [shelf]}
    await owner.post("/search/as", wanted)
    [simulated] = await story.tells("POST /api/search/as", Action.SEARCH_SIMULATED)
    assert simulated["target_id"] == str(story.company.member.id)
    assert simulated["details"] == {"knowledge_base_ids": [shelf]}
    await operator.post("/index/rebuild")
    await story.tells("POST /api/index/rebuild", Action.INDEX_REBUILT)


async def reviewing(story: Story) -> None:
    run = (await story.company.owner.post("/ask", {"question": "days of annual leave"}))["run"]
    await story.company.owner.put(f"/messages/{run['answer_id']}/feedback", {"rating": "down"}, 200)
    await story.new()
    [entry] = (await story.admin.get("/feedback"))["items"]
    await story.admin.patch(f"/feedback/{entry['id']}", {"state": "resolved"})
    [reviewed] = await story.tells("PATCH /api/feedback/{feedback_id}", Action.FEEDBACK_REVIEWED)
    assert reviewed["details"] == {"before": {"state": "pending"}, "state": "resolved"}
    assert "leave" not in str(reviewed), "what was asked is not the log's business"
    case = await story.admin.post(f"/feedback/{entry['id']}/evaluation-case", {}, 201)
    await story.tells("POST /api/feedback/{feedback_id}/evaluation-case", Action.EVALUATION_CASE_CREATED)
    await story.admin.delete(f"/evaluation-cases/{case['id']}")
    await story.tells("DELETE /api/evaluation-cases/{evaluation_case_id}", Action.EVALUATION_CASE_DELETED)


async def conversations(story: Story) -> None:
    owner = story.company.owner
    run = (await owner.post("/ask", {"question": "How many days of annual leave?"}))["run"]
    await owner.post(f"/runs/{run['id']}/regenerate", status=201)
    await story.tells("POST /api/ask")
    story.done -= {"POST /api/ask"}
    conversation, at = run["conversation_id"], "/api/conversations/{conversation_id}"
    await owner.call("GET", f"/conversations/{conversation}/export")
    [exported] = await story.tells(f"GET {at}/export", Action.CONVERSATION_EXPORTED)
    assert (exported["target_id"], exported["target_name"]) == (conversation, "")
    assert exported["details"] == {"format": "markdown"}
    await owner.call("GET", f"/messages/{run['answer_id']}/export?format=json")
    await story.tells("GET /api/messages/{message_id}/export", Action.CONVERSATION_EXPORTED)
    share = (await owner.post(f"/conversations/{conversation}/shares", {}, 201))["id"]
    [shared] = await story.tells(f"POST {at}/shares", Action.CONVERSATION_SHARED)
    assert (shared["target_id"], shared["target_name"]) == (conversation, "")
    await story.company.member.post(f"/shared/{share}/continue", status=201)
    await story.tells("POST /api/shared/{shared_id}/continue", Action.CONVERSATION_COPIED)
    await owner.delete(f"/shares/{share}")
    await story.tells("DELETE /api/shares/{share_id}", Action.CONVERSATION_SHARE_ENDED)
    await story.admin.put("/conversation-rules", {"most": 50, "keep_days": 90}, 200)
    [ruled] = await story.tells("PUT /api/conversation-rules", Action.CONVERSATION_RULES_CHANGED)
    await story.admin.put("/document-rules", {"deleted_days": 10}, 200)
    [kept] = await story.tells("PUT /api/document-rules", Action.DOCUMENT_RULES_CHANGED)
    assert kept["details"]["after"]["deleted_days"] == 10
    assert ruled["details"]["after"] == {"most": 50, "keep_days": 90}
    file = await attach(owner, conversation, "own.md", "Whose is it?")
    [attached] = await story.tells(f"POST {at}/attachments", Action.DOCUMENT_UPLOADED)
    assert (attached["target_id"], attached["target_name"]) == (file, "")
    await owner.post(f"/conversations/{conversation}/attachments/{file}/retry", status=202)
    await story.tells(f"POST {at}/attachments/{{attachment_id}}/retry", Action.DOCUMENT_REPROCESSED)
    await owner.delete(f"/conversations/{conversation}/attachments/{file}")
    await story.tells(f"DELETE {at}/attachments/{{attachment_id}}", Action.DOCUMENT_DELETED)
    await owner.delete(f"/conversations/{conversation}")
    await story.tells(f"DELETE {at}", Action.CONVERSATION_DELETED)
    await owner.post(f"/conversations/{conversation}/restore")
    await story.tells(f"POST {at}/restore", Action.CONVERSATION_RESTORED)


async def no_secret_is_in_the_log(hub: Hub, story: Story) -> None:
    page = await story.admin.read_pages("/audit-events", limit=200)
    whole = json.dumps(page, ensure_ascii=False)
    assert len(page) > 50
    for secret in (
        PASSWORD,
        NEXT_PASSWORD,
        LAST_PASSWORD,
        "$argon2",
        "nxr_",
        "nxo_",
        "nxs_",
        "sk-",
        "eyJ",
        "26 days",
        "annual leave?",
    ):
        assert secret not in whole, secret
    async with hub.database() as db:
        assert [report.fault async for report in verify(db, [story.company.tenant])] == [None]


async def test_a_refusal_leaves_no_trace(story: Story) -> None:
    owner, stranger = story.company.owner, story.company.stranger
    shelf = await owner.make_shelf()
    await story.new()
    for person, status in ((stranger, 404), (story.company.rival, 404)):
        await person.delete(f"/knowledge-bases/{shelf}", status=status)
        await person.get(f"/knowledge-bases/{shelf}/access", status, user_id=str(owner.id))
        await person.put(f"/knowledge-bases/{shelf}/grants", story.company.grants["member"], status)
    await stranger.post("/groups", {"name": "Mine"}, 403)

    assert await story.new() == []


async def test_what_is_somebodys_own_is_not_named_to_administrators(story: Story) -> None:
    owner = story.company.owner
    shelf = await owner.make_shelf("My divorce", personal=True, description="Letters")
    document = await owner.add(shelf, "letter to my lawyer.md", "Dear Ms. Stone.")
    await owner.patch(f"/knowledge-bases/{shelf}", {"name": "My other life"})
    await owner.call("GET", f"/documents/{document}/original")
    await owner.delete(f"/documents/{document}")
    await owner.delete(f"/knowledge-bases/{shelf}")

    found = await story.new()

    assert len(found) == 7
    whole = json.dumps(found)
    for word in ("divorce", "Letters", "lawyer", "other life"):
        assert word not in whole


async def test_a_sign_in_with_an_address_nobody_has_is_not_a_tenants_business(
    hub: Hub, company: Company, browser: httpx2.AsyncClient
) -> None:
    typed = f"hunter2-{new_id().hex}"
    refused = await browser.post("/api/auth/login", json={"email": typed, "password": typed})

    page = await company.operator.get("/audit-events", installation=True, action="user.sign_in_failed")

    found = next(one for one in page["items"] if one["request_id"] == refused.headers["x-request-id"])
    assert (found["actor_id"], found["actor_name"], found["ip"]) == (None, "", "127.0.0.1")
    assert typed not in json.dumps(found)
    await company.admin.get("/audit-events", 403, installation=True)
    async with hub.database() as db:
        assert [report.fault async for report in verify(db, [INSTALLATION])] == [None]


async def test_who_may_read_the_log(company: Company) -> None:
    await company.owner.make_shelf()
    for person in (company.owner, company.member, company.stranger, company.rival):
        refused = await person.get("/audit-events", 403)
        assert refused["permission"] == "audit.read"
    for person in (company.admin, company.operator):
        assert len((await person.get("/audit-events"))["items"]) == 2


async def test_another_tenants_log_and_ids_are_as_if_they_did_not_exist(hub: Hub, company: Company) -> None:
    from factories import make_user

    shelf = await company.owner.make_shelf()
    async with hub.database() as db, db.write() as session:
        user = await make_user(session, company.rivals, f"chief@{new_id().hex}.test", role=Role.SUPER_ADMIN)
    chief = Person(company.owner.client, user.email, user.id)

    assert (await chief.get("/audit-events"))["items"] == []
    for name, value in (("target_id", shelf), ("actor_id", str(company.owner.id))):
        answers = [
            told(await chief.call("GET", "/audit-events", params={name: each})) for each in (value, str(new_id()))
        ]
        assert answers == [(200, {"items": [], "next_cursor": None})] * 2


async def test_the_log_is_filtered_and_paged(company: Company) -> None:
    admin, owner = company.admin, company.owner
    shelves = [await owner.make_shelf(f"Shelf {number}") for number in range(3)]
    await admin.post("/groups", {"name": "Divers"}, 201)

    async def found(**params: Any) -> list[str]:
        return [one["action"] for one in (await admin.get("/audit-events", **params))["items"]]

    assert await found(actor_id=str(admin.id)) == ["group.created"]
    assert await found(action="knowledge_base.created") == ["knowledge_base.created"] * 3
    assert await found(target_id=shelves[1]) == ["grant.added", "knowledge_base.created"]
    assert await found(target_id=shelves[1], action="grant.added") == ["grant.added"]
    everything = (await admin.get("/audit-events"))["items"]
    middle = everything[3]["at"]
    later, earlier = await found(**{"from": middle}), await found(to=middle)
    assert len(later) + len(earlier) == len(everything) == 7
    assert await found(**{"from": middle, "to": middle}) == []
    pages = await admin.read_pages("/audit-events", limit=2)
    assert [one["sequence"] for one in pages] == [7, 6, 5, 4, 3, 2, 1]
    for wrong in (
        {"from": "2026-01-01T00:00:00"},
        {"to": "0001-01-01T00:00:00+14:00"},
        {"action": "nothing"},
        {"cursor": "x"},
        {"limit": 0},
    ):
        await admin.get("/audit-events", 422, **wrong)


@pytest.mark.parametrize("configured", [True, False])
async def test_the_first_start_is_recorded(settings: Settings, configured: bool) -> None:
    if configured:
        founder = {"email": "founder@acme.test", "password": PASSWORD}
        settings = load_settings(data_dir=settings.data_dir, super_admin=founder, _env_file=None)
    settings.data_dir.mkdir(parents=True)
    db, passwords = Database(create_engine(settings.database_url)), PasswordHasher(time_cost=1, memory_kib=8)
    await migrate(db.engine)
    link = await ensure_first_start(db, settings, passwords)
    if link:
        await set_up(db, settings, passwords, link.url.rpartition("=")[2])

    from nexus.audit.verification import export

    found = [one async for one in export(db)]
    assert [(one.action, one.credential) for one in found] == [
        (Action.SET_UP, "settings" if configured else "setup_link")
    ]
    assert found[0].actor_name.endswith("<founder@acme.test>")
    await db.aclose()
    passwords.close()


async def set_up(db: Database, settings: Settings, passwords: PasswordHasher, token: str) -> None:
    from nexus.identity import sign_in
    from nexus.identity.tokens import Tokens

    await sign_in.set_up(
        db,
        passwords,
        Tokens(b"secret"),
        token=token,
        email="founder@acme.test",
        password=PASSWORD,
        name="Founder",
        tenant_name="Acme",
        visitor=Visitor(),
    )

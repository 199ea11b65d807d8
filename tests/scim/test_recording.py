"""What a directory does stands in the tenant's audit log, under its name."""

from typing import Any

from directory import ENTERPRISE, Directory
from hub import Company, Hub
from nexus.audit.verification import verify

pytest_plugins = ("servers",)


async def test_every_act_is_recorded(hub: Hub, directory: Directory, company: Company) -> None:
    await company.admin.patch("/scim-settings", {"new_departments_region_id": str(company.region)})
    seen = 0

    async def new() -> list[Any]:
        nonlocal seen
        found = [
            one for one in (await company.admin.get("/audit-events", limit=200))["items"] if one["sequence"] > seen
        ]
        seen = max([seen, *(one["sequence"] for one in found)])
        return found[::-1]

    await new()
    user = await directory.add_user(**{ENTERPRISE: {"department": "Law"}})
    department, created = await new()
    assert (department["action"], department["target_name"]) == ("department.created", "Law")
    assert created["action"] == "user.created"
    assert (created["actor_id"], created["actor_name"], created["credential"]) == (None, "SCIM: Entra", "scim_token")
    assert (created["details"]["source"], created["details"]["email"]) == ("scim", user["userName"])

    path = f"/Users/{user['id']}"
    await directory.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    (changed,) = await new()
    assert changed["action"] == "user.changed"
    assert changed["details"] == {"before": {"active": True}, "after": {"active": False}}
    await directory.patch(path, {"op": "Replace", "path": "title", "value": "Dr"})
    assert await new() == []

    group = await directory.add_group("Engineers", user["id"])
    assert [one["action"] for one in await new()] == ["group.created", "group.member_added"]
    at = f"/Groups/{group['id']}"
    await directory.patch(at, {"op": "Replace", "path": "displayName", "value": "Makers"}, status=204)
    await directory.patch(at, {"op": "Remove", "path": "members"}, status=204)
    renamed, removed = await new()
    assert renamed["details"] == {"before": {"name": "Engineers"}, "after": {"name": "Makers"}}
    assert (removed["action"], removed["details"]) == ("group.member_removed", {"user_ids": [user["id"]]})
    await directory.ask("DELETE", at, status=204)
    await directory.ask("DELETE", path, status=204)
    assert [one["action"] for one in await new()] == ["group.deleted", "user.deleted"]
    await directory.ask("POST", "/Users", {"userName": "no address"}, status=400)
    assert await new() == []
    async with hub.database() as db:
        assert [report.fault async for report in verify(db, [company.tenant])] == [None]

"""What ends, and what has to be moved, when a group or a department is deleted; and what tenants hold."""

from hub import Company
from nexus.core.ids import new_id


async def test_the_grants_that_end_with_a_group(company: Company) -> None:
    path = f"/groups/{company.group}/consequences"
    none = await company.admin.get(path)
    assert none == {
        "people": 1,
        "knowledge_bases": 0,
        "documents": 0,
        "agents": 0,
        "granted": [],
        "belonging_count": 0,
        "belonging": [],
    }
    shelf = await company.owner.make_shelf("Leave policies")
    grant = company.grants["group"] | {"level": "manage"}
    await company.owner.put(f"/knowledge-bases/{shelf}/grants", grant, 200)
    found = await company.admin.get(path)
    assert found["granted"] == [{"id": shelf, "name": "Leave policies", "level": "manage"}]
    assert (found["knowledge_bases"], found["documents"]) == (1, 0)
    await company.owner.get(path, 403)
    await company.admin.get(f"/groups/{new_id()}/consequences", 404)
    await company.owner.delete(f"/knowledge-bases/{shelf}")
    assert await company.admin.get(path) == none


async def test_what_belongs_to_a_department_is_named_unless_it_is_personal(company: Company) -> None:
    path = f"/departments/{company.department}"
    shelf = await company.owner.make_shelf("Handbook", department_id=str(company.department))
    secret = await company.member.make_shelf("Diary", personal=True, department_id=str(company.department))
    found = await company.admin.get(f"{path}/consequences")
    assert found["belonging"] == [{"id": shelf, "name": "Handbook"}]
    assert (found["belonging_count"], found["people"]) == (2, 1)
    await company.admin.patch(f"/users/{company.member.id}", {"department_id": None})
    await company.admin.delete(path, 409)
    # Deleted ones hold nothing back.
    await company.owner.delete(f"/knowledge-bases/{shelf}")
    await company.member.delete(f"/knowledge-bases/{secret}")
    assert (await company.admin.get(f"{path}/consequences"))["belonging_count"] == 0
    await company.admin.delete(path)


async def test_tenants_are_counted_for_super_admins_alone(company: Company) -> None:
    await company.owner.make_shelf("One")
    await company.rival.make_shelf("Theirs")
    figures = {one["tenant_id"]: one for one in await company.operator.read_pages("/tenant-figures", limit=1)}
    assert figures[str(company.tenant)]["people"] == 5
    assert figures[str(company.tenant)]["knowledge_bases"] == 1
    assert (figures[str(company.rivals)]["people"], figures[str(company.rivals)]["knowledge_bases"]) == (1, 1)
    for other in (company.admin, company.owner, company.rival):
        await other.get("/tenant-figures", 403)

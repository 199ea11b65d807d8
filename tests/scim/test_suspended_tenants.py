"""A suspended tenant on both databases: its directory, its people, and moves that meet."""

import asyncio

from directory import Directory
from hub import Company
from nexus.core.ids import new_id

pytest_plugins = ("servers",)


async def test_directory_and_people_stay_out_until_it_is_resumed(company: Company, rivals: Directory) -> None:
    for act, status in (("suspend", 401), ("resume", 200)):
        await company.operator.post(f"/tenants/{company.rivals}/{act}")
        await rivals.get("/Users", status)
        await company.rival.get("/me", status)


async def test_two_moves_at_once_make_no_ring(company: Company) -> None:
    made = [(await company.operator.post("/tenants", {"name": new_id().hex}, 201))["tenant"]["id"] for _ in range(2)]
    answers = await asyncio.gather(
        *(
            company.operator.call("PATCH", f"/tenants/{one}", json={"parent_id": other})
            for one, other in (made, reversed(made))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]

"""Users as Entra and Okta call them."""
from typing import Any
import pytest
from hub import Company, Hub
from scim.conftest import Directory, ENTERPRISE, PATCH, USER

async def test_x(directory: Directory, company: Company) -> None:
    print(await directory.get("/ServiceProviderConfig"))
    print(await directory.get("/nothing", 404))
    u = await directory.add_user()
    print(u)
    print(await directory.find("Users", f'userName eq "{u["userName"].upper()}"'))
    print(await directory.get("/Users", 400, filter="x y"))
    print(await directory.get("/Users", 400, startIndex="a"))
    print(await directory.patch("/Users/"+u["id"], {"op":"Replace","path":"active","value":"False"}))
    g = await directory.add_group("G", u["id"])
    print(g)
    await directory.ask("DELETE", "/Users/"+u["id"], status=204)
    print(await directory.get("/Groups/"+g["id"]))

"""The same search on PostgreSQL, whose full-text index is another."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from hub import Hub, found_company
from nexus.core.settings import load_settings

if TYPE_CHECKING:
    from servers import PostgresServer

pytest_plugins = ("servers",)
LEAVE = "# Leave\n\nEverybody has 25 days of annual leave.\n"


@pytest.fixture(scope="module")
def other_hub(postgres: "PostgresServer", tmp_path_factory: pytest.TempPathFactory) -> Generator[Hub, None, None]:
    url = postgres.url(postgres.create_database())
    with Hub(load_settings(data_dir=tmp_path_factory.mktemp("found"), db={"url": url}, _env_file=None)) as hub:
        yield hub


async def test_messages_are_found_alike(other_hub: Hub) -> None:
    async with other_hub.client() as client:
        company = await found_company(other_hub, client)
        me = company.member
        shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
        await company.owner.add(shelf, "leave.md", LEAVE)
        await me.post("/ask", {"question": "How many days of annual leave?"})
        for search, count in (
            ("annual leave", 2),
            ("ANNU", 2),
            ('"annual leave"', 2),
            ('"leave annual"', 0),
            ("everyb", 1),
            ("leaves day", 2),
            ("lea day", 0),
            ("' OR 1 \\ \" & | ! ( <-> :* NEAR", 0),
            ("o'leary \\' :a*", 0),
        ):
            found = await me.read_pages("/messages", search=search, limit=1)
            assert len(found) == count, search
        assert await company.owner.read_pages("/messages", search="annual", limit=5) == []

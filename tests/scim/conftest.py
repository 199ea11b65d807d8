"""A company of a hub on each of the databases, its directory, and that of another tenant."""

from collections.abc import AsyncGenerator, Generator

import pytest

from directory import Directory, directory_of
from factories import make_user
from hub import Company, Hub, Person
from nexus.access.principal import Role
from nexus.core.ids import new_id
from nexus.core.settings import load_settings


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Hub, None, None]:
    """A running Nexus on each of the databases."""
    url = ""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.create_database())
    settings = load_settings(data_dir=tmp_path_factory.mktemp("scim"), db={"url": url}, _env_file=None)
    with Hub(settings) as hub:
        yield hub


@pytest.fixture
async def directory(hub: Hub, company: Company) -> AsyncGenerator[Directory, None]:
    async with directory_of(hub, company.admin) as directory:
        yield directory


@pytest.fixture
async def rivals(hub: Hub, company: Company) -> AsyncGenerator[Directory, None]:
    """The directory of another tenant."""
    async with hub.database() as db, db.write() as session:
        user = await make_user(session, company.rivals, f"admin@{new_id().hex}.test", role=Role.ADMIN)
    async with directory_of(hub, Person(company.admin.client, user.email, user.id)) as directory:
        yield directory

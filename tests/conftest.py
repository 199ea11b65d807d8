"""Fixtures that every room's tests share: a fresh installation on SQLite, driven through its real HTTP API."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from hub import Company, Hub, found_company
from nexus.app import build_app
from nexus.core.settings import Settings, load_settings
from profiles import Profile

pytest_plugins = ("column_lengths", "sharing_workers", "servers")


def pytest_addoption(parser: pytest.Parser) -> None:
    more = parser.getgroup("nexus", "more than every run needs")
    more.addoption("--worlds", type=int, help="How many random worlds tests/access and tests/e2e make.")
    more.addoption(
        "--scaled-out",
        action="store_true",
        help="Shared hubs stand on PostgreSQL, Redis and a worker process instead of one process on SQLite.",
    )
    more.addoption(
        "--examples", type=int, help="How many random requests tests/e2e sends to each route as each caller."
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "embedded(reason): only for one process on SQLite, and what shows the same elsewhere"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--scaled-out"):
        for item in items:
            if mark := item.get_closest_marker("embedded"):
                item.add_marker(pytest.mark.skip(mark.args[0]))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data", _env_file=None)


@pytest.fixture
async def app(settings: Settings) -> AsyncGenerator[FastAPI, None]:
    app = build_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[httpx2.AsyncClient, None]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://nexus.test") as client:
        yield client


@pytest.fixture(scope="session")
def profile(request: pytest.FixtureRequest) -> Profile:
    return Profile(request if request.config.getoption("--scaled-out") else None)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> Generator[Hub, None, None]:
    """A running Nexus without a language model, shared by all tests."""
    with profile.install(tmp_path_factory.mktemp("hub")) as settings, Hub(settings) as hub:
        yield hub


@pytest.fixture
async def company(hub: Hub) -> AsyncGenerator[Company, None]:
    """A tenant of this test's own in the shared hub."""
    async with hub.client() as client:
        yield await found_company(hub, client)

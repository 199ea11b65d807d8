"""A founded installation with two tenants, and hashing cheap enough for tests."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from fastapi import FastAPI

from factories import World, cheap_passwords, make_world
from nexus.core.db import Database, create_engine
from nexus.core.migrate import migrate
from nexus.core.settings import Settings, load_settings
from nexus.identity.deps import identity_resources
from nexus.identity.passwords import PasswordHasher


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A database with the world in it, made once and copied for each test, and the world."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("founded"), _env_file=None)

    async def make() -> World:
        db, passwords = Database(create_engine(settings.database_url)), cheap_passwords()
        await migrate(db.engine)
        world = await make_world(db, passwords)
        passwords.close()
        await db.aclose()
        return world

    world = asyncio.run(make())
    return settings.data_dir / "nexus.db", world


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    if "world" in request.fixturenames:
        settings.data_dir.mkdir(parents=True)
        shutil.copy(request.getfixturevalue("founded")[0], settings.data_dir / "nexus.db")
    return settings


@pytest.fixture
def world(founded: tuple[Path, World]) -> World:
    return founded[1]


@pytest.fixture
async def app(app: FastAPI, settings: Settings) -> AsyncGenerator[FastAPI, None]:
    passwords = cheap_passwords()
    app.state.resources = {**identity_resources(settings), **app.state.resources, PasswordHasher: passwords}
    yield app
    passwords.close()


@pytest.fixture
def db(app: FastAPI) -> Database:
    return app.state.resources[Database]

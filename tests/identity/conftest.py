"""The application with the resources of identity alone, a world in its database, and hashing that costs nothing."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from fastapi import FastAPI

from factories import World, cheap_passwords, make_world
from nexus.app import build_app
from nexus.core.db import Database, create_engine
from nexus.core.migrate import migrate
from nexus.core.settings import Settings, load_settings
from nexus.identity.deps import identity_resources
from nexus.identity.passwords import PasswordHasher
from nexus.resources import build_identity_provider


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
async def db(settings: Settings) -> AsyncGenerator[Database, None]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(create_engine(settings.database_url))
    await migrate(db.engine)
    yield db
    await db.aclose()


@pytest.fixture
async def app(settings: Settings, db: Database) -> AsyncGenerator[FastAPI, None]:
    passwords = cheap_passwords()
    provider = build_identity_provider(settings)
    app = build_app(settings)
    # Without its lifespan: no models, no index, no jobs.
    app.state.resources = {
        Settings: settings,
        Database: db,
        **identity_resources(settings, provider),
        PasswordHasher: passwords,
    }
    yield app
    passwords.close()
    if provider is not None:
        await provider.aclose()

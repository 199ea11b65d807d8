"""A founded installation with two tenants, and hashing cheap enough for tests."""

from collections.abc import AsyncGenerator

import pytest
from fastapi import FastAPI

from factories import World, cheap_passwords, make_world
from nexus.core.db import Database
from nexus.core.settings import Settings
from nexus.identity.deps import identity_resources
from nexus.identity.passwords import PasswordHasher


@pytest.fixture
async def app(app: FastAPI, settings: Settings) -> AsyncGenerator[FastAPI, None]:
    passwords = cheap_passwords()
    app.state.resources = {**identity_resources(settings), **app.state.resources, PasswordHasher: passwords}
    yield app
    passwords.close()


@pytest.fixture
def db(app: FastAPI) -> Database:
    return app.state.resources[Database]


@pytest.fixture
async def world(app: FastAPI, db: Database) -> World:
    return await make_world(db, app.state.resources[PasswordHasher])

"""The application with the resources of identity alone, a world in its database, and hashing that costs nothing."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from provider_browser import ADA, CALLBACK, Browser, oidc_settings
from pydantic import SecretStr
from tests.doubles.entra import EntraDouble
from tests.doubles.mail_server import PASSWORD, USER, MailServer

from factories import World, cheap_passwords, make_world
from nexus.app import build_app
from nexus.core.db import Database, create_engine
from nexus.core.migrate import migrate
from nexus.core.settings import MailSettings, Settings, load_settings
from nexus.identity.credentials import TrustedIssuers
from nexus.identity.deps import identity_resources
from nexus.identity.passwords import PasswordHasher
from nexus.resources import build_identity_provider, build_mailer, build_token_verifiers


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
def entra() -> Generator[EntraDouble, None, None]:
    """The identity provider of the installation, where a test asks for it; Ada signs in there."""
    with EntraDouble() as double:
        double.person = ADA
        double.redirect_uris.add(CALLBACK)
        yield double


@pytest.fixture
def mail_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[MailServer, None, None]:
    """The mail server of the installation, where a test asks for it."""
    with MailServer(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


@pytest.fixture
def options() -> dict[str, Any]:
    """Of the installation's settings for that provider, beside those that reach it."""
    return {}


@pytest.fixture
async def browser(app: FastAPI, entra: EntraDouble, world: World) -> AsyncGenerator[Browser, None]:
    browser = Browser(app)
    yield browser
    await browser.aclose()


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest, options: dict[str, Any]) -> Settings:
    if "world" in request.fixturenames:
        settings.data_dir.mkdir(parents=True)
        shutil.copy(request.getfixturevalue("founded")[0], settings.data_dir / "nexus.db")
    if "entra" in request.fixturenames:
        oidc = oidc_settings(request.getfixturevalue("entra"), options)
        settings = settings.model_copy(update={"oidc": oidc})
    if "mail_server" in request.fixturenames:
        server: MailServer = request.getfixturevalue("mail_server")
        mail = MailSettings(
            host="127.0.0.1",
            port=server.port,
            user=USER,
            password=SecretStr(PASSWORD),
            sender="Nexus <nexus@acme.test>",
            timeout_seconds=5,
        )
        http = settings.http.model_copy(update={"public_url": "https://nexus.acme.test/"})
        settings = settings.model_copy(update={"mail": mail, "http": http})
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
        **identity_resources(settings, provider, build_mailer(settings), build_token_verifiers(settings)),
        PasswordHasher: passwords,
    }
    yield app
    passwords.close()
    await app.state.resources[TrustedIssuers].aclose()
    if provider is not None:
        await provider.aclose()

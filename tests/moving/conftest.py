"""Places to carry installations from and to."""

import asyncio
import shutil
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from moving.installations import Place, fill, settings_of
from nexus.core.settings import Settings

if TYPE_CHECKING:
    from servers import PostgresServer


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Generator[Place, None, None]:
    """Makes the settings of an empty installation on either database."""
    made: list[str] = []
    count = 0

    def make(kind: str = "sqlite") -> Settings:
        nonlocal count
        count += 1
        folder = tmp_path / f"installation-{count}"
        if kind == "sqlite":
            return settings_of(folder)
        server: PostgresServer = request.getfixturevalue("postgres")
        made.append(server.create_database())
        return settings_of(folder, server.url(made[-1]))

    yield make
    for name in made:
        request.getfixturevalue("postgres").drop_database(name)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation on SQLite to copy."""
    settings = settings_of(tmp_path_factory.mktemp("filled"))
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, fill(settings)).result()
    return settings


@pytest.fixture
def source(filled: Settings, place: Place) -> Settings:
    """An installation on SQLite that has everything."""
    settings = place("sqlite")
    shutil.copytree(filled.data_dir, settings.data_dir)
    return settings

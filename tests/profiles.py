"""The two profiles on which the tests' shared hubs can stand: one process on SQLite, or PostgreSQL, Redis, a worker.

The second is chosen with `pytest --scaled-out`; the tests are the same.
"""

import itertools
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nexus.core.settings import Settings, load_settings
from nexus.providers.embeddings.fake import HashingEmbedder
from nexus.worker import open_handlers, run_worker

_START_SECONDS = 120.0


class Profile:
    """Makes the settings of installations, and runs for the length of a block what they need beside the hub."""

    def __init__(self, request: pytest.FixtureRequest | None) -> None:
        """`request` gets the servers of the scaled-out profile; None is the embedded one."""
        self._request = request
        # Installations that share a queue would take each other's jobs away, and find no row for them.
        self._queues = itertools.count()

    @contextmanager
    def install(self, folder: Path, **more: Any) -> Iterator[Settings]:
        """`more` are settings beside those of the profile."""
        if self._request is None:
            yield load_settings(data_dir=folder, _env_file=None, **more)
            return
        postgres = self._request.getfixturevalue("postgres")
        template = self._request.getfixturevalue("postgres_template")
        redis = self._request.getfixturevalue("redis_server")
        database = postgres.create_database(template=template)
        settings = load_settings(
            data_dir=folder,
            db={"url": postgres.url(database)},
            redis={"url": redis.url.removesuffix("0") + str(next(self._queues))},
            jobs={"mode": "celery", "poll_seconds": 0.2},
            secret_key="a-key-that-the-tests-processes-share-1",
            _env_file=None,
            **more,
        )
        with _worker(settings):
            yield settings
        postgres.drop_database(database)


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """A process of its own: Celery wants the main thread."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")} | {
        "NEXUS_DATA_DIR": str(settings.data_dir),
        "NEXUS_DB__URL": settings.db.url,
        "NEXUS_REDIS__URL": settings.redis.url,
        "NEXUS_JOBS__MODE": "celery",
        "NEXUS_JOBS__POLL_SECONDS": str(settings.jobs.poll_seconds),
        "NEXUS_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PYTHONWARNINGS": "ignore",  # Celery warns when it is run by root, as it may be here
        "PYTHONPATH": str(Path(__file__).parent),
    }
    file = settings.data_dir / "worker.log"
    with file.open("wb") as log:
        process = subprocess.Popen([sys.executable, __file__], env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        # Its start is not what the tests are patient with.
        deadline = time.monotonic() + _START_SECONDS
        while "worker takes jobs" not in (said := file.read_text()):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    sys.exit(run_worker(load_settings(_env_file=None), partial(open_handlers, embedder=HashingEmbedder())))

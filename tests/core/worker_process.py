"""A worker process with a handler the tests understand: `python worker_process.py FOLDER GRACE`.

It takes database and Redis from the environment, as `nexus worker` does. The handler walks four steps, writes
each to the folder, keeps it as its checkpoint, and waits after the second one while the file `hold` is there.
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from job_doubles import Ping, PingHandler

from nexus.core.db import Database
from nexus.core.jobs.runner import Handler, JobContext
from nexus.core.settings import Settings, load_settings
from nexus.worker import run_worker

STEPS = 4


def main(folder: Path, grace: timedelta) -> int:
    @asynccontextmanager
    async def open_handlers(settings: Settings, db: Database) -> AsyncGenerator[Mapping[str, Handler], None]:
        async def walk(message: Ping, context: JobContext) -> None:
            for step in range(context.checkpoint.get("steps", 0), STEPS):
                with (folder / "walked").open("a") as walked:
                    walked.write(f"{message.number}:{step}\n")
                async with db.write() as session:
                    await context.save(session, steps=step + 1)
                while step == 1 and (folder / "hold").exists():  # noqa: ASYNC110 - another process removes the file
                    await asyncio.sleep(0.01)

        yield {Ping.kind: PingHandler(walk)}

    logging.basicConfig(level=logging.INFO, format="HOUSE %(name)s %(message)s")
    (folder / "pid").write_text(str(os.getpid()))
    return run_worker(load_settings(data_dir=folder, _env_file=None), open_handlers, grace=grace)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), timedelta(seconds=float(sys.argv[2]))))

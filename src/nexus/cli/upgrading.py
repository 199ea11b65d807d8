"""`nexus upgrade` and `nexus rollback`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from nexus.cli.carrying import Progress, require_database
from nexus.cli.connection import RefusedError
from nexus.core.lock import DataFolderLock
from nexus.core.profile import require_safe
from nexus.core.settings import Settings, load_settings
from nexus.moving.archive import megabytes, open_archive
from nexus.moving.former_sets import drop_sets, list_sets
from nexus.moving.upgrading import find_backup, look_before, roll_back
from nexus.moving.upgrading import upgrade as bring_up
from nexus.providers.blobs.base import BlobStore
from nexus.resources import build_engine, open_blobs

Result = TypeVar("Result")


def upgrade(*, only_check: bool) -> None:
    settings = load_settings()
    require_safe(settings)
    require_database(settings)
    with DataFolderLock(settings.data_dir):
        findings = asyncio.run(look_before(settings))
        for finding in findings:
            print(
                f"{'NO' if finding.problem else 'ok'}  {finding.what}{': ' if finding.problem else ''}{finding.problem}"
            )
        if any(finding.problem for finding in findings):
            raise RefusedError("Nothing was changed. See to what is wrong, then run it again.")
        if only_check:
            return
        report = _with_files(settings, lambda blobs, tell: bring_up(settings, blobs, tell=tell))
    if report is None:
        print("The database is up to date.")
        return
    backup = report.backup
    print(f"Upgraded from schema {report.former} to {report.newest}.")
    print(f"Before that: {backup.path}, {backup.rows:,} rows, {megabytes(backup.bytes)}. `nexus rollback` goes back.")


def rollback(file: Path | None) -> None:
    settings = load_settings()
    require_database(settings)
    with DataFolderLock(settings.data_dir, restoring=True):
        archive = open_archive(file or find_backup(settings))
        former = asyncio.run(list_sets(settings))
        report, kept = _with_files(settings, lambda blobs, tell: roll_back(settings, blobs, archive, tell=tell))
        left = asyncio.run(drop_sets(settings, former, build_engine))
    about = archive.about
    print(f"The database is as it was at {about.made_at}: {report.rows:,} rows, schema {about.revision}.")
    if kept is not None:
        print(f"What it was until now is in {kept.path}.")
    print(f"Install Nexus {about.nexus} before you start it: this version would upgrade it again.")
    if left:
        print(
            f"nexus: The server of the search index does not answer. Drop there what nobody reads any more: "
            f"{', '.join(left)}",
            file=sys.stderr,
        )
    for fault in report.log_faults:
        print(f"nexus: The audit log was amiss before the backup already. {fault}", file=sys.stderr)


def _with_files(settings: Settings, act: Callable[[BlobStore, Progress], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with open_blobs(settings) as blobs:
            return await act(blobs, progress)

    progress = Progress()
    try:
        return asyncio.run(run())
    finally:
        progress.end()

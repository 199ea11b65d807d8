"""`nexus backup` and `nexus restore`: the whole installation in one file, and back.

They work on the database and the files themselves, whether a server runs (backup) or must not (restore).
"""

import asyncio
import sys
import time
from pathlib import Path

from nexus.cli.connection import RefusedError
from nexus.core.lock import DataFolderLock
from nexus.core.settings import Settings, load_settings
from nexus.moving.archive import ArchiveReader, megabytes, open_archive
from nexus.moving.backing_up import BackupReport, back_up
from nexus.moving.restoring import RestoreReport
from nexus.moving.restoring import restore as restore_into
from nexus.resources import open_blobs


class Progress:
    """A line on standard error that is written over; nothing where nobody looks."""

    _EVERY = 0.2

    def __init__(self) -> None:
        self._shown = 0.0
        self._on = sys.stderr.isatty()

    def __call__(self, what: str, done: int, of: int) -> None:
        if not self._on or time.monotonic() < self._shown + self._EVERY:
            return
        self._shown = time.monotonic()
        text = f"{what}: {done:,}" + (f" of {of:,}" if of else "")
        print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._on:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)


def backup(file: Path, *, with_keys: bool) -> None:
    settings = load_settings()
    require_database(settings)
    progress = Progress()
    try:
        report = asyncio.run(_back_up(settings, file, progress, with_keys=with_keys))
    finally:
        progress.end()
    print(f"{file}: {report.rows:,} rows, {report.files:,} files, {megabytes(report.bytes)}. SHA-256 {report.sha256}")
    _say_missing(report.missing)
    print(_about_keys(settings, report))


async def _back_up(settings: Settings, file: Path, progress: Progress, *, with_keys: bool) -> BackupReport:
    async with open_blobs(settings) as blobs:
        return await back_up(settings, blobs, file, with_keys=with_keys, tell=progress)


def require_database(settings: Settings) -> None:
    if not settings.db.url and not (settings.data_dir / "nexus.db").is_file():
        raise RefusedError(f"There is no database in {settings.data_dir}. Start Nexus first, or set NEXUS_DATA_DIR.")


def _about_keys(settings: Settings, report: BackupReport) -> str:
    given = " and the keys of your settings" if settings.secret_key.get_secret_value() else ""
    if report.keys:
        return f"With the keys of the data folder ({', '.join(report.keys)}): keep it where nobody else reads{given}."
    folder = settings.data_dir / "secrets"
    kept = f"{folder}{given}" if folder.is_dir() else "the keys of your settings"
    return f"Without keys. Keep {kept} apart from it: stored secrets cannot be read without them."


def restore(file: Path) -> None:
    settings = load_settings()
    progress = Progress()
    try:
        archive = open_archive(file, lambda done, of: progress("reading, MB", done >> 20, of >> 20))
        with DataFolderLock(settings.data_dir, restoring=True):
            report = asyncio.run(_restore(settings, archive, progress))
    finally:
        progress.end()
    _say_restored(report)


async def _restore(settings: Settings, archive: ArchiveReader, progress: Progress) -> RestoreReport:
    async with open_blobs(settings) as blobs:
        return await restore_into(settings, blobs, archive, tell=progress)


def _say_restored(report: RestoreReport) -> None:
    if report.was_done:
        print("An earlier restore had brought everything in. Its end is done now: `nexus serve` starts it.")
    else:
        print(f"{report.rows:,} rows and {report.files:,} files, read again and the same as in the backup.")
        if report.upgraded_from:
            print(f"The database was brought up to date from schema {report.upgraded_from}.")
        print("The search index is made from the rows at the next start: `nexus serve`.")
    _say_missing(report.missing)
    for fault in report.log_faults:
        print(f"nexus: The audit log was amiss before the backup already. {fault}", file=sys.stderr)
    if report.unreadable:
        print(
            f"nexus: {report.unreadable} of {report.secrets} stored secrets cannot be read with the keys at hand. "
            "Bring the keys of then back, and see `nexus secrets check`.",
            file=sys.stderr,
        )


def _say_missing(keys: list[str]) -> None:
    if keys:
        few = ", ".join(keys[:5])
        print(
            f"nexus: {len(keys)} files that rows name were not there: {few}. See `nexus index check`.", file=sys.stderr
        )

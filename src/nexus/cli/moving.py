"""`nexus migrate-store`: the whole installation under other settings, with a proof; `nexus sweep-files`."""

import asyncio
import json
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

from nexus.cli.carrying import Progress, require_database
from nexus.core.clock import now
from nexus.core.lock import DataFolderLock, require_restored
from nexus.core.settings import Settings, load_settings, load_settings_with
from nexus.moving.archive import megabytes
from nexus.moving.index_proof import prove_index
from nexus.moving.sweeping import SweepReport, sweep
from nexus.moving.transferring import Side, prove, transfer
from nexus.resources import build_index, open_blobs


def migrate_store(to: Path, *, only_prove: bool) -> None:
    source, target = load_settings(), load_settings_with(to)
    require_database(source)
    progress = Progress()
    with ExitStack() as locks:
        for folder in sorted({source.data_dir, target.data_dir}):
            locks.enter_context(DataFolderLock(folder))
        try:
            proof = asyncio.run(_move(source, target, progress, only_prove=only_prove))
        finally:
            progress.end()
        report = target.data_dir / f"moved-{now():%Y%m%d-%H%M%S}.json"
        report.write_text(json.dumps(proof, indent=1), encoding="utf-8")
    _say(proof, report, to)


async def _move(source: Settings, target: Settings, progress: Progress, *, only_prove: bool) -> dict[str, Any]:
    act = prove if only_prove else transfer
    async with AsyncExitStack() as stack:
        sides = [Side(each, await stack.enter_async_context(open_blobs(each))) for each in (source, target)]
        proof = await act(*sides, tell=progress)
    index = await prove_index(source, target, build_index, tell=progress)
    return {**proof, "index": index}


def _say(proof: dict[str, Any], report: Path, to: Path) -> None:
    for name, table in proof["tables"].items():
        if table["count"]:
            print(f"{name}: {table['count']:,} rows, {table['digest'][:16]} on both sides")
    files = proof["files"]
    print(f"files: {files['count']:,}, {megabytes(files['bytes'])}, {files['digest'][:16]} on both sides")
    if index := proof["index"]:
        engines = " and ".join(dict.fromkeys(index[side]["engine"] for side in ("source", "target")))
        vectors = index["target"]["chunks"]
        print(f"index: {vectors:,} vectors on both sides; {index['questions']} questions rank alike in {engines}")
    print(f"Everything is the same in {proof['source']['database']} and {proof['target']['database']}.")
    print(f"The proof is in {report}. Take the settings of {to}, then `nexus index check` and `nexus serve`.")
    print("The source stays as it was. Do not start it any more, or the two go different ways.")


def sweep_files(*, delete: bool) -> None:
    settings = load_settings()
    require_database(settings)
    require_restored(settings.data_dir)
    progress = Progress()
    try:
        report = asyncio.run(_sweep(settings, progress, delete=delete))
    finally:
        progress.end()
    print(f"{report.named:,} files are named by the database.")
    for key in report.unnamed:
        print(key)
    done = "deleted" if delete else "older than a day and named by nothing; `--delete` deletes them"
    print(f"{len(report.unnamed):,} files: {done}.")


async def _sweep(settings: Settings, progress: Progress, *, delete: bool) -> SweepReport:
    async with open_blobs(settings) as blobs:
        return await sweep(settings, blobs, delete=delete, tell=progress)

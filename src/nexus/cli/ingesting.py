"""`nexus ingest`: uploads files and shows the pipeline at work until the last one is searchable or has failed."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx2
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from nexus.cli.connection import Connection, RefusedError, connect, detail_of

_UPLOADS: Final = 4
_POLL_SECONDS: Final = 0.3
_BLOCK: Final = 1 << 18
_SKIPPED: Final = {".git", ".svn", "__pycache__", "node_modules", ".DS_Store", "Thumbs.db", "desktop.ini"}

console = Console(stderr=True)


def files_below(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Each file with the path it gets in the knowledge base; hidden ones and links out of a folder are left out."""
    for path in paths:
        if path.is_file():
            yield path, path.name
            continue
        for file in sorted(path.rglob("*")):
            parts = file.relative_to(path).parts
            if file.is_file() and not file.is_symlink() and not any(p in _SKIPPED or p.startswith(".") for p in parts):
                yield file, "/".join(parts)


def ingest(paths: Sequence[Path], name: str, act_as: str | None) -> None:
    """Exits with 1 when a file failed."""
    files = list(files_below(paths))
    if not files:
        raise RefusedError("There is no file at these paths.")
    _require_apart(files)
    with connect(act_as) as connection:
        shelf = connection.knowledge_base(name) or connection.post("/api/knowledge-bases", {"name": name})
        failed = bring(connection, shelf["id"], files)
    for path, reason in failed:
        console.print(f"[red]failed[/red] {escape(path)}: {escape(reason)}", highlight=False)
    if failed:
        sys.exit(1)


def _require_apart(files: Sequence[tuple[Path, str]]) -> None:
    """Raises RefusedError where one file would silently become the next version of another."""
    taken: dict[str, Path] = {}
    for file, path in files:
        if taken.setdefault(path, file) != file:
            raise RefusedError(f"{taken[path]} and {file} would both be {path!r}. Bring them in one after the other.")


def bring(connection: Connection, shelf_id: str, files: Sequence[tuple[Path, str]]) -> list[tuple[str, str]]:
    """Uploads, waits, reports; returns path and reason of each failure."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    began = time.monotonic()
    before = connection.get(f"/api/knowledge-bases/{shelf_id}/progress")
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=console) as progress:
        uploading = progress.add_task("uploading", total=len(files), note="")
        outcome = asyncio.run(_upload_all(connection, shelf_id, files, lambda: progress.advance(uploading)))
        waiting = [u for u in outcome.accepted if u["outcome"] != "unchanged"]
        reading = progress.add_task("reading", total=len(waiting), note="")
        now = before
        while True:
            now = connection.get(f"/api/knowledge-bases/{shelf_id}/progress")
            left = sum(now["documents"].get(state, 0) for state in ("uploaded", "queued", "processing"))
            seconds = max(time.monotonic() - began, 0.001)
            pages, chunks = now["pages"] - before["pages"], now["chunks"] - before["chunks"]
            note = f"{pages} pages · {chunks} chunks · {chunks / seconds:.0f}/s"
            progress.update(reading, completed=max(0, len(waiting) - left), note=note)
            if left == 0:
                break
            time.sleep(_POLL_SECONDS)
    ids = {u["id"] for u in waiting}
    failed = connection.pages("/api/documents", knowledge_base_id=shelf_id, state="failed")
    failures = [*outcome.refused, *((d["path"], d["failure"]) for d in failed if d["id"] in ids)]
    unchanged = len(outcome.accepted) - len(waiting)
    seconds = time.monotonic() - began
    console.print(
        f"{len(waiting) + len(outcome.refused) - len(failures)} ready, {len(failures)} failed, {unchanged} unchanged · "
        f"{now['pages'] - before['pages']} pages, {now['chunks'] - before['chunks']} chunks in {seconds:.1f} s",
        highlight=False,
    )
    return failures


class _Outcome:
    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.refused: list[tuple[str, str]] = []


async def _upload_all(
    connection: Connection, shelf_id: str, files: Sequence[tuple[Path, str]], advance: Any
) -> _Outcome:
    outcome = _Outcome()
    pending = iter(files)
    base = connection.client
    async with httpx2.AsyncClient(
        base_url=base.base_url, headers=base.headers, timeout=httpx2.Timeout(30, read=None, write=None)
    ) as client:

        async def work() -> None:
            for file, path in pending:
                await _upload(client, shelf_id, file, path, outcome)
                advance()

        await asyncio.gather(*(work() for _ in range(_UPLOADS)))
    return outcome


async def _upload(client: httpx2.AsyncClient, shelf_id: str, file: Path, path: str, outcome: _Outcome) -> None:
    try:
        stat = await asyncio.to_thread(file.stat)
        response = await client.post(
            f"/api/knowledge-bases/{shelf_id}/documents",
            params={"path": path, "modified_at": datetime.fromtimestamp(stat.st_mtime, UTC).isoformat()},
            content=_blocks(file),
            headers={"Content-Length": str(stat.st_size), "Content-Type": "application/octet-stream"},
        )
    except OSError as error:
        outcome.refused.append((path, error.strerror or "the file cannot be read"))
        return
    if response.is_error:
        outcome.refused.append((path, detail_of(response)))
    else:
        outcome.accepted.append(response.json())


async def _blocks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as handle:
        while block := await asyncio.to_thread(handle.read, _BLOCK):
            yield block

"""The whole way of a file when originals are kept in a bucket: sent, read, shown, broken off, purged, and S3 away."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.s3 import Fault, S3Double, S3Service

from hub import PATIENCE, Company, Hub, found_company
from nexus.core.settings import Settings, load_settings
from nexus.providers.blobs.s3_sending import PART

pytest_plugins = ("servers",)


@pytest.fixture
def bucket(s3_service: S3Service) -> Generator[S3Double, None, None]:
    with S3Double(s3_service) as double:
        yield double


@pytest.fixture
def s3_settings(bucket: S3Double, tmp_path: Path) -> Settings:
    files = {"store": "s3", "bucket": bucket.bucket, "endpoint": bucket.origin, "prefix": "originals"}
    files |= {"access_key_id": "id", "secret_access_key": "sesame-of-s3", "timeout_seconds": "5", "retries": "1"}
    return load_settings(data_dir=tmp_path, files=files, _env_file=None)


@pytest.fixture
async def s3_hub(s3_settings: Settings) -> AsyncGenerator[tuple[Hub, Company], None]:
    with Hub(s3_settings) as hub:
        async with hub.client() as client:
            yield hub, await found_company(hub, client)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.02)


async def test_a_document_lives_in_the_bucket(
    s3_hub: tuple[Hub, Company], bucket: S3Double, s3_settings: Settings
) -> None:
    owner = s3_hub[1].owner
    shelf = await owner.make_shelf()
    content = b"The viscosity of oil 7 is 320 cSt.\n\n" + b"Nothing else is known. " * 60_000
    document = await owner.add(shelf, "oil.txt", content)
    assert await owner.found("viscosity of oil") == {document}
    [key] = bucket.objects()
    assert key.startswith("originals/")
    assert not list(s3_settings.files_dir.glob("*"))
    assert not list((s3_settings.cache_dir / "originals").glob("*"))

    whole = await owner.call("GET", f"/documents/{document}/original")
    assert (whole.status_code, whole.content) == (200, content)
    part = await owner.call("GET", f"/documents/{document}/original", headers={"Range": "bytes=4-12"})
    assert (part.status_code, part.content) == (206, b"viscosity")
    last = await owner.call("GET", f"/documents/{document}/original", headers={"Range": "bytes=-9"})
    assert last.content == content[-9:]
    assert (await owner.get("/documents/" + document + "/boxes", start=0, end=10))["boxes"] == []
    report = await s3_hub[1].operator.get("/index/check")
    assert report["ok"], report

    # Sent again, its file is not needed twice; changed, both versions have theirs.
    assert (await owner.upload(shelf, "oil.txt", content))["outcome"] == "unchanged"
    assert bucket.objects() == [key]
    await owner.add(shelf, "oil.txt", content + b"!")
    assert len(bucket.objects()) == 2
    await owner.delete(f"/documents/{document}")
    await owner.post(f"/documents/{document}/purge", status=204)
    await until(lambda: bucket.objects() == [])


async def test_a_large_file_is_sent_in_parts_and_leaves_nothing_when_it_breaks_off(
    s3_hub: tuple[Hub, Company], bucket: S3Double
) -> None:
    owner = s3_hub[1].owner
    shelf = await owner.make_shelf()

    async def body() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(PART)
        await asyncio.Event().wait()

    sending = owner.call("POST", f"/knowledge-bases/{shelf}/documents", params={"path": "a.txt"}, content=body())
    uploading = asyncio.create_task(sending)
    await until(lambda: any("partNumber" in r.query for r in bucket.received))
    assert bucket.unfinished()
    uploading.cancel()
    await asyncio.wait((uploading,))
    await until(lambda: bucket.unfinished() == [])
    assert bucket.objects() == []
    assert (await owner.get("/documents"))["items"] == []


async def test_while_the_bucket_is_away_everything_else_works_and_says_so(
    s3_hub: tuple[Hub, Company], bucket: S3Double
) -> None:
    owner = s3_hub[1].owner
    shelf = await owner.make_shelf()
    document = await owner.add(shelf, "oil.txt", "The viscosity of oil 7 is 320 cSt.")

    async def readiness() -> Any:
        answer = await owner.client.get("/health/ready")
        return answer.status_code, answer.json()

    assert await readiness() == (200, {"status": "ok", "outside": {"files": "ok"}})
    bucket.faults = [Fault("busy")]
    assert await readiness() == (200, {"status": "ok", "outside": {"files": "away"}})
    assert await owner.found("viscosity of oil") == {document}
    for method, path, options in (
        ("GET", f"/documents/{document}/original", {}),
        ("POST", f"/knowledge-bases/{shelf}/documents", {"params": {"path": "b.txt"}, "content": b"more"}),
    ):
        answer = await owner.call(method, path, **options)
        assert answer.status_code == 503, answer.text
        assert answer.json()["type"] == "urn:nexus:problem:files-unavailable"
        assert answer.json()["detail"] == "The store of original files does not answer. Try again in a minute."
    bucket.faults = []
    await owner.add(shelf, "b.txt", "more")
    assert (await owner.call("GET", f"/documents/{document}/original")).status_code == 200


def test_a_start_without_the_bucket_ends_with_a_sentence(bucket: S3Double, tmp_path: Path) -> None:
    environment = {
        "NEXUS_DATA_DIR": str(tmp_path / "data"),
        "NEXUS_FILES__STORE": "s3",
        "NEXUS_FILES__BUCKET": "nowhere-to-be-found",
        "NEXUS_FILES__ENDPOINT": bucket.origin,
        "NEXUS_FILES__ACCESS_KEY_ID": "id",
        "NEXUS_FILES__SECRET_ACCESS_KEY": "sesame-of-s3",
        "PATH": "/usr/bin:/bin",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "serve", "--port", "0"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "There is no bucket 'nowhere-to-be-found'" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "sesame-of-s3" not in ended.stderr

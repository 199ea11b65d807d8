"""S3 when it is busy, silent, cut off, or not ours; and what is said then."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.s3 import Fault, S3Double, S3Service
from tests.doubles.small_http import Received

from nexus.core.settings import SettingsError, load_settings
from nexus.providers.blobs.base import BlobStoreError
from nexus.providers.blobs.s3 import Bucket, S3BlobStore
from nexus.providers.blobs.s3_sending import PART
from nexus.resources import prove_files

pytest_plugins = ("servers",)

MakeStore = Callable[..., S3BlobStore]


@pytest.fixture
async def double(s3_service: S3Service) -> AsyncGenerator[S3Double, None]:
    async with S3Double(s3_service) as double:
        yield double


@pytest.fixture
async def make_store(double: S3Double, tmp_path: Path) -> AsyncGenerator[MakeStore, None]:
    made: list[S3BlobStore] = []

    def make(**changed: Any) -> S3BlobStore:
        fields: dict[str, Any] = {"name": double.bucket, "endpoint": double.origin, "seconds": 5, "retries": 3}
        fields |= {"access_key_id": "id", "secret_access_key": "sesame"} | changed
        made.append(S3BlobStore(Bucket(**fields), tmp_path / "cache"))
        return made[-1]

    yield make
    for store in made:
        await store.aclose()


async def zeros(parts: float) -> AsyncIterator[bytes]:
    for _ in range(int(parts * 128)):
        yield bytes(PART // 128)


def is_part(received: Received) -> bool:
    return received.method == "PUT" and "partNumber" in received.query


async def test_what_fails_for_a_moment_is_done_again(double: S3Double, make_store: MakeStore) -> None:
    store = make_store()
    for concerns in (is_part, lambda r: r.method == "POST", lambda r: r.method == "PUT"):
        for failure in ("busy", "cut"):
            double.faults = [Fault(failure, 2, concerns)]
            blob = await store.put(zeros(2.5), limit=1 << 30)
            assert blob.size == PART * 5 // 2
            assert double.unfinished() == []
    double.faults = [Fault("busy", 2, lambda r: r.method == "GET"), Fault("cut", 1, lambda r: r.method == "DELETE")]
    assert sum([len(piece) async for piece in store.read(blob.key)]) == blob.size
    await store.delete(blob.key)
    assert f"{blob.key[-2:]}/{blob.key}" not in double.objects()


@pytest.mark.parametrize("failure", ["busy", "cut", "denied"])
async def test_nothing_is_kept_of_an_upload_that_the_service_does_not_take(
    double: S3Double, make_store: MakeStore, failure: Any
) -> None:
    store = make_store(retries=1)
    double.faults = [Fault(failure, concerns=is_part)]
    with pytest.raises(BlobStoreError, match=r"does not answer\. Try again in a minute") as refused:
        await store.put(zeros(4), limit=1 << 30)
    assert double.bucket not in refused.value.detail
    double.faults = []
    assert (double.objects(), double.unfinished()) == ([], [])


async def test_a_silent_service_is_given_up_and_the_file_is_not_read_ahead_of_it(
    double: S3Double, make_store: MakeStore
) -> None:
    store, read = make_store(seconds=0.5, retries=1), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        async for piece in zeros(100):
            read += len(piece)
            yield piece

    double.faults = [Fault("silent", concerns=is_part)]
    start = time.monotonic()
    with pytest.raises(BlobStoreError):
        await store.put(endless(), limit=1 << 40)
    assert read <= 8 * PART
    double.faults = [Fault("silent")]
    for call in (
        store.delete("f" * 32),
        anext(store.read("f" * 32)),
        anext(store.keys()),
        store.prove(),
        store.check(),
    ):
        with pytest.raises(BlobStoreError):
            await call
    assert time.monotonic() - start < 20


async def test_a_cancelled_upload_is_ended_at_a_silent_service_too(double: S3Double, make_store: MakeStore) -> None:
    store = make_store(seconds=0.5, retries=0)
    double.faults = [Fault("silent", 1, is_part)]
    upload = asyncio.create_task(store.put(zeros(4), limit=1 << 30))
    async with asyncio.timeout(10):
        while not any(map(is_part, double.received)):  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.01)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert (double.objects(), double.unfinished()) == ([], [])


async def test_many_are_listed_page_by_page(double: S3Double, make_store: MakeStore) -> None:
    wanted = [f"{n:032x}" for n in range(1005)]
    await asyncio.to_thread(lambda: [double.put(f"deep/{key[-2:]}/{key}") for key in wanted])
    await asyncio.to_thread(double.put, f"elsewhere/{'e' * 32}")
    found = make_store(prefix="/deep/").keys()
    assert sorted([key async for key in found]) == wanted
    listed = [r for r in double.received if r.query.get("list-type")]
    assert len(listed) == 2
    assert "continuation-token" in listed[1].query


async def test_a_bucket_that_is_gone_is_no_missing_file(double: S3Double, make_store: MakeStore) -> None:
    store = make_store(name="nowhere-to-be-found")
    with pytest.raises(BlobStoreError):
        await anext(store.read("f" * 32))
    with pytest.raises(BlobStoreError):
        await store.delete("f" * 32)
    with pytest.raises(BlobStoreError):
        await store.check()


async def test_the_service_is_told_how_to_encrypt(double: S3Double, make_store: MakeStore) -> None:
    await make_store(encryption="aws:kms", kms_key_id="key-1").put(zeros(1.5), limit=1 << 30)
    await make_store(encryption="AES256").put(zeros(0.1), limit=1 << 30)
    asked = [r.headers for r in double.received if "x-amz-server-side-encryption" in r.headers]
    assert [h["x-amz-server-side-encryption"] for h in asked] == ["aws:kms", "AES256"]
    assert asked[0]["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"


async def test_the_environment_of_other_programs_changes_nothing(
    double: S3Double, make_store: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "theirs"),
        ("AWS_SESSION_TOKEN", "theirs"),
        ("AWS_BUCKET", "theirs"),
        ("AWS_SKIP_SIGNATURE", "true"),
    ):
        monkeypatch.setenv(name, value)
    await make_store().put(zeros(0.1), limit=1 << 30)
    [asked] = [r for r in double.received if r.method == "PUT"]
    assert asked.path.startswith(f"/{double.bucket}/")
    assert "Credential=id/" in asked.headers["authorization"]
    assert "x-amz-security-token" not in asked.headers


async def test_the_bucket_can_stand_before_the_hosts_name(double: S3Double, make_store: MakeStore) -> None:
    port = double.origin.rpartition(":")[2]
    # Names below localhost are this machine (RFC 6761); where the resolver does not know, nothing is asked.
    store = make_store(endpoint=f"http://localhost:{port}/", path_style=False, seconds=2, retries=0)
    with pytest.raises(BlobStoreError):
        await store.put(zeros(0.1), limit=1 << 30)
    assert all(r.headers["host"] == f"{double.bucket}.localhost:{port}" for r in double.received)


def test_the_secret_is_nowhere_to_be_read() -> None:
    assert "sesame" not in repr(Bucket("b", secret_access_key="sesame"))


@pytest.mark.parametrize(
    ("changed", "fault", "said"),
    [
        ({"bucket": "nowhere-to-be-found"}, None, "There is no bucket 'nowhere-to-be-found' at http://"),
        ({}, Fault("denied"), "does not let us use the bucket .* see to NEXUS_FILES__ACCESS_KEY_ID"),
        ({}, Fault("denied", concerns=lambda r: r.method == "DELETE"), "the rights to get, put, delete and list"),
        ({}, Fault("denied", concerns=lambda r: "list-type" in r.query), "the rights to get, put, delete and list"),
        ({}, Fault("busy"), "does not answer as it should: see to NEXUS_FILES__ENDPOINT"),
        ({"endpoint": "http://127.0.0.1:9"}, None, "does not answer as it should: see to NEXUS_FILES__ENDPOINT"),
    ],
)
async def test_the_start_says_what_is_wrong(
    double: S3Double, tmp_path: Path, changed: dict[str, Any], fault: Fault | None, said: str
) -> None:
    files = {"store": "s3", "bucket": double.bucket, "endpoint": double.origin, "retries": 1}
    files |= {"access_key_id": "id", "secret_access_key": "sesame"} | changed
    double.faults = [fault] if fault else []
    with pytest.raises(SettingsError, match=said) as refused:
        await prove_files(load_settings(data_dir=tmp_path, _env_file=None, files=files))
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"store": "s3"}, "NEXUS_FILES__STORE=s3 needs NEXUS_FILES__BUCKET"),
        ({"store": "s3", "bucket": "b", "access_key_id": "id"}, "need each other"),
        ({"store": "s3", "bucket": "b", "endpoint": "minio:9000"}, "has to begin with https:// or http://"),
        ({"store": "s3", "bucket": "b", "endpoint": "https://minio/b"}, "without a path"),
        ({"store": "s3", "bucket": "b", "kms_key_id": "k"}, "needs NEXUS_FILES__ENCRYPTION=aws:kms"),
        ({"store": "s3", "bucket": "b", "prefix": "a b"}, "NEXUS_FILES__PREFIX"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(files: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(_env_file=None, files=files)

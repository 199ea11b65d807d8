"""`nexus sweep-files`: what nothing names goes, and nothing else."""

from datetime import timedelta

import pytest
from tests.doubles.s3 import S3Double, S3Service

from moving.installations import files_of, pieces, settings_of
from nexus.cli.moving import sweep_files
from nexus.core.errors import ConflictError
from nexus.core.settings import Settings
from nexus.moving import sweeping
from nexus.moving.sweeping import SweepReport, sweep
from nexus.providers.blobs.local import LocalBlobStore
from nexus.resources import open_blobs

pytest_plugins = ("servers",)


async def test_what_nothing_names_is_found_and_deleted(
    source: Settings, s3_service: S3Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with S3Double(s3_service) as bucket:
        files = {"store": "s3", "bucket": bucket.bucket, "endpoint": bucket.origin, "access_key_id": "id"}
        in_bucket = settings_of(source.data_dir, files=files | {"secret_access_key": "sesame", "prefix": "a"})
        for settings in (source, in_bucket):
            async with open_blobs(settings) as blobs:
                named = files_of(source)
                if settings is in_bucket:
                    for key in named:
                        await blobs.put(pieces(b"named"), limit=99, key=key)
                lost = sorted([(await blobs.put(pieces(b"lost"), limit=99)).key for _ in range(2)])
                # They came just now: their rows may be on the way.
                young = await sweep(settings, blobs, delete=True)
                assert young == SweepReport(len(named), [])
                with monkeypatch.context() as patched:
                    patched.setattr(sweeping, "AGE", timedelta(days=-1))
                    assert (await sweep(settings, blobs, delete=False)).unnamed == lost
                    assert (await sweep(settings, blobs, delete=True)).unnamed == lost
                    assert (await sweep(settings, blobs, delete=True)).unnamed == []
                there = blobs.keys()
                assert sorted([key async for key in there]) == sorted(named)


def test_the_command(source: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NEXUS_DATA_DIR", str(source.data_dir))
    monkeypatch.chdir(source.data_dir.parent)
    before = files_of(source)
    sweep_files(delete=True)
    assert "0 files: deleted." in capsys.readouterr().out
    assert files_of(source) == before


async def test_a_store_that_seems_to_be_others_too_is_left_alone(
    source: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AGE", timedelta(days=-1))
    monkeypatch.setattr(sweeping, "_FEW", 0)
    blobs = LocalBlobStore(source.files_dir)
    for _ in range(len(files_of(source)) + 1):
        await blobs.put(pieces(b"theirs"), limit=99)
    before = files_of(source)
    with pytest.raises(ConflictError, match="Nothing was deleted"):
        await sweep(source, blobs, delete=True)
    assert files_of(source) == before

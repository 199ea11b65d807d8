"""The daemon's protocol: verdicts, both kinds of socket, and everything it can do instead of answering."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.doubles.clamd import EICAR, Clamd, Fault

from nexus.providers.scanner.base import ScannerAwayError, TooLargeToScanError
from nexus.providers.scanner.clamav import ClamdScanner, parse_address


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("kind", ["tcp", "unix"])
async def test_a_virus_is_found_and_named(tmp_path: Path, kind: str) -> None:
    with Clamd(tmp_path / "s" if kind == "unix" else None) as clamd:
        scanner = ClamdScanner(clamd.address, seconds=5)
        assert await scanner.scan(pieces(b"harmless " * 200_000, b"end")) is None
        assert await scanner.scan(pieces(b"x" * 300_000, EICAR[:20], EICAR[20:])) == "Eicar-Test-Signature"
        assert await scanner.scan(pieces()) is None
        assert clamd.scanned == [1_800_003, 300_000 + len(EICAR), 0]


async def test_a_file_that_is_too_large_for_it_is_told_as_such() -> None:
    with Clamd(most=1 << 20) as clamd:
        scanner = ClamdScanner(clamd.address, seconds=5)
        with pytest.raises(TooLargeToScanError):
            await scanner.scan(pieces(*[b"x" * 500_000] * 40))


@pytest.mark.parametrize("fault", ["silent", "hangs up", "garbage", "error"])
async def test_no_verdict_is_never_a_good_one(fault: Fault) -> None:
    with Clamd() as clamd:
        clamd.fault = fault
        with pytest.raises(ScannerAwayError):
            await ClamdScanner(clamd.address, seconds=0.3).scan(pieces(*[b"x" * 500_000] * 20))


async def test_nobody_there(tmp_path: Path) -> None:
    for address in (f"unix:{tmp_path}/nothing", "tcp://127.0.0.1:9"):
        with pytest.raises(ScannerAwayError):
            await ClamdScanner(address, seconds=5).scan(pieces(b"x"))


def test_addresses() -> None:
    assert parse_address("unix:/run/clamav/clamd.ctl") == ("/run/clamav/clamd.ctl", "", 0)
    assert parse_address("tcp://clamav.corp:3310") == ("", "clamav.corp", 3310)
    assert parse_address("tcp://[::1]:3310") == ("", "::1", 3310)
    for wrong in ("", "unix:relative", "tcp://:3310", "tcp://host", "tcp://host:99999", "http://host:80"):
        with pytest.raises(ValueError, match="neither"):
            parse_address(wrong)

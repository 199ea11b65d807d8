"""A program that is run on hostile input may read, and little else."""

import shutil
import sys
from pathlib import Path

import pytest

from nexus.core.sandbox.confine import Freedom
from nexus.core.sandbox.limits import MEBIBYTE, SandboxError, SandboxLimits
from nexus.core.sandbox.programs import Program, Programs

LIMITS = SandboxLimits(memory_bytes=512 * MEBIBYTE, cpu_seconds=2, wall_seconds=10, result_bytes=MEBIBYTE)
SHELL = str(Path(shutil.which("sh") or "/bin/sh").resolve())
CAT = str(Path(shutil.which("cat") or "/bin/cat").resolve())

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere only the clock and the memory are watched.")


async def run(
    script: str, given: bytes = b"", *, runs: tuple[str, ...] = (SHELL,), writes: tuple[str, ...] = ()
) -> bytes:
    limits = SandboxLimits(
        memory_bytes=LIMITS.memory_bytes,
        cpu_seconds=LIMITS.cpu_seconds,
        wall_seconds=LIMITS.wall_seconds,
        result_bytes=LIMITS.result_bytes,
        file_bytes=MEBIBYTE if writes else 0,
    )
    return await Programs(1, limits).run(Program((SHELL, "-c", script), Freedom(runs, writes)), given)


async def test_what_goes_in_comes_out() -> None:
    assert await run("read line; echo got $line", b"these words\n") == b"got these words\n"
    assert await run(f"{CAT}", b"x" * 900_000, runs=(SHELL, CAT)) == b"x" * 900_000


async def test_it_runs_nothing_else_and_writes_nowhere(tmp_path: Path) -> None:
    said = await run(f"{CAT} /etc/passwd; echo $?; (echo x > {tmp_path}/made) 2>/dev/null; echo $?")
    first, second = said.split()
    assert int(first) != 0
    assert int(second) != 0
    assert not list(tmp_path.iterdir())


async def test_it_writes_where_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "yes").mkdir()
    await run(f"echo here > {tmp_path}/yes/made; echo x > {tmp_path}/no || true", writes=(str(tmp_path / "yes"),))
    assert (tmp_path / "yes" / "made").read_text() == "here\n"
    assert not (tmp_path / "no").exists()


async def test_it_reads_only_where_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("open\n")
    (tmp_path / "other").write_text("closed\n")
    script = f"read line < {tmp_path}/mine; echo $line; (read line < {tmp_path}/other) 2>/dev/null; echo $?"
    program = Program(
        (SHELL, "-c", script),
        Freedom((SHELL,), reads=("/usr", "/lib", "/lib64", "/etc/ld.so.cache", f"{tmp_path}/mine")),
    )
    said = (await Programs(1, LIMITS).run(program)).split()
    assert said[0] == b"open"
    assert said[1] != b"0"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("while :; do :; done", "timeout"),
        ("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done", "memory"),
        ("exit 3", "crashed"),
        ("kill -9 $$", "memory"),
    ],
)
async def test_how_it_ends_when_it_ends_badly(script: str, reason: str) -> None:
    with pytest.raises(SandboxError) as caught:
        await run(script)
    assert caught.value.reason == reason


async def test_it_knows_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_SECRET_KEY", "hidden")
    assert await run("echo [$NEXUS_SECRET_KEY]") == b"[]\n"

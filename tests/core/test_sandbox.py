"""What happens in a sandbox stays in the sandbox, however it ends."""

import asyncio
import ctypes
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import sandbox_jobs as jobs
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.sandbox import wire
from nexus.core.sandbox.limits import MEBIBYTE, SandboxError, SandboxLimits
from nexus.core.sandbox.pool import Sandbox

LIMITS = SandboxLimits(
    memory_bytes=512 * MEBIBYTE, cpu_seconds=5, wall_seconds=20, result_bytes=32 * MEBIBYTE, open_files=32
)


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(1, LIMITS) as box:
        yield box


async def test_values_travel(sandbox: Sandbox) -> None:
    result = await sandbox.run(jobs.whole)
    expected = jobs.whole()
    assert (result.text, result.parts, result.labels, result.raw) == (
        expected.text,
        expected.parts,
        expected.labels,
        expected.raw,
    )
    assert result.vector.dtype == expected.vector.dtype
    assert np.array_equal(result.vector, expected.vector)
    assert await sandbox.run(jobs.Multiplier(6).times, 7) == 42


async def test_a_child_is_reused_and_recycled() -> None:
    async with Sandbox(1, LIMITS, jobs_per_child=3) as box:
        pids = [await box.run(jobs.pid) for _ in range(6)]
    assert len(set(pids[:3])) == len(set(pids[3:])) == 1
    assert len(set(pids)) == 2
    assert os.getpid() not in pids


async def test_a_child_that_grew_is_replaced() -> None:
    async with Sandbox(1, LIMITS, resident_bytes=1) as box:
        assert await box.run(jobs.pid) != await box.run(jobs.pid)


async def test_children_work_side_by_side() -> None:
    async with Sandbox(2, LIMITS) as box:
        stalled = asyncio.ensure_future(box.run(jobs.stall))
        assert len({await box.run(jobs.pid) for _ in range(3)}) == 1
        stalled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stalled


async def test_our_errors_come_back_as_themselves(sandbox: Sandbox) -> None:
    before = await sandbox.run(jobs.pid)
    with pytest.raises(jobs.PageError) as caught:
        await sandbox.run(jobs.refuse)
    assert (caught.value.code, caught.value.detail) == ("bad", "Do something else.")
    assert "refuse" in caught.value.__notes__[0]
    assert await sandbox.run(jobs.pid) == before


@pytest.mark.parametrize(
    ("job", "limits", "reason", "detail"),
    [
        (jobs.fail, LIMITS, "crashed", "IndexError"),
        (jobs.eat_memory, LIMITS, "memory", ""),
        (jobs.eat_memory_slowly, replace(LIMITS, memory_bytes=256 * MEBIBYTE), "memory", ""),
        (jobs.spin, replace(LIMITS, cpu_seconds=1), "timeout", "processor"),
        (jobs.stall, replace(LIMITS, wall_seconds=0.2), "timeout", "0.2"),
        (jobs.segfault, LIMITS, "crashed", "SIGSEGV"),
        (jobs.leave, LIMITS, "crashed", "status 3"),
        (jobs.kill_self, LIMITS, "memory", "killed"),
        (jobs.stranger, LIMITS, "crashed", "Stranger"),
        (jobs.objects, LIMITS, "crashed", "ndarray"),
    ],
)
async def test_bad_ends_have_reasons(
    sandbox: Sandbox, job: object, limits: SandboxLimits, reason: str, detail: str
) -> None:
    before = await sandbox.run(jobs.pid)
    with pytest.raises(SandboxError) as caught:
        await sandbox.run(job, limits=limits)  # pyright: ignore[reportArgumentType]
    assert caught.value.reason == reason
    assert detail in caught.value.detail
    assert await sandbox.run(jobs.pid) != before


async def test_a_result_that_is_too_large_is_not_read(sandbox: Sandbox) -> None:
    assert len(await sandbox.run(jobs.large, MEBIBYTE)) == MEBIBYTE
    with pytest.raises(SandboxError, match="larger than"):
        await sandbox.run(jobs.large, 2 * MEBIBYTE, limits=replace(LIMITS, result_bytes=MEBIBYTE))


def _frame(tree: bytes, body: bytes = b"") -> bytes:
    return wire.HEADER.pack(len(tree), len(body)) + tree + body


@pytest.mark.parametrize(
    "forgery",
    [
        wire.HEADER.pack(1 << 62, 1 << 62),
        _frame(b"not json"),
        _frame(b"[[],5]"),
        _frame(b"[[],[]]"),
        _frame(b'[[],["result"]]'),
        _frame(b'[[],["error","builtins:SystemExit",[],""]]'),
        _frame(b'[[],["error","nexus.core.errors:NotFoundError",[],""]]'),
        _frame(b'[[],["result",{"c":["os:system",["true"]]}]]'),
        _frame(b'[[8],["result",{"a":[0,"O",[1]]}]]', b"\x00" * 8),
        _frame(b'[[8],["result",{"a":[0,"<i8",[4]]}]]', b"\x00" * 8),
        _frame(b'[[800],["result",{"b":0}]]', b"\x00" * 8),
        _frame(b"[[]," + b"[" * 100_000 + b"]" * 100_000 + b"]"),
        _frame(b'[[],["result",{"x":1,"y":2}]]'),
    ],
)
async def test_what_a_hijacked_child_says_is_only_data(sandbox: Sandbox, forgery: bytes) -> None:
    with pytest.raises(SandboxError) as caught:
        await sandbox.run(jobs.forge, forgery)
    assert caught.value.reason in {"crashed", "memory"}
    assert await sandbox.run(jobs.Multiplier(2).times, 4) == 8


async def test_output_of_libraries_is_not_mistaken_for_results(sandbox: Sandbox) -> None:
    assert await sandbox.run(jobs.be_noisy) == "9"


async def test_the_child_has_little(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "HOME" not in await sandbox.run(jobs.environment)
    assert not [name for name in await sandbox.run(jobs.environment) if "KEY" in name or "NEXUS" in name]
    assert await sandbox.run(jobs.limits_seen) == (0, 0, 32)
    existing = tmp_path / "existing"
    existing.write_text("kept")
    new = tmp_path / "new"
    for job, argument in [(jobs.write, str(new)), (jobs.write, str(existing)), (jobs.open_many, str(existing))]:
        with pytest.raises(SandboxError, match="crashed"):
            await sandbox.run(job, argument)
    assert not new.exists()


def _landlock_version() -> int:
    if sys.platform != "linux":
        return 0
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))


@pytest.mark.skipif(_landlock_version() < 1, reason="the kernel has no Landlock")
async def test_the_child_changes_nothing_and_starts_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    existing = tmp_path / "existing"
    existing.write_text("kept")
    for job, argument in [(jobs.write, str(existing)), (jobs.remove, str(existing))]:
        with pytest.raises(SandboxError, match="PermissionError"):
            await sandbox.run(job, argument)
    with pytest.raises(SandboxError, match="PermissionError"):
        await sandbox.run(jobs.start_program)
    assert existing.read_text() == "kept"


@pytest.mark.skipif(_landlock_version() < 4, reason="the kernel's Landlock knows no network")
async def test_the_child_calls_nobody(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(SandboxError, match="PermissionError"):
        await sandbox.run(jobs.connect, server.getsockname()[1])


@pytest.mark.skipif(_landlock_version() < 6, reason="the kernel's Landlock knows no signals")
async def test_the_child_signals_nobody(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="PermissionError"):
        await sandbox.run(jobs.signal_process, os.getpid())


async def test_a_cancelled_job_is_killed(sandbox: Sandbox) -> None:
    child = await sandbox.run(jobs.pid)
    task = asyncio.ensure_future(sandbox.run(jobs.spin))
    await _until(lambda: not sandbox._idle)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _state(child) == "gone"
    assert await sandbox.run(jobs.pid) != child


async def test_a_child_found_dead_is_replaced(sandbox: Sandbox) -> None:
    child = await sandbox.run(jobs.pid)
    os.kill(child, signal.SIGKILL)
    await _until(lambda: not sandbox._idle[0].is_alive)
    assert await sandbox.run(jobs.Multiplier(2).times, 2) == 4


async def test_closing_ends_the_children() -> None:
    async with Sandbox(2, LIMITS) as box:
        child = await box.run(jobs.pid)
    assert _state(child) == "gone"
    with pytest.raises(SandboxError, match="closed"):
        await box.run(jobs.pid)
    gc.collect()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does not tell children of their parent's death")
def test_children_die_with_a_killed_parent() -> None:
    script = (
        "import asyncio, os, time\n"
        "from nexus.core.sandbox.pool import Sandbox\n"
        "async def main():\n"
        "    box = Sandbox(1)\n"
        "    print(await box.run(os.getpid), flush=True)\n"
        "    await box.run(time.sleep, 1000)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert _state(child) != "gone"
        parent.kill()
    deadline = time.monotonic() + 5
    while _state(child) not in {"gone", "Z"} and time.monotonic() < deadline:
        pass
    assert _state(child) in {"gone", "Z"}


def test_the_child_itself_is_small() -> None:
    script = "import sys, nexus.core.sandbox.child; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    assert not {"asyncio", "numpy", "pydantic", "sqlalchemy", "nexus.core.sandbox.pool"} & set(loaded)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 another process is waited for
            await asyncio.sleep(0)


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters())
VALUES = st.recursive(
    SCALARS | st.binary() | st.builds(jobs.Part, st.text(), st.integers()),
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(SCALARS, inner),
        st.lists(st.builds(jobs.Part, st.text(), st.integers()), min_size=2).map(tuple),
    ),
)


@given(VALUES)
def test_every_plain_value_survives_the_wire(value: object) -> None:
    frame = b"".join(bytes(piece) for piece in wire.encode(value))
    tree_size, body_size = wire.HEADER.unpack_from(frame)
    body = frame[wire.HEADER.size + tree_size :]
    assert len(body) == body_size
    classes = {wire.class_name(jobs.Part): jobs.Part}
    decoded = wire.decode(frame[wire.HEADER.size : wire.HEADER.size + tree_size], body, classes)
    assert decoded == value
    assert type(decoded) is type(value)


def test_the_annotation_names_the_classes() -> None:
    assert set(wire.returned_classes(jobs.whole).values()) == {jobs.Whole, jobs.Part}
    assert wire.returned_classes(jobs.Multiplier(1).times) == {}

"""Runs other people's programs on hostile input: under ceilings of the kernel, without network, and killed in time.

A fresh interpreter confines itself and then becomes the program, so nothing of ours runs beside it. The program may
read, run itself, and write where it is told; what it says on standard output is the result.
"""

import asyncio
import contextlib
import json
import os
import pickle
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nexus.core.sandbox import confine
from nexus.core.sandbox.confine import Freedom
from nexus.core.sandbox.limits import SandboxError, SandboxLimits

_BOOT: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from nexus.core.sandbox.programs import become; become(sys.argv[2:])"
)
_BLOCK: Final = 256 * 1024
_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Program:
    """A command and what it may do. `arguments[0]` is the absolute path of the program."""

    arguments: tuple[str, ...]
    freedom: Freedom
    environment: tuple[tuple[str, str], ...] = ()


class Programs:
    """Up to `workers` programs at a time; further ones wait their turn. Belongs to one event loop."""

    def __init__(self, workers: int, limits: SandboxLimits) -> None:
        self._turn = asyncio.Semaphore(workers)
        self.limits = limits

    async def run(self, program: Program, given: bytes = b"", limits: SandboxLimits | None = None) -> bytes:
        """What the program wrote. Raises SandboxError (memory, timeout, crashed); cancelling ends the program."""
        limits = limits or self.limits
        async with self._turn:
            return await _run(program, given, limits)


async def _run(program: Program, given: bytes, limits: SandboxLimits) -> bytes:
    path = json.dumps([str(Path(entry).absolute()) for entry in sys.path])
    terms = pickle.dumps((limits, os.getpid(), program)).hex()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-S", "-B", "-X", "utf8", "-c", _BOOT, path, terms),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limits.wall_seconds):
            written, _ = await asyncio.gather(_read(process, limits.result_bytes), _give(process, given))
            status = await process.wait()
    except TimeoutError as error:
        raise SandboxError("timeout", f"no answer after {limits.wall_seconds} s") from error
    finally:
        await _end(process)
    if status == -signal.SIGXCPU:
        raise SandboxError("timeout", "the processor time is used up")
    if status == -signal.SIGKILL:
        raise SandboxError("memory", "the program was killed")
    if status != 0:
        raise SandboxError("crashed", f"{program.arguments[0]} ended with {status}")
    return written


async def _read(process: asyncio.subprocess.Process, most: int) -> bytes:
    assert process.stdout is not None  # noqa: S101
    found = bytearray()
    while block := await process.stdout.read(_BLOCK):
        found += block
        if len(found) > most:
            raise SandboxError("memory", f"the result is larger than {most} bytes")
    return bytes(found)


async def _give(process: asyncio.subprocess.Process, given: bytes) -> None:
    assert process.stdin is not None  # noqa: S101
    # A program that ends early does not want the rest; its status says why.
    with contextlib.suppress(ConnectionError):
        process.stdin.write(given)
        await process.stdin.drain()
    process.stdin.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the program and whatever it started, and reap it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()


def become(words: Sequence[str]) -> None:
    """In the child: take the ceilings, then be the program for good."""
    limits: SandboxLimits
    program: Program
    limits, parent, program = pickle.loads(bytes.fromhex(words[0]))  # noqa: S301 the parent is trusted
    confine.confine(limits, parent, program.freedom)
    confine.start_clock(limits)
    os.execve(program.arguments[0], list(program.arguments), {**_ENVIRONMENT, **dict(program.environment)})  # noqa: S606

"""A pool of warm child processes for code that reads hostile input.

A job is a module-level function, or a method of an object that can be pickled. Its result comes back through `wire`:
builtins, numeric arrays, and the dataclasses named in the function's return annotation. A `NexusError` raised inside is
raised again outside with the same type; a child that dies, stalls or lies costs its own job only.
"""

import asyncio
import contextlib
import json
import logging
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, TypeVarTuple, cast

from nexus.core.errors import NexusError
from nexus.core.sandbox import wire
from nexus.core.sandbox.limits import MEBIBYTE, SandboxError, SandboxLimits

logger = logging.getLogger(__name__)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_START_SECONDS = 30.0
_INLINE_BYTES = 256 * 1024
_BOOT = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from nexus.core.sandbox.child import main; main(int(sys.argv[2]))"
)
# Nothing of ours: no secrets, no proxies. One thread a library: the pool is what runs in parallel, and every thread's
# stack and heap counts against the address space.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


class Sandbox:
    """Up to `workers` children at a time; further jobs wait their turn. Belongs to one event loop.

    A child is replaced after `jobs_per_child` jobs, or when it keeps more than `resident_bytes` in memory.
    """

    def __init__(
        self,
        workers: int,
        limits: SandboxLimits | None = None,
        *,
        jobs_per_child: int = 200,
        resident_bytes: int = 384 * MEBIBYTE,
    ) -> None:
        self.limits = limits or SandboxLimits()
        self._workers = workers
        self._jobs_per_child = jobs_per_child
        self._resident_bytes = resident_bytes
        self._turn = asyncio.Semaphore(workers)
        self._idle: list[_Child] = []
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def start(self) -> None:
        """Have every child ready. Optional: children also start when they are needed."""
        missing = self._workers - len(self._idle)
        self._idle += await asyncio.gather(*(_Child.start(self.limits) for _ in range(missing)))

    async def aclose(self) -> None:
        """End the idle children. A job that still runs is finished, and its child ends with it."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(child.kill() for child in idle))

    async def run(self, function: Callable[[*Ts], T], *args: *Ts, limits: SandboxLimits | None = None) -> T:
        """The function's result. `limits` may tighten those of the pool for this job.

        Raises `SandboxError` (memory, timeout, crashed), or the `NexusError` that the function raised. Cancelling ends
        the child.
        """
        limits = self.limits if limits is None else limits.within(self.limits)
        request = pickle.dumps((function, args, limits), protocol=pickle.HIGHEST_PROTOCOL)
        classes = wire.returned_classes(function)
        async with self._turn:
            child = await self._child()
            try:
                value = await child.run(request, limits, classes)
            except NexusError:
                await self._release(child)
                raise
            except BaseException:
                await child.kill()
                raise
            await self._release(child)
        return cast("T", value)

    async def _child(self) -> "_Child":
        if self._closed:
            raise SandboxError("crashed", "the sandbox is closed")
        while self._idle:
            child = self._idle.pop()
            if child.is_alive:
                return child
            await child.kill()
        return await _Child.start(self.limits)

    async def _release(self, child: "_Child") -> None:
        spent = child.jobs >= self._jobs_per_child or child.resident_bytes > self._resident_bytes
        if spent or self._closed:
            await child.kill()
        else:
            self._idle.append(child)


class _Child:
    """One process and the pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self.jobs = 0

    @classmethod
    async def start(cls, limits: SandboxLimits) -> "_Child":
        path = json.dumps([str(Path(entry).absolute()) for entry in sys.path])
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-S", "-B", "-X", "utf8", "-c", _BOOT, path, str(os.getpid())),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=MEBIBYTE,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        )
        child = cls(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                child._stdin.write(pickle.dumps(limits))
                await child._stdin.drain()
                await child._stdout.readexactly(wire.HEADER.size)
        except BaseException as error:
            await child.kill()
            if isinstance(error, OSError | EOFError):
                raise SandboxError("crashed", "a child process did not start") from error
            raise
        return child

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None and not self._stdout.at_eof()

    @property
    def resident_bytes(self) -> int:
        """What the child holds in memory, as the kernel says; 0 where it cannot be known."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def run(self, request: bytes, limits: SandboxLimits, classes: dict[str, type[Any]]) -> object:
        """One job, whole. Raises SandboxError when the child dies, stalls, or answers what it was not asked."""
        self.jobs += 1
        try:
            async with asyncio.timeout(limits.wall_seconds):
                self._stdin.write(request)
                await self._stdin.drain()
                tree_size, body_size = wire.HEADER.unpack(await self._stdout.readexactly(wire.HEADER.size))
                if tree_size > wire.MAX_TREE_BYTES or tree_size + body_size > limits.result_bytes:
                    raise SandboxError("memory", f"the result is larger than {limits.result_bytes} bytes")
                tree = await self._stdout.readexactly(tree_size)
                body = await self._stdout.readexactly(body_size)
        except TimeoutError as error:
            raise SandboxError("timeout", f"no answer after {limits.wall_seconds} s") from error
        except (EOFError, ConnectionError) as error:
            raise await self._obituary() from error
        try:
            if tree_size + body_size > _INLINE_BYTES:
                outcome = await asyncio.to_thread(wire.decode, tree, body, classes)
            else:
                outcome = wire.decode(tree, body, classes)
        except wire.WireError as error:
            raise SandboxError("crashed", str(error)) from error
        return _value(outcome)

    async def kill(self) -> None:
        """End the process and whatever it started, and reap it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._stdin.close()
        await self._process.wait()

    async def _obituary(self) -> SandboxError:
        """Why the pipe broke. A child that only closed it gets a moment to be gone, then is made to go."""
        try:
            async with asyncio.timeout(1):
                status = await self._process.wait()
        except TimeoutError:
            return SandboxError("crashed", "the child closed its pipe")
        if status == -signal.SIGXCPU:
            return SandboxError("timeout", "the processor time is used up")
        if status == -signal.SIGKILL:  # not by us, so by the kernel, out of memory
            return SandboxError("memory", "the child was killed")
        name = signal.Signals(-status).name if status < 0 else f"status {status}"
        return SandboxError("crashed", f"the child ended with {name}")


def _value(outcome: Any) -> object:
    match outcome:
        case ("result", value):
            return value
        case ("memory",):
            raise SandboxError("memory", "the job wants more memory than it may use")
        case ("error", str(name), values, str(trace)) if isinstance(values, tuple):
            error = _error(name, cast("tuple[object, ...]", values))
            error.add_note(trace)
            raise error
        case ("crashed", str(trace)):
            raise SandboxError("crashed", trace)
        case _:
            raise SandboxError("crashed", "the child broke the protocol")


def _error(name: str, values: tuple[object, ...]) -> NexusError:
    """A NexusError of a class that this process knows already: the child's word imports nothing."""
    for cls in _subclasses(NexusError):
        if wire.class_name(cls) == name:
            try:
                return cls(*values)  # pyright: ignore[reportArgumentType]
            except TypeError as error:
                raise SandboxError("crashed", f"{name} cannot be made from {values!r}") from error
    raise SandboxError("crashed", f"unknown error {name}")


def _subclasses(cls: type[NexusError]) -> Iterator[type[NexusError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _subclasses(child)

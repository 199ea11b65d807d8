"""What the tests of the sandbox run inside of it. A module of its own, so that a child need not load the test tools."""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nexus.core.errors import InvalidError
from nexus.core.sandbox.limits import MEBIBYTE


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    start: int
    rows: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Whole:
    text: str
    parts: tuple[Part, ...]
    vector: np.ndarray
    labels: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""


@dataclass(frozen=True)
class Stranger:
    name: str


class PageError(InvalidError):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail, code=code)
        self.code = code

    def __reduce__(self) -> tuple[type["PageError"], tuple[str, str]]:
        return type(self), (self.code, self.detail)


@dataclass(frozen=True)
class Multiplier:
    factor: int

    def times(self, value: int) -> int:
        return self.factor * value


def whole() -> Whole:
    parts = tuple(Part("row", i, ((i, i + 1),)) for i in range(3))
    return Whole(
        "é漢\U0001f600\ud800" * 3000, parts, np.arange(6, dtype=np.float32).reshape(2, 3), {"a": "b"}, b"\x00\xff"
    )


def pid() -> int:
    return os.getpid()


def refuse() -> None:
    raise PageError("bad", "Do something else.")


def fail() -> None:
    list[int]().pop()


def eat_memory() -> int:
    return len(bytearray(2048 * MEBIBYTE))


def eat_memory_slowly() -> int:
    pieces = []
    while True:
        pieces.append(b"x" * MEBIBYTE)


def spin() -> None:
    while True:
        pass


def stall() -> None:
    time.sleep(1000)


def segfault() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def be_noisy() -> str:
    print("noise")
    sys.stderr.write("more noise")
    subprocess_like = os.write(1, b"raw noise")
    return f"{subprocess_like}{sys.stdin.read() if sys.stdin else ''}"


def forge(pieces: bytes) -> None:
    """What a hijacked child might do: write to the pipe itself."""
    for descriptor in range(3, 16):
        try:
            os.write(descriptor, pieces)
        except OSError:
            continue
    time.sleep(1000)


def stranger() -> object:
    return Stranger("x")


def objects() -> np.ndarray:
    return np.array([object()])


def large(size: int) -> bytes:
    return bytes(size)


def environment() -> dict[str, str]:
    return dict(os.environ)


def write(path: str) -> None:
    Path(path).write_text("x")


def remove(path: str) -> None:
    Path(path).unlink()


def start_program() -> int:
    return subprocess.run(["/bin/true"], check=False).returncode


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=2).close()


def signal_process(target: int) -> None:
    os.kill(target, signal.SIGUSR1)


def open_many(path: str) -> int:
    return len([Path(path).open() for _ in range(100)])


def limits_seen() -> tuple[int, ...]:
    kinds = (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)
    return tuple(resource.getrlimit(kind)[1] for kind in kinds)

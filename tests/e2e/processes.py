"""Nexus as its own processes, started as people start it and killed as machines kill it, and a patient client."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeVar

import httpx2

Result = TypeVar("Result")

PATIENCE = 90.0
"""Seconds after which something that should have happened is taken for something that never will."""


class Process:
    """One `nexus serve` or `nexus worker`, in a process group of its own."""

    def __init__(self, command: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")},
            "NEXUS_DATA_DIR": str(folder / "data"),
            "NEXUS_SUPER_ADMIN__EMAIL": "founder@acme.test",
            "NEXUS_SUPER_ADMIN__PASSWORD": "plum-orbit-lantern",
            "NEXUS_HTTP__PORT": "0",
            "NEXUS_LOG_FORMAT": "json",
            "PYTHONWARNINGS": "ignore",  # Celery warns when it is run by root, as it may be here
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.kills = 0

    @property
    def log_file(self) -> Path:
        return self._folder / f"{self._command}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self._log = self.log_file.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nexus.cli", self._command],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    async def kill(self) -> None:
        """Without warning, and sees to it that no child outlives it."""
        if self._process is None or self._log is None:
            return
        children = descendants(self.pid)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        self._log.close()
        self.kills += 1
        await until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), "its children are gone")

    def require_alive(self) -> None:
        assert self._process is not None
        assert self._process.poll() is None, self.log_file.read_text()[-4000:]

    def faults(self) -> list[str]:
        """What the process logged as an error."""
        lines = self.log_file.read_text().splitlines()
        return [
            line for line in lines if '"level": "ERROR"' in line or '"level":"ERROR"' in line or "Traceback" in line
        ]


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found |= {int(child), *descendants(int(child))}
    return found


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def until(condition: Callable[[], Result], what: str, patience: float = PATIENCE) -> Result:
    deadline = time.monotonic() + patience
    while not (held := condition()):
        assert time.monotonic() < deadline, f"still waiting until {what}"
        await asyncio.sleep(0.02)
    return held


class Client:
    """Somebody at the API who tries again, as people do, when the server goes away under them."""

    def __init__(self, server: Process, folder: Path) -> None:
        self._server = server
        self._address_file = folder / "data" / "server.json"
        self._client: httpx2.AsyncClient | None = None
        self._address: dict[str, Any] = {}
        self.retries = 0

    async def connection(self) -> httpx2.AsyncClient:
        """To the server that runs now; waits until there is one."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(FileNotFoundError, ValueError):
                address = json.loads(self._address_file.read_text())
                if address == self._address and self._client is not None:
                    return self._client
                headers = {"Authorization": f"Bearer {address['token']}"}
                gone, self._address = self._client, address
                current = self._client = httpx2.AsyncClient(base_url=address["url"], headers=headers, timeout=PATIENCE)
                if gone is not None:
                    await gone.aclose()
                return current
            assert time.monotonic() < deadline, self._server.log_file.read_text()[-4000:]
            await asyncio.sleep(0.02)

    async def once(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Raises httpx2.TransportError when the server goes away."""
        return await (await self.connection()).request(method, f"/api{path}", **options)

    async def call(self, method: str, path: str, *, allowed: tuple[int, ...] = (), **options: Any) -> Any:
        """Until it is answered; the body. 401 is the answer of a server that another one has just succeeded."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(httpx2.TransportError):
                answer = await self.once(method, path, **options)
                if answer.status_code != 401:
                    assert answer.is_success or answer.status_code in allowed, answer.text
                    return answer.json() if answer.content else None
            assert time.monotonic() < deadline, f"no answer to {method} {path}"
            self.retries += 1
            await asyncio.sleep(0.05)

    async def pages(self, path: str, **params: Any) -> list[Any]:
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self.call(
                "GET", path, params={"limit": 200, **params, **({"cursor": cursor} if cursor else {})}
            )
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

"""The product as people run it: a `nexus serve` process of its own on a data folder, asked over HTTP."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from benchmarks.processes import Sample, sample

FOUNDER = "founder@bench.example"
PASSWORD = "measure twice, cut once 47"
_START_SECONDS = 600.0
"""Half a million chunks are read from the rows when there is no snapshot yet."""


class Product:
    """Runs for the length of a `with` block. Its output goes to `serve.log` in the data folder."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are environment variables on top of the defaults."""
        self.folder = folder
        self._settings = dict(settings or {})
        self.started_in = 0.0
        """Seconds from the command to the first 200 of /health/ready."""
        self.port = 0
        self._token = ""

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "server.json").unlink(missing_ok=True)
        began = time.perf_counter()
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nexus.cli", "serve", "--port", "0"],
                env=environment(self.folder) | self._settings,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_ready(began)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self.started_in = time.perf_counter() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def sample(self) -> Sample:
        return sample(self.pid)

    def headers(self, act_as: str = FOUNDER) -> dict[str, str]:
        """The operator's credential, acting as somebody."""
        return {"Authorization": f"Bearer {self._token}", "X-Nexus-Act-As": act_as}

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """One request over a connection of its own; the decoded answer. Raises RuntimeError for a refusal."""
        connection = self.connect()
        try:
            target = f"{path}?{urlencode(params)}" if params else path
            content = None if body is None else json.dumps(body)
            connection.request(method, target, content, self.headers() | {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:500]!r}")
        return json.loads(answer) if answer else None

    def _wait_until_ready(self, began: float) -> None:
        address = self.folder / "server.json"
        while time.perf_counter() < began + _START_SECONDS:
            if self._process.poll() is not None:
                tail = (self.folder / "serve.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"nexus serve ended with {self._process.returncode}:\n{tail}")
            try:
                known = json.loads(address.read_text())
                self.port, self._token = int(known["url"].rpartition(":")[2]), known["token"]
                self.call("GET", "/health/ready")
            except (FileNotFoundError, ValueError, ConnectionError):
                time.sleep(0.01)
            else:
                return
        raise RuntimeError("nexus serve did not become ready")


def environment(folder: Path) -> dict[str, str]:
    """The settings of a product on `folder`: nothing of the caller's own NEXUS_ variables, and a founder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    return kept | {
        "NEXUS_DATA_DIR": str(folder.resolve()),
        "NEXUS_LOG_LEVEL": "WARNING",
        "NEXUS_SUPER_ADMIN__EMAIL": FOUNDER,
        "NEXUS_SUPER_ADMIN__PASSWORD": PASSWORD,
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's stream: milliseconds from the request to the first event of a kind, to the last words, and to its
    end."""

    searched: float | None
    citation: float | None
    text: float | None
    last_text: float | None
    end: float


def ask(connection: http.client.HTTPConnection, headers: Mapping[str, str], question: str) -> Asked:
    """Asks over an open connection and reads the whole stream. Raises RuntimeError when it is refused or fails."""
    began = time.perf_counter()
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    connection.request(
        "POST",
        "/api/ask/stream",
        json.dumps({"question": question}),
        {**headers, "Content-Type": "application/json"},
    )
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {response.read()[:500]!r}")
    for kind in _kinds(response):
        last[kind] = (time.perf_counter() - began) * 1000
        first.setdefault(kind, last[kind])
    if "run.succeeded" not in first:
        raise RuntimeError(f"the run did not succeed: {sorted(first)}")
    return Asked(
        first.get("retrieval.finished"),
        first.get("citation.added"),
        first.get("text.delta"),
        last.get("text.delta"),
        first["run.succeeded"],
    )


def _kinds(response: http.client.HTTPResponse) -> Iterator[str]:
    while line := response.readline():
        if line.startswith(b"event: "):
            yield line[7:].strip().decode()

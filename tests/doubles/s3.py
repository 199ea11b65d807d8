"""S3 as moto has it, the real protocol over HTTP, behind a door that fails when it is told to."""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote

import httpx2
from tests.doubles.small_http import Answer, HttpDouble, Received

from nexus.core.ids import new_id

Failure = Literal["busy", "cut", "silent", "denied"]
_ERRORS: Final = {"busy": (503, "SlowDown"), "denied": (403, "SignatureDoesNotMatch")}
_HOP: Final = {"connection", "content-length", "content-type", "transfer-encoding", "date", "server"}


@dataclass
class Fault:
    """What happens to the next `times` requests that `concerns` means."""

    failure: Failure
    times: int = 1_000_000
    concerns: Callable[[Received], bool] = lambda _: True


@dataclass
class S3Service:
    """moto's server on a free port, for as long as the tests run."""

    server: Any = field(init=False)
    client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.client = httpx2.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=20)

    def stop(self) -> None:
        self.client.close()
        self.server.stop()


class S3Double(HttpDouble):
    """One bucket of it, with what was asked, and faults to order."""

    def __init__(self, service: S3Service) -> None:
        super().__init__()
        self.bucket = f"files-{new_id().hex}"
        self.received: list[Received] = []
        self.faults: list[Fault] = []
        self._service = service
        self._ask("PUT", f"/{self.bucket}")

    async def answer(self, received: Received) -> Answer | None:
        self.received.append(received)
        for fault in self.faults:
            if fault.times > 0 and fault.concerns(received):
                fault.times -= 1
                return await self._fail(fault.failure)
        return await asyncio.to_thread(self._pass_on, received)

    async def _fail(self, failure: Failure) -> Answer | None:
        if failure == "silent":
            await self.closing.wait()
        if failure in {"silent", "cut"}:
            return None
        status, code = _ERRORS[failure]
        return Answer(status, f"<Error><Code>{code}</Code></Error>".encode(), "application/xml")

    def _pass_on(self, received: Received) -> Answer:
        headers = {name: value for name, value in received.headers.items() if name != "connection"}
        query = "&".join(f"{quote(n)}={quote(v, safe='')}" if v else quote(n) for n, v in received.query.items())
        told = self._ask(received.method, f"{received.path}?{query}", headers=headers, content=received.content)
        kept = {name: value for name, value in told.headers.items() if name not in _HOP}
        if received.method == "HEAD":
            kept["content-length"] = told.headers["content-length"]
        return Answer(told.status_code, told.content, told.headers.get("content-type", "text/plain"), kept)

    def _ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return self._service.client.request(method, path, **options)

    # What stands in the bucket

    def objects(self) -> list[str]:
        found = self._ask("GET", f"/{self.bucket}?list-type=2").text
        return [key for key in re.findall("<Key>(.*?)</Key>", found) if not key.endswith("nexus-check")]

    def unfinished(self) -> list[str]:
        """Uploads that were begun and neither finished nor given up: their parts stay, and are paid for."""
        return re.findall("<UploadId>(.*?)</UploadId>", self._ask("GET", f"/{self.bucket}?uploads").text)

    def put(self, key: str, content: bytes = b"") -> None:
        assert self._ask("PUT", f"/{self.bucket}/{key}", content=content).status_code == 200

"""How a command reaches Nexus: the running server of this data folder, or one of its own for as long as it takes."""

import json
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from nexus.core.errors import ConflictError, NexusError
from nexus.core.lock import DataFolderLock, ServerAddress
from nexus.core.settings import Settings, load_settings

_START_SECONDS = 60.0


class RefusedError(NexusError):
    """The server answered with a problem; its sentence is for the person at the terminal."""


class Connection:
    """The HTTP API with the operator's credential."""

    def __init__(self, address: ServerAddress, act_as: str | None) -> None:
        headers = {"Authorization": f"Bearer {address.token}"}
        if act_as:
            headers["X-Nexus-Act-As"] = act_as
        self.client = httpx2.Client(base_url=address.url, headers=headers, timeout=httpx2.Timeout(30, read=None))

    def get(self, path: str, **params: Any) -> Any:
        return self._checked(self.client.get(path, params={k: v for k, v in params.items() if v is not None}))

    def post(self, path: str, body: Any = None, **params: Any) -> Any:
        return self._checked(self.client.post(path, json=body, params=params))

    def put(self, path: str, body: Any) -> Any:
        return self._checked(self.client.put(path, json=body))

    def pages(self, path: str, **params: Any) -> Iterator[Any]:
        """Every item of a paged list."""
        cursor: str | None = None
        while True:
            page = self.get(path, cursor=cursor, limit=200, **params)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def events(self, path: str, body: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """Kind and data of each event of a stream."""
        with self.client.stream("POST", path, json=body) as response:
            if response.is_error:
                response.read()
            self._checked(response)
            kind = ""
            for line in response.iter_lines():
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    yield kind, json.loads(line[6:])

    def knowledge_base(self, name: str) -> dict[str, Any] | None:
        """The one of that name that may be read. Raises RefusedError where several bear it."""
        found = [item for item in self.pages("/api/knowledge-bases", name=name) if item["level"]]
        if len(found) > 1:
            raise RefusedError(f"There are {len(found)} knowledge bases named {name!r}. Rename one of them.")
        return found[0] if found else None

    def knowledge_base_ids(self, names: list[str]) -> list[str] | None:
        """None for no names, which means everywhere. Raises RefusedError for an unknown one."""
        ids: list[str] = []
        for name in names:
            found = self.knowledge_base(name)
            if found is None:
                raise RefusedError(f"There is no knowledge base named {name!r} that you may read.")
            ids.append(found["id"])
        return ids or None

    @staticmethod
    def _checked(response: httpx2.Response) -> Any:
        if response.is_error:
            raise RefusedError(detail_of(response))
        if "application/json" not in response.headers.get("content-type", ""):
            return None
        return response.json()


def detail_of(response: httpx2.Response) -> str:
    """The sentence of a problem, whatever stands between us and the server."""
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {response.status_code}."


@contextmanager
def connect(act_as: str | None = None, settings: Settings | None = None) -> Generator[Connection, None, None]:
    """Through the running server, or through one started for the length of the block."""
    settings = settings or load_settings()
    lock = DataFolderLock(settings.data_dir)
    if not lock.acquire():
        yield from _use(_await_address(lock), act_as)
        return
    try:
        from nexus.cli.serving import BackgroundServer

        server = BackgroundServer(settings, lock)
        server.start()
        try:
            yield from _use(_await_address(lock), act_as)
        finally:
            server.stop()
    finally:
        lock.release()


def _use(address: ServerAddress, act_as: str | None) -> Iterator[Connection]:
    connection = Connection(address, act_as)
    try:
        yield connection
    except httpx2.TransportError as error:
        raise RefusedError("The server went away. Look at its output, then try again.") from error
    finally:
        connection.client.close()


def _await_address(lock: DataFolderLock) -> ServerAddress:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if address := lock.read_address():
            return address
        time.sleep(0.1)
    raise ConflictError("A server is starting on this data folder but does not answer. Look at its output.")

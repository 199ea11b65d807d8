"""Qdrant without a server: the client's own engine, in memory, and the same behind Qdrant's REST protocol.

It keeps to the meaning of the protocol, not to its speed: it looks at every point, and what it does is done at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from qdrant_client import AsyncQdrantClient
from qdrant_client import models as m
from tests.doubles.small_http import Answer, HttpDouble, Received


class MemoryClient(AsyncQdrantClient):
    """It has no indexes of payloads and knows exact search alone, and says so at each; a server has them."""

    async def create_payload_index(self, *_: Any, **__: Any) -> Any:
        return None

    async def close(self, *_: Any, **__: Any) -> None:
        """What it holds outlives the one who asks, as on a server."""

    async def query_points(self, *arguments: Any, search_params: Any = None, **named: Any) -> Any:
        return await super().query_points(*arguments, **named)


def memory_client() -> AsyncQdrantClient:
    return MemoryClient(location=":memory:")


@dataclass
class Fault:
    """What happens to the next `times` requests whose path ends so."""

    failure: Literal["silent", "cut"] | int
    ends: str = ""
    times: int = 1_000_000
    after: int = 0
    """So many such requests succeed first."""


class QdrantDouble(HttpDouble):
    """As much of the REST protocol as an index speaks."""

    def __init__(self) -> None:
        super().__init__()
        self.client = memory_client()
        self.received: list[Received] = []
        self.faults: list[Fault] = []
        self.routes: dict[tuple[str, str], Callable[[str, Any], Awaitable[Any]]] = {
            ("GET", "exists"): self._exists,
            ("PUT", ""): self._create,
            ("DELETE", ""): lambda name, _: self.client.delete_collection(name),
            ("PUT", "index"): lambda _, __: self._done(),
            ("POST", "points"): lambda name, body: self.client.retrieve(name, body["ids"]),
            ("PUT", "points"): self._upsert,
            ("POST", "points/batch"): self._change,
            ("POST", "points/query"): self._query,
            ("POST", "points/count"): self._count,
            ("POST", "points/scroll"): self._scroll,
            ("POST", "facet"): self._facet,
        }

    async def answer(self, received: Received) -> Answer | None:
        self.received.append(received)
        for fault in self.faults:
            if fault.times > 0 and received.path.endswith(fault.ends):
                if fault.after > 0:
                    fault.after -= 1
                    break
                fault.times -= 1
                if fault.failure == "silent":
                    await self.closing.wait()
                if isinstance(fault.failure, str):
                    return None
                return Answer.of({"status": {"error": "as ordered"}}, fault.failure)
        _, _, name, *rest = received.path.split("/")
        body = received.body if received.content else None
        try:
            result = await self.routes[received.method, "/".join(rest)](name, body)
        except ValueError as error:
            return Answer.of({"status": {"error": str(error)}}, 404 if "not found" in str(error) else 400)
        return Answer.of({"result": _plain(result), "status": "ok", "time": 0.0})

    async def _done(self) -> Any:
        return {"operation_id": 1, "status": "completed"}

    async def _exists(self, name: str, _: Any) -> Any:
        return {"exists": await self.client.collection_exists(name)}

    async def _create(self, name: str, body: Any) -> Any:
        asked = m.CreateCollection.model_validate(body)
        assert isinstance(asked.vectors, dict)
        return await self.client.create_collection(
            name, vectors_config=asked.vectors, sparse_vectors_config=asked.sparse_vectors
        )

    async def _upsert(self, name: str, body: Any) -> Any:
        return await self.client.upsert(name, m.PointsList.model_validate(body).points)

    async def _change(self, name: str, body: Any) -> Any:
        changes = TypeAdapter(list[m.UpdateOperation]).validate_python(body["operations"])
        return await self.client.batch_update_points(name, changes)

    async def _query(self, name: str, body: Any) -> Any:
        asked = m.QueryRequest.model_validate(body)
        query: Any = asked.query.nearest if isinstance(asked.query, m.NearestQuery) else asked.query
        payload: Any = asked.with_payload
        return await self.client.query_points(
            name,
            query,
            using=asked.using,
            query_filter=asked.filter,
            limit=asked.limit or 10,
            offset=asked.offset,
            with_payload=payload,
        )

    async def _count(self, name: str, body: Any) -> Any:
        return await self.client.count(name, m.CountRequest.model_validate(body).filter)

    async def _scroll(self, name: str, body: Any) -> Any:
        asked = m.ScrollRequest.model_validate(body)
        payload: Any = asked.with_payload
        offset: Any = asked.offset
        found, following = await self.client.scroll(
            name, asked.filter, limit=asked.limit or 10, offset=offset, with_payload=payload
        )
        return {"points": found, "next_page_offset": following}

    async def _facet(self, name: str, body: Any) -> Any:
        asked = m.FacetRequest.model_validate(body)
        return await self.client.facet(name, asked.key, facet_filter=asked.filter, limit=asked.limit or 10, exact=True)


def _plain(result: Any) -> Any:
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json", exclude_none=True)
    if isinstance(result, list):
        return [_plain(each) for each in result]
    if isinstance(result, dict):
        return {name: _plain(each) for name, each in result.items()}
    return result

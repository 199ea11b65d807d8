"""SQL of what a set of vectors in PostgreSQL holds. The tables are described in `pgvector_set_queries`."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from nexus.providers.vectors.base import DocumentAttributes, IndexedDocument, IndexFilter
from nexus.providers.vectors.pgvector_packing import copy_of_chunks
from nexus.providers.vectors.pgvector_set_queries import SCHEMA, Write, copy, run

_FEW: Final = 2_000
"""Documents that are named one by one; more are joined."""

_PASSING: Final = """FROM @document d
WHERE d.active AND d.tenant_id = $1 AND d.knowledge_base_id = ANY($2::uuid[]) AND d.readers = ANY($3::int[])
AND ($4::text[] IS NULL OR d.media_type = ANY($4::text[]))
AND ($5::timestamptz IS NULL OR d.modified_at >= $5) AND ($6::timestamptz IS NULL OR d.modified_at < $6)"""


@dataclass(frozen=True, slots=True, eq=False)
class Permitted:
    """The documents that pass a filter: as a query for their places, whose parameters come first; None if all do."""

    sql: str | None
    parameters: tuple[Any, ...]
    chunks: int
    length: int
    """Words of all those chunks."""
    numbers: NDArray[np.int32]
    """`(documents, 2)`: the number of the first chunk of each, and how many it has."""

    def into(self, statement: str) -> str:
        """`statement` with the condition in the place of PERMITTED, and its own parameters, $a and so on, after it."""
        statement = statement.replace("PERMITTED", f"document IN ({self.sql})" if self.sql else "true")
        for place, letter in enumerate("abc", len(self.parameters) + 1):
            statement = statement.replace(f"${letter}", f"${place}")
        return statement


async def remove(connection: AsyncConnection, name: str, document_ids: Sequence[UUID]) -> list[tuple[int, int]]:
    """The numbers of the chunks that are gone: of each document the first, and how many."""
    gone = await run(
        connection,
        name,
        "DELETE FROM @document WHERE document_id = ANY($1::uuid[]) RETURNING place, first, chunks",
        list(document_ids),
    )
    if gone:
        await run(connection, name, "DELETE FROM @chunk WHERE document = ANY($1::int[])", [row[0] for row in gone])
    return [(first, count) for _, first, count in gone if count]


async def add(connection: AsyncConnection, name: str, documents: Sequence[IndexedDocument], write: Write) -> None:
    """Each document at a place of the write, and its chunks with their vectors at the numbers of it."""
    readers = await _number_readers(connection, name, [document.readers for document in documents])
    places = range(write.place, write.place + len(documents))
    numbers = accumulate((len(document.chunk_ids) for document in documents), initial=write.number)
    records = [
        (
            at,
            document.document_id,
            document.version_id,
            document.tenant_id,
            document.knowledge_base_id,
            readers[document.readers],
            document.media_type,
            document.modified_at,
            document.active,
            first,
            len(document.chunk_ids),
            sum(chunk.length for chunk in document.terms),
        )
        for at, document, first in zip(places, documents, numbers, strict=False)
    ]
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(f"{name}_document", schema_name=SCHEMA, records=records)
    await copy(connection, name, "chunk", await asyncio.to_thread(copy_of_chunks, documents, places, write.number))


async def _number_readers(
    connection: AsyncConnection, name: str, sets: Sequence[frozenset[str]]
) -> Mapping[frozenset[str], int]:
    by_digest = {hashlib.sha256(json.dumps(sorted(each)).encode()).digest(): each for each in sets}
    for digest, each in by_digest.items():
        await run(
            connection,
            name,
            """INSERT INTO @readers (digest, readers) SELECT $1, $2::text[]
            WHERE NOT EXISTS (SELECT FROM @readers WHERE digest = $1)""",
            digest,
            sorted(each),
        )
    found = await run(
        connection, name, "SELECT digest, place FROM @readers WHERE digest = ANY($1::bytea[])", list(by_digest)
    )
    return {by_digest[digest]: place for digest, place in found}


async def update_attributes(connection: AsyncConnection, name: str, documents: Sequence[DocumentAttributes]) -> None:
    readers = await _number_readers(connection, name, [document.readers for document in documents])
    last = {document.document_id: document for document in documents}.values()
    await run(
        connection,
        name,
        """UPDATE @document d SET knowledge_base_id = n.base, readers = n.readers, modified_at = n.modified,
        active = n.active FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[], $5::bool[])
        AS n (id, base, readers, modified, active) WHERE d.document_id = n.id""",
        [document.document_id for document in last],
        [document.knowledge_base_id for document in last],
        [readers[document.readers] for document in last],
        [document.modified_at for document in last],
        [document.active for document in last],
    )


async def permitted(connection: AsyncConnection, name: str, index_filter: IndexFilter, held: int) -> Permitted:
    """What passes a filter, of `held` chunks in all."""
    sets = await run(
        connection,
        name,
        "SELECT place FROM @readers WHERE readers && $1::text[] AND ($2::text[] IS NULL OR readers && $2)",
        list(index_filter.principals),
        None if index_filter.also is None else list(index_filter.also),
    )
    parameters = (
        index_filter.tenant_id,
        list(index_filter.knowledge_bases),
        [row[0] for row in sets],
        None if index_filter.media_types is None else list(index_filter.media_types),
        index_filter.modified_from,
        index_filter.modified_before,
    )
    summed = """SELECT coalesce(sum(chunks), 0)::bigint, coalesce(sum(length), 0)::bigint,
    coalesce(string_agg(int4send(place) || int4send(first) || int4send(chunks), ''), '')
    FROM (SELECT chunks, length, place, first PASSING AND chunks > 0) passing"""
    [(chunks, length, packed)] = await run(connection, name, summed.replace("PASSING", _PASSING), *parameters)
    rows = np.frombuffer(packed, ">i4").astype(np.int32).reshape(-1, 3)
    numbers = rows[:, 1:]
    if chunks == held:
        return Permitted(None, (), chunks, length, numbers)
    if len(rows) <= _FEW:
        return Permitted("SELECT unnest($1::int[])", (rows[:, 0].tolist(),), chunks, length, numbers)
    return Permitted("SELECT d.place " + _PASSING, parameters, chunks, length, numbers)


async def nearest(
    connection: AsyncConnection, name: str, passing: Permitted, vector: str, limit: int
) -> Sequence[tuple[int, float]]:
    """Numbers of the permitted chunks nearest to a rounded `vector`, best first, with their inner products."""
    statement = """SELECT number, -(vector <#> $a::text::halfvec) FROM @chunk
    WHERE PERMITTED ORDER BY vector <#> $a::text::halfvec LIMIT $b::int"""
    return await run(connection, name, passing.into(statement), *passing.parameters, vector, limit)


async def sample(
    connection: AsyncConnection, name: str, passing: Permitted, count: int, ceiling: int | None
) -> Sequence[bytes]:
    """Vectors of `count` permitted chunks, those that are drawn first. With a `ceiling`, none that is drawn later."""
    statement = """SELECT halfvec_send(vector) FROM @chunk WHERE PERMITTED AND ($b::bigint IS NULL OR draw <= $b)
    ORDER BY draw LIMIT $a::int"""
    return [row[0] for row in await run(connection, name, passing.into(statement), *passing.parameters, count, ceiling)]


async def chunks(
    connection: AsyncConnection, name: str, numbers: Sequence[int]
) -> Sequence[tuple[int, UUID, UUID, UUID, bytes]]:
    """Number, chunk, document, version, and the vector as `halfvec_send` writes it."""
    rows = await run(
        connection,
        name,
        """SELECT c.number, c.chunk_id, d.document_id, d.version_id, halfvec_send(c.vector)
        FROM @chunk c JOIN @document d ON d.place = c.document WHERE c.number = ANY($1::int[]) ORDER BY c.number""",
        list(numbers),
    )
    return [
        (number, _uuid(chunk), _uuid(document), _uuid(version), sent) for number, chunk, document, version, sent in rows
    ]


async def contents(connection: AsyncConnection, name: str, tenant_id: UUID) -> dict[UUID, tuple[UUID, int]]:
    rows = await run(
        connection, name, "SELECT document_id, version_id, chunks FROM @document WHERE tenant_id = $1", tenant_id
    )
    return {_uuid(document_id): (_uuid(version_id), count) for document_id, version_id, count in rows}


async def counts(connection: AsyncConnection, name: str) -> tuple[int, int]:
    """Documents and chunks."""
    [(documents, held)] = await run(
        connection, name, "SELECT count(*), coalesce(sum(chunks), 0)::bigint FROM @document"
    )
    return documents, held


def _uuid(value: UUID) -> UUID:
    """asyncpg's own class keeps more beside it."""
    return UUID(int=value.int)

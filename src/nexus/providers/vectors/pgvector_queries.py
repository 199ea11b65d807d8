"""SQL of what a set of vectors in PostgreSQL holds. The tables are described in `pgvector_set_queries`."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from nexus.providers.vectors.base import DocumentAttributes, IndexedDocument, IndexFilter
from nexus.providers.vectors.pgvector_packing import copy_of_chunks, copy_of_postings
from nexus.providers.vectors.pgvector_set_queries import SCHEMA, run

_FEW: Final = 2_000
"""Documents that are named one by one; more are joined."""

_PASSING: Final = """FROM @document d
WHERE d.active AND d.tenant_id = $1 AND d.knowledge_base_id = ANY($2::uuid[]) AND d.readers = ANY($3::int[])
AND ($4::text[] IS NULL OR d.media_type = ANY($4::text[]))
AND ($5::timestamptz IS NULL OR d.modified_at >= $5) AND ($6::timestamptz IS NULL OR d.modified_at < $6)"""


@dataclass(frozen=True, slots=True)
class Permitted:
    """The documents that pass a filter: as a query for their places, whose parameters come first."""

    sql: str
    parameters: tuple[Any, ...]
    chunks: int
    length: int
    """Words of all those chunks."""

    def into(self, statement: str) -> str:
        """`statement` with the query in the place of PERMITTED, and its own parameters, $a and so on, after it."""
        statement = statement.replace("PERMITTED", self.sql)
        for place, letter in enumerate("abc", len(self.parameters) + 1):
            statement = statement.replace(f"${letter}", f"${place}")
        return statement


async def remove(connection: AsyncConnection, name: str, document_ids: Sequence[UUID]) -> None:
    gone = await run(
        connection,
        name,
        "DELETE FROM @document WHERE document_id = ANY($1::uuid[]) RETURNING place",
        list(document_ids),
    )
    if gone:
        places = [row[0] for row in gone]
        await run(connection, name, "DELETE FROM @chunk WHERE document = ANY($1::int[])", places)
        await run(connection, name, "DELETE FROM @posting WHERE document = ANY($1::int[])", places)


async def add(
    connection: AsyncConnection, name: str, documents: Sequence[IndexedDocument], place: int, number: int
) -> None:
    """Each document at a place, from `place` on, its chunks numbered from `number` on."""
    readers = await _number_readers(connection, name, [document.readers for document in documents])
    places = range(place, place + len(documents))
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
            len(document.chunk_ids),
            sum(chunk.length for chunk in document.terms),
        )
        for at, document in zip(places, documents, strict=True)
    ]
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(f"{name}_document", schema_name=SCHEMA, records=records)
    for part, packed in (
        ("chunk", copy_of_chunks(documents, places, number)),
        ("posting", copy_of_postings(documents, places, number)),
    ):
        source = io.BytesIO(packed)
        await driver.copy_to_table(f"{name}_{part}", schema_name=SCHEMA, source=source, format="binary")


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
    for document in documents:
        await run(
            connection,
            name,
            """UPDATE @document SET knowledge_base_id = $2, readers = $3, modified_at = $4, active = $5
            WHERE document_id = $1""",
            document.document_id,
            document.knowledge_base_id,
            readers[document.readers],
            document.modified_at,
            document.active,
        )


async def permitted(connection: AsyncConnection, name: str, index_filter: IndexFilter) -> Permitted:
    """What passes a filter."""
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
    summed = """SELECT coalesce(sum(chunks), 0)::bigint, coalesce(sum(length), 0)::bigint, array_agg(place)
    FROM (SELECT chunks, length, place PASSING AND chunks > 0) passing"""
    [(chunks, length, places)] = await run(connection, name, summed.replace("PASSING", _PASSING), *parameters)
    if len(places or ()) <= _FEW:
        return Permitted("SELECT unnest($1::int[])", (places or [],), chunks, length)
    return Permitted("SELECT d.place " + _PASSING, parameters, chunks, length)


async def postings(
    connection: AsyncConnection, name: str, passing: Permitted, terms: Sequence[int]
) -> Mapping[int, bytes]:
    """By term, the packed words of the permitted chunks that hold it."""
    statement = """SELECT term, string_agg(chunks, ''::bytea) FROM @posting
    WHERE term = ANY($a::bigint[]) AND document IN (PERMITTED) GROUP BY term"""
    return dict(await run(connection, name, passing.into(statement), *passing.parameters, list(terms)))


async def nearest(
    connection: AsyncConnection, name: str, passing: Permitted, vector: str, limit: int
) -> Sequence[tuple[int, float]]:
    """Numbers of the permitted chunks nearest to a rounded `vector`, best first, with their inner products."""
    statement = """SELECT number, -(vector <#> $a::text::halfvec) FROM @chunk
    WHERE document IN (PERMITTED) ORDER BY vector <#> $a::text::halfvec LIMIT $b::int"""
    return await run(connection, name, passing.into(statement), *passing.parameters, vector, limit)


async def median(
    connection: AsyncConnection, name: str, passing: Permitted, vector: str, sample: int, ceiling: int | None
) -> tuple[float, int]:
    """The median inner product of `sample` permitted chunks, those that are drawn first, and how many there were.

    With a `ceiling`, none that is drawn later is looked at.
    """
    statement = """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY -(drawn.vector::vector <#> $a::text::vector)),
    count(*) FROM (
        SELECT vector FROM @chunk WHERE document IN (PERMITTED) AND ($c::bigint IS NULL OR draw <= $c)
        ORDER BY draw LIMIT $b::int
    ) drawn"""
    [(middle, count)] = await run(
        connection, name, passing.into(statement), *passing.parameters, vector, sample, ceiling
    )
    return middle or 0.0, count


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

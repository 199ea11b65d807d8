"""What goes to Qdrant and comes back: points with their payloads, filters, and words packed nine bytes each. Pure.

Three kinds of points share a collection, told apart by `record`: chunks (0), one for each document (1), and one for the
collection (2). Only chunks have what filters ask for, so nothing else passes one.

Writes have numbers. A chunk is there `since` one and `until` another; the point of the collection says which has been
finished, and a search asks for what was there then. So a write shows all of what it does by changing that one point.
"""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from qdrant_client import models as m

from nexus.core.ids import new_id
from nexus.providers.vectors.base import ChunkTerms, DocumentAttributes, IndexedDocument, IndexFilter, QueryTerm
from nexus.providers.vectors.documents import pack_ids
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.segment import mixed

DENSE: Final = "dense"
WORDS: Final = "words"
TYPICAL: Final = 100.0
"""Length of a chunk, in words, for which Qdrant's own order of words is right; any other makes it an upper bound."""
CONTROL: Final = str(UUID(int=1))
SHOWN: Final = ["chunk", "document", "version"]
SPELLED: Final = [*SHOWN, "words", "length"]
INDEXES: Final[dict[str, Any]] = {
    "tenant": m.KeywordIndexParams(type=m.KeywordIndexType.KEYWORD, is_tenant=True),
    "base": m.PayloadSchemaType.KEYWORD,
    "readers": m.PayloadSchemaType.KEYWORD,
    "document": m.PayloadSchemaType.KEYWORD,
    "version": m.PayloadSchemaType.KEYWORD,
    "begun": m.PayloadSchemaType.INTEGER,
    "turn": m.PayloadSchemaType.INTEGER,
    "since": m.PayloadSchemaType.INTEGER,
    "until": m.PayloadSchemaType.INTEGER,
    "media": m.PayloadSchemaType.KEYWORD,
    "active": m.PayloadSchemaType.INTEGER,
    "record": m.PayloadSchemaType.INTEGER,
    "modified": m.PayloadSchemaType.INTEGER,
    "draw": m.PayloadSchemaType.INTEGER,
    "length": m.PayloadSchemaType.INTEGER,
    "terms": m.IntegerIndexParams(type=m.IntegerIndexType.INTEGER, lookup=True, range=False),
}
"""Made before the first point: an index that is made later does not speed up what is there."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DRAWS: Final = 2**53
"""Numbers in a range are compared in double precision."""
NEVER: Final = 2**53 - 1
_NAMED: Final = 500
"""Documents named in one filter."""


def signed(terms: NDArray[np.uint64] | Sequence[int]) -> list[int]:
    """Ids of words as Qdrant's whole numbers hold them."""
    return np.asarray(terms, np.uint64).view(np.int64).tolist()


def axis(term: int) -> int:
    """The place of a word in sparse vectors, which have 32 bits. Where two words share one, a bound becomes looser."""
    return term & 0xFFFFFFFF


def moment(time: datetime) -> int:
    """Microseconds, which double precision tells apart until the year 2255."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def is_nobody(index_filter: IndexFilter) -> bool:
    """Whether nothing can pass."""
    asked = (index_filter.principals, index_filter.knowledge_bases, index_filter.media_types, index_filter.also)
    return any(each is not None and not each for each in asked)


def there(at: int) -> list[m.Condition]:
    """Chunks as the write of that number left them."""
    return [
        m.FieldCondition(key="since", range=m.Range(lte=at)),
        m.FieldCondition(key="until", range=m.Range(gt=at)),
    ]


def later(field: str, at: int) -> m.FieldCondition:
    """Numbers of writes that were begun after that one."""
    return m.FieldCondition(key=field, range=m.Range(gt=at, lt=NEVER))


def passing(index_filter: IndexFilter, at: int, *more: m.Condition) -> m.Filter:
    must: list[m.Condition] = [
        *there(at),
        equals("tenant", str(index_filter.tenant_id)),
        equals("active", 1),
        among("base", [str(each) for each in index_filter.knowledge_bases]),
        among("readers", index_filter.principals),
        *more,
    ]
    if index_filter.also is not None:
        must.append(among("readers", index_filter.also))
    if index_filter.media_types is not None:
        must.append(among("media", index_filter.media_types))
    if index_filter.modified_from is not None:
        must.append(m.FieldCondition(key="modified", range=m.Range(gte=moment(index_filter.modified_from))))
    if index_filter.modified_before is not None:
        must.append(m.FieldCondition(key="modified", range=m.Range(lt=moment(index_filter.modified_before))))
    return m.Filter(must=must)


def equals(key: str, value: str | int) -> m.FieldCondition:
    return m.FieldCondition(key=key, match=m.MatchValue(value=value))


def among(key: str, values: Sequence[str] | frozenset[str] | list[int]) -> m.FieldCondition:
    return m.FieldCondition(key=key, match=m.MatchAny(any=sorted(values)))  # pyright: ignore[reportArgumentType]


def holding(term: QueryTerm) -> m.FieldCondition:
    return among("terms", signed(term.ids))


def drawn(share: float) -> m.FieldCondition:
    """Of the chunks, about this share, which the others have no influence on."""
    return m.FieldCondition(key="draw", range=m.Range(lt=_DRAWS * share))


def points_of(document: IndexedDocument, number: int, bm25: Bm25) -> list[m.PointStruct]:
    """Their ids are new with each write, since what stood before is found until it is finished."""
    common = {
        "record": 0,
        "document": str(document.document_id),
        "version": str(document.version_id),
        "tenant": str(document.tenant_id),
        "base": str(document.knowledge_base_id),
        "readers": sorted(document.readers),
        "media": document.media_type,
        "modified": moment(document.modified_at),
        "active": int(document.active),
        "since": number,
        "until": NEVER,
    }
    if not document.chunk_ids:
        return []
    draws = (mixed(pack_ids(document.chunk_ids)) >> np.uint64(11)).tolist()
    vectors = document.vectors.astype(np.float32).tolist()
    return [
        m.PointStruct(
            id=str(new_id()),
            vector={DENSE: vector, WORDS: _saturations(terms, bm25)},
            payload=common
            | {"chunk": str(chunk_id), "draw": draw, "length": terms.length}
            | {"terms": signed(terms.ids), "words": _packed(terms)},
        )
        for chunk_id, draw, vector, terms in zip(document.chunk_ids, draws, vectors, document.terms, strict=True)
    ]


def record_of(document: IndexedDocument) -> m.PointStruct:
    return m.PointStruct(
        id=str(document.document_id),
        vector={},
        payload={"record": 1, "tenant": str(document.tenant_id), "current": str(document.version_id)},
    )


def named(document_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """As many as one filter names."""
    for start in range(0, len(document_ids), _NAMED):
        yield document_ids[start : start + _NAMED]


def ending(document_ids: Sequence[UUID], number: int) -> m.SetPayloadOperation:
    """The chunks of these documents are there until this write."""
    named = among("document", [str(each) for each in document_ids])
    before = m.FieldCondition(key="since", range=m.Range(lt=number))
    still = equals("until", NEVER)
    return m.SetPayloadOperation(
        set_payload=m.SetPayload(payload={"until": number}, filter=m.Filter(must=[named, before, still]))
    )


def attributes_of(change: DocumentAttributes) -> dict[str, Any]:
    return {
        "base": str(change.knowledge_base_id),
        "readers": sorted(change.readers),
        "modified": moment(change.modified_at),
        "active": int(change.active),
    }


def _saturations(terms: ChunkTerms, bm25: Bm25) -> m.SparseVector:
    damping = float(bm25.damping(np.array([terms.length], np.uint32), TYPICAL)[0])
    values: dict[int, float] = {}
    for term, count in zip(terms.ids.tolist(), terms.counts.tolist(), strict=True):
        values[axis(term)] = values.get(axis(term), 0.0) + count / (count + damping)
    return m.SparseVector(indices=list(values), values=list(values.values()))


def _packed(terms: ChunkTerms) -> str:
    return base64.b64encode(terms.ids.astype("<u8").tobytes() + terms.counts.tobytes()).decode()


def read_words(payload: dict[str, Any]) -> ChunkTerms:
    packed = base64.b64decode(payload["words"])
    count = len(packed) // 9
    ids = np.frombuffer(packed, "<u8", count)
    return ChunkTerms(ids, np.frombuffer(packed, np.uint8, count, 8 * count), payload["length"])

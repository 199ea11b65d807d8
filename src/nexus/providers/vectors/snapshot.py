"""The file a filled index is kept in for a fast start. The rows remain the truth: a doubtful file is refused.

Layout: the magic, the header's length (8 bytes, little-endian) and its SHA-256, the header (JSON), then
the arrays it lists, one after the other. Each array carries its own SHA-256 in the header.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import SnapshotError
from nexus.providers.vectors.dense import VectorBlock
from nexus.providers.vectors.documents import DocumentTable, Interner, ReaderSets, Vocabularies
from nexus.providers.vectors.keyword import Postings
from nexus.providers.vectors.segment import Segment
from nexus.providers.vectors.state import IndexState

_MAGIC = b"nexus-index\x00\x00\x00\x00\x01"
"""The last byte is the version of the layout: any change of it makes older files foreign."""

Array = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class _Entry:
    dtype: str
    shape: list[int]
    sha256: str


def write_snapshot(state: IndexState, dimension: int, path: Path, revision: int) -> None:
    """Write `state` beside `path` and move it there once it is on the disk."""
    arrays: list[Array] = list(state.table.columns().values())
    for segment in state.segments:
        arrays += [segment.documents, segment.chunk_ids, segment.lengths, segment.vectors.halves]
        arrays += [segment.postings.terms, segment.postings.offsets, segment.postings.rows, segment.postings.counts]
    arrays = [np.ascontiguousarray(array) for array in arrays]
    header = json.dumps(
        {
            "dimension": dimension,
            "revision": revision,
            "segments": len(state.segments),
            "vocabularies": _described(state.table.vocabularies),
            "arrays": [asdict(_Entry(array.dtype.str, list(array.shape), _digest(array))) for array in arrays],
        }
    ).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + len(header).to_bytes(8, "little") + hashlib.sha256(header).digest() + header)
            file.writelines(array.reshape(-1).view(np.uint8).data for array in arrays)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_snapshot(path: Path, dimension: int) -> tuple[IndexState, int]:
    """The state in `path` and its revision. Raises `SnapshotError` for anything but a whole file of ours."""
    try:
        with path.open("rb") as file:
            header = _read_header(file, dimension)
            read = _reader(file, [_Entry(**entry) for entry in header["arrays"]])
            state = _read_state(header, read)
            if file.read(1):
                raise SnapshotError(f"{path} is longer than its header says.")
    except FileNotFoundError as missing:
        raise SnapshotError(f"There is no index snapshot at {path}.") from missing
    except OSError as failure:
        raise SnapshotError(f"The index snapshot {path} cannot be read.") from failure
    return state, int(header["revision"])


def _read_header(file: BufferedReader, dimension: int) -> Mapping[str, Any]:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise SnapshotError("The file is not an index snapshot of this version.")
    length, digest = int.from_bytes(file.read(8), "little"), file.read(32)
    text = file.read(min(length, os.fstat(file.fileno()).st_size))
    if hashlib.sha256(text).digest() != digest:
        raise SnapshotError("The header of the index snapshot is damaged.")
    header: dict[str, Any] = json.loads(text)
    if header["dimension"] != dimension:
        raise SnapshotError(f"The index snapshot has {header['dimension']} dimensions, not {dimension}.")
    return header


def _reader(file: BufferedReader, entries: Sequence[_Entry]) -> Callable[[], Any]:
    pending = iter(entries)

    def read() -> Any:
        entry = next(pending)
        array = np.empty(entry.shape, np.dtype(entry.dtype))
        view = array.reshape(-1).view(np.uint8)
        if file.readinto(view.data) != view.nbytes or _digest(array) != entry.sha256:
            raise SnapshotError("The index snapshot is damaged.")
        return array

    return read


def _read_state(header: Mapping[str, Any], read: Callable[[], Any]) -> IndexState:
    columns = {name: read() for name in DocumentTable.empty().columns()}
    table = DocumentTable(vocabularies=_restored(header["vocabularies"]), **columns)
    segments: list[Segment] = []
    for _ in range(header["segments"]):
        documents, chunk_ids, lengths, halves = read(), read(), read(), read()
        postings = Postings(read(), read(), read(), read())
        segments.append(Segment(documents, chunk_ids, lengths, VectorBlock(halves), postings))
    return IndexState(table, tuple(segments))


def _described(words: Vocabularies) -> dict[str, Any]:
    readers: Interner[str] = Interner()
    return {
        "tenants": [value.hex for value in words.tenants.values],
        "knowledge_bases": [value.hex for value in words.knowledge_bases.values],
        "media_types": list(words.media_types.values),
        "reader_sets": [[readers.code(reader) for reader in sorted(each)] for each in words.readers.sets],
        "readers": readers.values,
    }


def _restored(described: Mapping[str, Any]) -> Vocabularies:
    readers: list[str] = described["readers"]
    reader_sets: list[list[int]] = described["reader_sets"]
    return Vocabularies(
        Interner(UUID(value) for value in described["tenants"]),
        Interner(UUID(value) for value in described["knowledge_bases"]),
        Interner(described["media_types"]),
        ReaderSets(frozenset(readers[code] for code in codes) for codes in reader_sets),
    )


def _digest(array: Array) -> str:
    return hashlib.sha256(array.reshape(-1).view(np.uint8).data).hexdigest()

"""One file that holds an installation: a tar that any tool can list, sealed by the digest of everything in it.

In this order: `about.json`; `keys/…` if wanted; `files/<key>`; `rows/<table>/<part>.jsonl.gz`; `manifest.json`, what
was counted; `seal.json`, SHA-256 and number of all bytes before it. It is written beside its place and appears there
whole. Files stand in it as they are, one after the other, so memory does not grow with it.
"""

import fcntl
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, Protocol, cast

from nexus.core.errors import ConflictError, InvalidError
from nexus.moving.forms import CarriedTable, Row, line

FORMAT: Final = 1
"""Grows when an archive could no longer be read by the code of the one before."""
_BLOCK: Final = 512
_READ: Final = 1 << 20
_ABOUT: Final = "about.json"
_MANIFEST: Final = "manifest.json"
_SEAL: Final = "seal.json"
_PART_BYTES: Final = 8 << 20
"""Of rows, before they are packed."""
_LEVEL: Final = 1


@dataclass(frozen=True, slots=True)
class About:
    """What an archive says of itself before anything else."""

    id: str
    format: int
    nexus: str
    made_at: str
    revision: str
    database: str
    has_files: bool
    tables: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class _Sealing:
    """A file that is written to its end and digested on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        self.size += len(content)
        return self._file.write(content)

    def tell(self) -> int:
        return self.size


class ArchiveWriter:
    """Adds members in the order of the archive."""

    def __init__(self, file: IO[bytes]) -> None:
        self._sealing = _Sealing(file)
        self._tar = tarfile.TarFile(fileobj=cast("IO[bytes]", self._sealing), mode="w", format=tarfile.GNU_FORMAT)
        self.sha256 = ""
        """Of everything but the seal, once it is finished."""

    def add(self, name: str, content: bytes) -> None:
        self._tar.addfile(_member(name, len(content)), io.BytesIO(content))
        self._forget()

    def add_json(self, name: str, content: dict[str, Any]) -> None:
        self.add(name, json.dumps(content, indent=1).encode())

    def add_file(self, name: str, path: Path) -> tuple[int, str]:
        """Size and SHA-256 of what was read."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digested = _Digested(file)
            self._tar.addfile(_member(name, size), cast("IO[bytes]", digested))
        self._forget()
        return size, digested.sha256.hexdigest()

    def rows(self, table: CarriedTable) -> "_RowParts":
        return _RowParts(self, table.name)

    def finish(self, manifest: dict[str, Any]) -> None:
        """To be called last."""
        place = self._sealing.size
        self.add_json(_MANIFEST, manifest)
        self.sha256 = self._sealing.sha256.hexdigest()
        self.add_json(_SEAL, {"bytes": self._sealing.size, "manifest": place, "sha256": self.sha256})
        self._tar.close()

    def _forget(self) -> None:
        # The library remembers every member it wrote.
        self._tar.members.clear()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]


class _RowParts:
    """Rows of one table, packed by parts."""

    def __init__(self, writer: ArchiveWriter, table: str) -> None:
        self._writer, self._table = writer, table
        self._lines: list[bytes] = []
        self._bytes = 0
        self._number = 0

    def add(self, row: Row) -> None:
        content = line(row)
        self._lines.append(content)
        self._bytes += len(content) + 1
        if self._bytes >= _PART_BYTES:
            self.flush()

    def flush(self) -> None:
        if not self._lines:
            return
        self._number += 1
        packed = gzip.compress(b"\n".join(self._lines) + b"\n", _LEVEL, mtime=0)
        self._lines, self._bytes = [], 0
        self._writer.add(f"rows/{self._table}/{self._number:06}.jsonl.gz", packed)


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Digested:
    def __init__(self, file: _Readable) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.sha256.update(content)
        return content


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


@contextmanager
def writing(path: Path) -> Generator[ArchiveWriter, None, None]:
    """The archive stands at `path` once the block has ended and all of it is on disk; before, nothing does.

    Nobody else may read it. Raises ConflictError where something stands there already.
    """
    if path.exists():
        raise ConflictError(f"{path} is there already. Choose another name, or move it away.")
    # What was killed leaves its draft, which the next one writes over.
    draft = path.with_name(f".{path.name}.partial")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConflictError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ConflictError(f"Another backup is being written to {path}.") from error
    os.ftruncate(descriptor, 0)
    try:
        with os.fdopen(descriptor, "wb", buffering=_READ) as file:
            writer = ArchiveWriter(file)
            yield writer
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """After this the folder's entries are there whatever happens to the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class ArchiveReader:
    """An archive that has been found whole."""

    def __init__(self, path: Path, about: About, manifest: dict[str, Any], sha256: str) -> None:
        self.path, self.about, self.manifest, self.sha256 = path, about, manifest, sha256

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def members(self, folder: str) -> Iterator[tuple[str, int, BinaryIO]]:
        """Name within the folder, size and content of each; to be read before the next is asked for."""
        with tarfile.open(self.path, "r:") as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
                if member.name.startswith(f"{folder}/"):
                    content = tar.extractfile(member)
                    if content is not None:
                        yield member.name.removeprefix(f"{folder}/"), member.size, cast("BinaryIO", content)

    def row_parts(self) -> Iterator[tuple[str, list[Row]]]:
        """Table and some of its rows, tables in the archive's order."""
        for name, _, content in self.members("rows"):
            with gzip.open(content) as lines:
                yield name.partition("/")[0], [json.loads(each) for each in lines]


def open_archive(path: Path, tell: Callable[[int, int], None] = lambda _done, _of: None) -> ArchiveReader:
    """Reads it whole once. Raises InvalidError for what is no archive, cut short or changed since it was made."""
    try:
        seal, end = _find_seal(path)
        sha256, total = hashlib.sha256(), 0
        with path.open("rb") as file:
            while total < end and (block := file.read(min(_READ, end - total))):
                sha256.update(block)
                total += len(block)
                tell(total, end)
    except OSError as error:
        raise InvalidError(f"{path} cannot be read: {error.strerror}.") from error
    if (seal.get("bytes"), seal.get("sha256")) != (end, sha256.hexdigest()):
        raise InvalidError(f"{path} is damaged or was changed: it is not what its seal says. Take another backup.")
    about = _read_json(path, 0, _ABOUT)
    if about["format"] > FORMAT:
        raise InvalidError(f"{path} was made by Nexus {about['nexus']}, which is newer. Install that version first.")
    return ArchiveReader(path, About(**about), _read_json(path, seal["manifest"], _MANIFEST), sha256.hexdigest())


def _find_seal(path: Path) -> tuple[dict[str, Any], int]:
    """The seal, and where it begins. It is one block behind its header, and only empty blocks come after it."""
    with path.open("rb") as file:
        place = os.fstat(file.fileno()).st_size // _BLOCK * _BLOCK
        content = b""
        while place > _BLOCK and not content.strip(b"\0"):
            place -= _BLOCK
            file.seek(place)
            content = file.read(_BLOCK)
        file.seek(max(place - _BLOCK, 0))
        header = file.read(_BLOCK)
    if header.partition(b"\0")[0] != _SEAL.encode():
        raise InvalidError(f"{path} is not a backup of Nexus, or its end is missing. Take another backup.")
    try:
        return json.loads(content.rstrip(b"\0")), place - _BLOCK
    except ValueError as error:
        raise InvalidError(f"{path} is damaged at its end. Take another backup.") from error


def _read_json(path: Path, place: int, name: str) -> dict[str, Any]:
    """The member that begins at `place`."""
    with path.open("rb") as file:
        file.seek(place)
        with tarfile.open(fileobj=file, mode="r:") as tar:
            member = tar.next()
            content = tar.extractfile(member) if member is not None and member.name == name else None
            if content is None:
                raise InvalidError(f"{path} is not a backup of Nexus.")
            return json.loads(content.read())


GROWTH: Final = 1.5
"""How much more a database may take elsewhere, and while it is made."""


def require_space(folder: Path, wanted: int, what: str) -> None:
    """Raises ConflictError where `folder` has less than `wanted` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise ConflictError(
            f"{what} needs about {megabytes(wanted)}, and {folder} has {megabytes(free)} left. Make room there first."
        )


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"

"""One process owns a data folder: the lock says so, and a small file says how to reach it."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nexus.core.errors import ConflictError


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """How a command on this machine reaches the running server."""

    url: str
    token: str
    """The operator's credential of this start."""
    pid: int


RESTORING: Final = "restoring.json"
"""Stands in a data folder as long as a restore into it has begun and not ended."""


def require_restored(folder: Path) -> None:
    """Raises ConflictError while a restore into the data folder has begun and not ended."""
    if (folder / RESTORING).exists():
        raise ConflictError(f"A restore into {folder} was not finished. Run `nexus restore` with the same file again.")


class DataFolderLock:
    """Held from the start of a serving process to its end, however it ends: the kernel lets go of it."""

    def __init__(self, folder: Path, *, restoring: bool = False) -> None:
        """`restoring`: whether a folder that is half restored will do."""
        self._folder = folder
        self._restoring = restoring
        self._descriptor: int | None = None

    @property
    def _address_file(self) -> Path:
        return self._folder / "server.json"

    def __enter__(self) -> Self:
        """Raises ConflictError when another process serves this folder."""
        if not self.acquire():
            raise ConflictError("Another process serves this data folder. Stop it, or choose another NEXUS_DATA_DIR.")
        return self

    def acquire(self) -> bool:
        """False when another process serves this folder. Raises ConflictError when it cannot be used at all."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            reason = error.strerror or "it cannot be written to"
            raise ConflictError(f"The data folder {self._folder} cannot be used: {reason}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        if not self._restoring:
            try:
                require_restored(self._folder)
            except ConflictError:
                os.close(descriptor)
                raise
        self._descriptor = descriptor
        self._address_file.unlink(missing_ok=True)
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        if self._descriptor is not None:
            self._address_file.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def announce(self, address: ServerAddress) -> None:
        """Writes the address for commands of the same user; nobody else may read it."""
        partial = self._address_file.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(address), file)
        partial.replace(self._address_file)

    def read_address(self) -> ServerAddress | None:
        """Where the holder of the lock can be reached; None while it is starting."""
        try:
            return ServerAddress(**json.loads(self._address_file.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

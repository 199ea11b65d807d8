"""Whether two installations hold the same: numbers and digests that do not depend on the order of reading."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nexus.core.errors import ConflictError
from nexus.moving.forms import CarriedTable, Row, compared_line

_MODULUS = 1 << 256


@dataclass(slots=True)
class Tally:
    """How many things there are, and the sum of their SHA-256 modulo 2²⁵⁶: of the same things the same in any order."""

    count: int = 0
    sum: int = 0
    size: int = 0
    """Bytes."""

    def add(self, content: bytes, size: int | None = None) -> None:
        """`size`: the bytes of the thing, where `content` only speaks of it."""
        self.count += 1
        self.size += len(content) if size is None else size
        self.sum = (self.sum + int.from_bytes(hashlib.sha256(content).digest())) % _MODULUS

    def report(self) -> dict[str, Any]:
        return {"count": self.count, "bytes": self.size, "digest": f"{self.sum:064x}"}


@dataclass(slots=True)
class Contents:
    """Everything that an installation holds, as tallies."""

    tables: dict[str, Tally] = field(default_factory=dict[str, Tally])
    files: Tally = field(default_factory=Tally)
    """Of name, size and SHA-256 of each; its bytes are those of the files."""

    def table(self, table: CarriedTable) -> Callable[[Row], None]:
        """Counts the rows of a table; a table without any is counted too."""
        tally = self.tables.setdefault(table.name, Tally())
        compared = compared_line(table)
        return lambda row: tally.add(compared(row))

    def add_file(self, key: str, size: int, sha256: str) -> None:
        self.files.add(f"{key} {size} {sha256}".encode(), size)

    @property
    def rows(self) -> int:
        return sum(tally.count for tally in self.tables.values())

    def report(self) -> dict[str, Any]:
        return {
            "tables": {name: tally.report() for name, tally in self.tables.items()},
            "files": self.files.report(),
        }


def require_same(wanted: Mapping[str, Any], found: Mapping[str, Any], where: str) -> None:
    """Of two reports. Raises ConflictError naming what differs."""
    differing = [
        f"{name} ({_count(wanted['tables'], name)} rows, here {_count(found['tables'], name)})"
        for name in sorted({*wanted["tables"], *found["tables"]})
        if wanted["tables"].get(name) != found["tables"].get(name)
    ]
    if wanted["files"] != found["files"]:
        differing.append(f"files ({wanted['files']['count']}, here {found['files']['count']})")
    if differing:
        raise ConflictError(f"{where} does not hold what was carried there: {', '.join(differing)} differ.")


def _count(tables: Mapping[str, Any], name: str) -> int:
    return tables[name]["count"] if name in tables else 0

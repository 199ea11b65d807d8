"""Mails as Outlook saves them (MSG), written from their parts: a compound file of properties."""

import struct
from dataclasses import dataclass, field
from typing import Any, Final

Tree = dict[str, "bytes | Tree"]

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_MAIL, _INNER, _OTHER = 32, 24, 8
_TEXT, _BYTES, _NUMBER, _TIME = 0x001F, 0x0102, 0x0003, 0x0040
_NOTHING: Final = 0xFFFFFFFF


def compound(tree: Tree) -> bytes:
    """The file that holds these streams in these storages."""
    entries: list[list[Any]] = [["Root Entry", _ROOT, _NOTHING, _NOTHING, b""]]
    _enter(tree, entries, 0)
    mini, sectors, chains = bytearray(), bytearray(), list[tuple[int, int]]()
    places: list[tuple[int, int]] = []
    mini_chain: list[int] = []
    for _, kind, _, _, content in entries:
        assert isinstance(content, bytes)
        if kind == _STREAM and len(content) >= _CUTOFF:
            places.append((_append(sectors, content, _SECTOR, chains), len(content)))
        elif kind == _STREAM and content:
            first = len(mini) // _MINI
            mini += content.ljust(-(-len(content) // _MINI) * _MINI, b"\0")
            mini_chain += [*range(first + 1, len(mini) // _MINI), _END]
            places.append((first, len(content)))
        else:
            places.append((_END, 0))
    places[0] = (_append(sectors, bytes(mini), _SECTOR, chains) if mini else _END, len(mini))
    mini_table = struct.pack(f"<{len(mini_chain)}I", *mini_chain)
    mini_fat = _append(sectors, mini_table, _SECTOR, chains, b"\xff") if mini_chain else _END
    directory = b"".join(_entry(each, start, size) for each, (start, size) in zip(entries, places, strict=True))
    at = _append(sectors, directory, _SECTOR, chains)
    count = len(sectors) // _SECTOR
    fats = 1
    while fats * (_SECTOR // 4) < count + fats:
        fats += 1
    table = [_FREE] * (fats * (_SECTOR // 4))
    for first, last in chains:
        table[first : last + 1] = [*range(first + 1, last + 1), _END]
    table[count : count + fats] = [_FAT] * fats
    listed = [*range(count, count + fats), *[_FREE] * (109 - fats)]
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(16),
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, fats, at, 0, _CUTOFF, mini_fat, -(-len(mini_table) // _SECTOR), _END, 0),
    ) + struct.pack("<109I", *listed)
    return header + bytes(sectors) + struct.pack(f"<{len(table)}I", *table)


def _enter(tree: Tree, entries: list[list[Any]], parent: int) -> None:
    """The entries of a storage: each the right-hand neighbour of the one before, in the order of their names."""
    before = None
    for name in sorted(tree, key=lambda name: (len(name), name.upper())):
        content = tree[name]
        is_stream = isinstance(content, bytes)
        number = len(entries)
        entries.append([name, _STREAM if is_stream else _STORAGE, _NOTHING, _NOTHING, content if is_stream else b""])
        if before is None:
            entries[parent][3] = number
        else:
            entries[before][2] = number
        before = number
        if not isinstance(content, bytes):
            _enter(content, entries, number)


def _append(sectors: bytearray, content: bytes, size: int, chains: list[tuple[int, int]], fill: bytes = b"\0") -> int:
    first = len(sectors) // size
    sectors += content.ljust(-(-len(content) // size) * size, fill)
    chains.append((first, len(sectors) // size - 1))
    return first


def _entry(entry: list[Any], start: int, size: int) -> bytes:
    name, kind, right, child, _ = entry
    spelt = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16sI8s8sIQ",
        spelt,
        len(spelt),
        kind,
        1,
        _NOTHING,
        right,
        child,
        bytes(16),
        0,
        bytes(8),
        bytes(8),
        start,
        size,
    )


@dataclass(frozen=True)
class Mail:
    subject: str
    body: str = ""
    html: str = ""
    sender: tuple[str, str] = ("", "")
    to: tuple[tuple[str, str], ...] = ()
    ticks: int = 0
    files: tuple["Attached", ...] = field(default=())


@dataclass(frozen=True)
class Attached:
    name: str
    content: "bytes | Mail"
    content_id: str = ""


def save(mail: Mail) -> bytes:
    return compound(_mail(mail, _MAIL))


def _mail(mail: Mail, header: int) -> Tree:
    tree = _properties(
        header,
        {0x0037: mail.subject, 0x1000: mail.body, 0x1013: mail.html.encode(), 0x3FDE: 65001}
        | {0x0C1A: mail.sender[0], 0x5D01: mail.sender[1], 0x0039: (mail.ticks,)},
    )
    for number, (name, address) in enumerate(mail.to):
        tree[f"__recip_version1.0_#{number:08X}"] = _properties(_OTHER, {0x3001: name, 0x39FE: address, 0x0C15: 1})
    for number, each in enumerate(mail.files):
        inner = _properties(_OTHER, {0x3707: each.name, 0x3712: each.content_id})
        if isinstance(each.content, Mail):
            inner["__substg1.0_3701000D"] = _mail(each.content, _INNER)
        else:
            inner["__substg1.0_37010102"] = each.content
        tree[f"__attach_version1.0_#{number:08X}"] = inner
    return tree


def _properties(header: int, values: dict[int, "str | bytes | int | tuple[int]"]) -> Tree:
    tree: Tree = {}
    rows = b""
    for number, value in values.items():
        if not value:
            continue
        if isinstance(value, str | bytes):
            kind, content = (_TEXT, value.encode("utf-16-le")) if isinstance(value, str) else (_BYTES, value)
            tree[f"__substg1.0_{number:04X}{kind:04X}"] = content
            amount = len(content)
        else:
            kind, amount = (_TIME, value[0]) if isinstance(value, tuple) else (_NUMBER, value)
        rows += struct.pack("<IIQ", number << 16 | kind, 6, amount)
    tree["__properties_version1.0"] = bytes(header) + rows
    return tree

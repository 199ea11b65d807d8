"""A large file on its way in: how fast beside the disk alone, and how much memory the server takes for it.

The disk alone is the same bytes written in pieces of a MiB and fsynced, into the same folder, just before. The file is
noise, so that nothing but its arrival is measured; the client's own processor time competes with the server's.
"""

import base64
import http.client
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import ratio, rounded
from benchmarks.processes import load_average, sample
from benchmarks.product import Product

_PIECE: Final = 1 << 20
_PART: Final = 32 << 20
"""What the page sends in one request."""
_NOISE: Final = random.Random(5).randbytes(_PIECE)

Way = Callable[[Product, str, int, bytes], None]


def run(*, quick: bool = False) -> dict[str, Any]:
    size = (64 if quick else 1024) << 20
    rounds = 1 if quick else 3
    found: dict[str, list[dict[str, float]]] = {name: [] for name in _WAYS}
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as temporary, Product(Path(temporary) / "data") as product:
        shelf = product.call("POST", "/api/knowledge-bases", {"name": "Films"})["id"]
        _send(product, _tus, shelf, _PIECE, b"warm up")
        for number in range(rounds):
            # Turn by turn, so that a busy minute of the machine falls on all of them.
            for name, way in _WAYS.items():
                disk = _disk(Path(temporary) / "alone", size)
                measured = _send(product, way, shelf, size, f"{name} {number}".encode())
                found[name].append(measured | {"disk_s": disk, "disk_share": ratio(disk, measured["wall_s"])})
    return {"mib": size >> 20, "ways": {name: _median(all_) for name, all_ in found.items()}, "load": load_average()}


def _median(rounds: list[dict[str, float]]) -> dict[str, float]:
    return rounded({key: statistics.median(one[key] for one in rounds) for key in rounds[0]})


def _send(product: Product, way: Way, shelf: str, size: int, mark: bytes) -> dict[str, float]:
    """Seconds, MiB a second, and the most that the server held more than before, in 10^6 bytes."""
    before, most = sample(product.pid).own_rss, [0.0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            most[0] = max(most[0], sample(product.pid).own_rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    way(product, shelf, size, mark)
    wall = time.perf_counter() - began
    done.set()
    watcher.join()
    [document] = product.call("GET", "/api/documents", limit=1, sort="-updated")["items"]
    if document["size"] != size:
        raise RuntimeError(f"{document['size']} bytes arrived of {size}")
    product.call("DELETE", f"/api/documents/{document['id']}")
    return {"wall_s": wall, "mib_per_s": (size >> 20) / wall, "more_memory_mb": max(0.0, most[0] - before)}


def _content(mark: bytes, start: int, end: int) -> Iterator[bytes]:
    """Bytes `[start, end)` of a file that `mark` makes unlike others; both are whole MiB."""
    for at in range(start, end, _PIECE):
        yield (b"\x00\x01" + mark + _NOISE)[:_PIECE] if at == 0 else _NOISE


def _disk(path: Path, size: int) -> float:
    began = time.perf_counter()
    with path.open("wb") as file:
        for piece in _content(b"", 0, size):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    wall = time.perf_counter() - began
    path.unlink()
    return wall


def _whole(product: Product, shelf: str, size: int, mark: bytes) -> None:
    path = f"/api/knowledge-bases/{shelf}/documents?path={mark.hex()}.bin"
    _request(product.connect(), "POST", path, product.headers(), _content(mark, 0, size), size)


def _tus(product: Product, shelf: str, size: int, mark: bytes) -> None:
    _go_on(product, _begin(product, shelf, size, mark), 0, size, mark)


def _tus_in_parts(product: Product, shelf: str, size: int, mark: bytes) -> None:
    place = _begin(product, shelf, size, mark)
    for start in range(0, size, _PART):
        _go_on(product, place, start, min(size, start + _PART), mark)


def _tus_resumed(product: Product, shelf: str, size: int, mark: bytes) -> None:
    """The connection breaks in the middle of the file."""
    place = _begin(product, shelf, size, mark)
    connection = product.connect()
    connection.putrequest("PATCH", place)
    for name, value in (_part_headers(product, 0) | {"Content-Length": str(size)}).items():
        connection.putheader(name, value)
    connection.endheaders()
    for piece in _content(mark, 0, size // 2):
        connection.send(piece)
    connection.close()
    offset = 0
    while offset < size // 2:
        answer = _request(product.connect(), "HEAD", place, product.headers() | {"Tus-Resumable": "1.0.0"})
        offset = int(answer["upload-offset"])
        time.sleep(0.01)
    _go_on(product, place, offset, size, mark)


def _begin(product: Product, shelf: str, size: int, mark: bytes) -> str:
    name = base64.b64encode(mark.hex().encode() + b".bin").decode()
    announced = {"Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": f"path {name}"}
    path = f"/api/knowledge-bases/{shelf}/uploads"
    return _request(product.connect(), "POST", path, product.headers() | announced)["location"]


def _part_headers(product: Product, offset: int) -> dict[str, str]:
    of_part = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return product.headers() | {"Tus-Resumable": "1.0.0"} | of_part


def _go_on(product: Product, place: str, start: int, end: int, mark: bytes) -> None:
    headers = _part_headers(product, start)
    _request(product.connect(), "PATCH", place, headers, _content(mark, start, end), end - start)


def _request(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    content: Iterator[bytes] | None = None,
    length: int = 0,
) -> dict[str, str]:
    """The answer's headers. Raises RuntimeError for a refusal."""
    try:
        connection.request(method, path, content, headers | {"Content-Length": str(length)})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status >= 400:
        raise RuntimeError(f"{method} {path}: {response.status} {body[:500]!r}")
    return {name.lower(): value for name, value in response.getheaders()}


_WAYS: Final[dict[str, Way]] = {
    "whole": _whole,
    "tus": _tus,
    "tus in parts": _tus_in_parts,
    "tus, broken off": _tus_resumed,
}

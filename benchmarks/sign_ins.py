"""A rush of sign-ins while somebody searches: what the hashing of passwords takes from everybody else.

Twenty people sign in by password, again and again, in the same moment; one person searches all the while.
"""

import json
import threading
import time
from typing import Any

from benchmarks import shelves
from benchmarks.figures import spread
from benchmarks.processes import load_average, peak_rss
from benchmarks.product import Product

_PEOPLE = 20
_PASSWORD = "plum-orbit-lantern-84"


def run(*, quick: bool = False) -> dict[str, Any]:
    """Searches with and without the rush, sign-ins a second, and the memory they take."""
    chunks, searches = (10_000, 40) if quick else (100_000, 200)
    with shelves.copy_of(chunks) as folder, Product(folder) as product:
        people = [f"rush{number}@bench.example" for number in range(_PEOPLE)]
        for email in people:
            product.call("POST", "/api/users", {"email": email, "name": email, "password": _PASSWORD})
        questions = shelves.questions(20 + 2 * searches, 900)
        _search(product, questions[:20])
        alone = _search(product, questions[20 : 20 + searches])
        before = peak_rss(product.pid)
        stopped, lasted = threading.Event(), list[float]()
        rush = [threading.Thread(target=_sign_in, args=(product, email, stopped, lasted)) for email in people]
        began = time.perf_counter()
        for thread in rush:
            thread.start()
        among = _search(product, questions[20 + searches :])
        stopped.set()
        for thread in rush:
            thread.join()
        wall = time.perf_counter() - began
        return {
            "people": _PEOPLE,
            "chunks": chunks,
            "search_alone_ms": spread(alone, 1),
            "search_in_rush_ms": spread(among, 1),
            "sign_in_ms": spread(lasted, 0),
            "sign_ins_per_s": round(len(lasted) / wall, 1),
            "more_memory_mb": round(peak_rss(product.pid) - before, 1),
            "load": load_average(),
        }


def _search(product: Product, questions: list[str]) -> list[float]:
    """Milliseconds of each, one after the other."""
    headers = product.headers(shelves.READERS["100 %"]) | {"Content-Type": "application/json"}
    connection, lasted = product.connect(), list[float]()
    for question in questions:
        began = time.perf_counter()
        connection.request("POST", "/api/search", json.dumps({"query": question}), headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"a search was refused: {response.status}")
        lasted.append((time.perf_counter() - began) * 1000)
    connection.close()
    return lasted


def _sign_in(product: Product, email: str, stopped: threading.Event, lasted: list[float]) -> None:
    connection = product.connect()
    body = json.dumps({"email": email, "password": _PASSWORD})
    while not stopped.is_set():
        began = time.perf_counter()
        connection.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"a sign-in was refused: {response.status}")
        lasted.append((time.perf_counter() - began) * 1000)
    connection.close()

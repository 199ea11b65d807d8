"""Many answers at once: streams at a model's pace, and a crowd that asks in the same moment.

The model is the tests' double in a process of its own, the readers are another process, the product is a third.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import shelves
from benchmarks.figures import spread
from benchmarks.processes import load_average, sample
from benchmarks.product import Product, ask

_RATE = 30
"""Tokens a second of each stream."""
_FULL = 0.97
"""A stream is held when it runs at this share of the model's pace at least."""
_CROWD = 100
_ROOT = Path(__file__).parent.parent


def run(*, quick: bool = False) -> dict[str, Any]:
    """By number of streams at the model's pace: how they were held; and how long a crowd waits for a first token."""
    levels = (20, 40) if quick else (100, 200, 300, 400, 500, 600)
    seconds = 6 if quick else 20
    chunks = 10_000 if quick else 100_000
    measured: dict[str, Any] = {"held": 0, "levels": {}}
    with model_double() as double:
        for number in levels:
            level = _stream(double, number, seconds)
            measured["levels"][str(number)] = level
            if not level["held"]:
                break
            measured["held"] = number
        measured["crowd"] = _crowd(double, chunks, 3 if quick else 5)
    return measured


def _stream(double: "_Double", number: int, seconds: int) -> dict[str, Any]:
    tokens = _RATE * seconds
    # Slower than they could be, so that the beginning of one does not disturb the pace of another.
    ramp = number / 5
    settings = {"NEXUS_LLM__BASE_URL": double.url, "NEXUS_LLM__MODEL": f"words?rate={_RATE}&tokens={tokens}"}
    with shelves.copy_of(10_000) as folder, Product(folder, settings) as product:
        _warm_up(product, 5)
        before, double_before, began = product.sample(), double.cpu(), time.perf_counter()
        in_flight: list[float] = []
        # While all of them are under way: after the last one began and before the first one ends.
        timer = threading.Timer((ramp + seconds) / 2 + 1, lambda: in_flight.append(product.sample().own_rss))
        timer.start()
        streams = _read(product, shelves.sentences(number, 300 + number), ramp)
        wall, after = time.perf_counter() - began, product.sample()
        timer.join()
    ideal = (tokens - 1) / _RATE
    whole = [stream for stream in streams if stream["succeeded"] and stream["tokens"] == tokens]
    paces = sorted(ideal / max(stream["lasted"], ideal) for stream in whole)
    # One in a hundred may say that it found nothing: it has no pace.
    slowest = paces[len(paces) // 20] if len(whole) >= 0.99 * number else 0.0
    return {
        "held": slowest >= _FULL,
        "complete": len(whole),
        "slowest_pace": round(slowest, 3),
        "widest_gap_ms": spread([stream["widest_gap"] * 1000 for stream in whole] or [0.0], 0),
        "first_token_ms": spread([stream["first"] * 1000 for stream in whole] or [0.0], 0),
        "mb_per_stream": round((in_flight[0] - before.own_rss) / number, 3),
        "processors": round((after.cpu - before.cpu) / wall, 2),
        "double_processors": round((double.cpu() - double_before) / wall, 2),
        "load": load_average(),
    }


def _crowd(double: "_Double", chunks: int, rounds: int) -> dict[str, Any]:
    """A hundred questions in the same moment, each searched for, answered by a model that needs no time."""
    settings = {"NEXUS_LLM__BASE_URL": double.url, "NEXUS_LLM__MODEL": "normal"}
    firsts: list[float] = []
    with shelves.copy_of(chunks) as folder, Product(folder, settings) as product:
        _warm_up(product, 20)
        for number in range(rounds):
            streams = _read(product, shelves.sentences(_CROWD, 700 + number), 0, word="run.succeeded")
            if not all(stream["succeeded"] for stream in streams):
                raise RuntimeError("not every question of the crowd was answered")
            firsts += [stream["first"] * 1000 for stream in streams]
    return {"questions": _CROWD, "chunks": chunks, "first_token_ms": spread(firsts, 0), "load": load_average()}


def _warm_up(product: Product, count: int) -> None:
    """Searches, and asks as somebody who may read nothing, so that the model has nothing to say."""
    connection = product.connect()
    ask(connection, product.headers(), "Is anything there?")
    headers = product.headers(shelves.READERS["100 %"]) | {"Content-Type": "application/json"}
    for question in shelves.questions(count, 600):
        connection.request("POST", "/api/search", json.dumps({"query": question}), headers)
        connection.getresponse().read()
    connection.close()


def _read(product: Product, questions: list[str], ramp: float, word: str = "word") -> list[dict[str, Any]]:
    task = {
        "port": product.port,
        "headers": product.headers(shelves.READERS["100 %"]),
        "questions": questions,
        "ramp": ramp,
        "word": word,
    }
    command = [sys.executable, "-m", "benchmarks.readers"]
    finished = subprocess.run(command, input=json.dumps(task), check=True, capture_output=True, text=True, cwd=_ROOT)
    return json.loads(finished.stdout)


class _Double:
    """The model's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._pid = process.pid
        self.url: str = json.loads(process.stdout.readline())["base_url"]

    def cpu(self) -> float:
        return sample(self._pid).cpu


@contextmanager
def model_double() -> Generator[_Double, None, None]:
    command = [sys.executable, "-m", "tests.doubles.openai_chat"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        try:
            yield _Double(process)
        finally:
            process.terminate()

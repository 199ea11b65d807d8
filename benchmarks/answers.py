"""What an answer costs beyond the model: until its first word, and after its last.

The model is the tests' double in a process of its own, which needs no time. It cites all that it is shown, a sentence
each; beside that it says as many words that are no statements, so that what differs is citing and checking.
"""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from benchmarks import shelves
from benchmarks.figures import spread
from benchmarks.processes import load_average
from benchmarks.product import Product, ask
from benchmarks.streams import model_double

_WARM_UP = 10
_SENTENCES = 8
"""Of a checked answer: one of each passage."""
_WORDS = 21 * _SENTENCES
"""As many as they have together."""


def run(*, quick: bool = False) -> dict[str, Any]:
    """Milliseconds, by number of chunks: until the first word, after the last one, and the processor's."""
    count = 20 if quick else 100
    measured: dict[str, Any] = {"sentences": _SENTENCES}
    with model_double() as double:
        measured["model_ms"] = _model_alone(double.url, count)
        for chunks in (10_000,) if quick else (10_000, 100_000):
            measured[str(chunks)] = {
                name: _ask_all(double.url, model, chunks, count)
                for name, model in (("cited", f"normal?cites={_SENTENCES}"), ("words", f"words?tokens={_WORDS}"))
            }
    measured["load"] = load_average()
    return measured


def _ask_all(url: str, model: str, chunks: int, count: int) -> dict[str, Any]:
    settings = {"NEXUS_LLM__BASE_URL": url, "NEXUS_LLM__MODEL": model}
    with shelves.copy_of(chunks) as folder, Product(folder, settings) as product:
        connection, headers = product.connect(), product.headers(shelves.READERS["100 %"])
        asked, before = [], 0.0
        for number, question in enumerate(shelves.questions(_WARM_UP + count, 900)):
            if number == _WARM_UP:
                before = product.sample().cpu
            one = ask(connection, headers, question)
            if number >= _WARM_UP:
                asked.append(one)
        cpu = (product.sample().cpu - before) * 1000 / count
        connection.close()
    return {
        "searched_ms": spread([one.searched for one in asked if one.searched is not None], 1),
        "first_word_ms": spread([one.text for one in asked if one.text is not None], 1),
        "after_last_word_ms": spread([one.end - one.last_text for one in asked if one.last_text is not None], 1),
        "cpu_ms": round(cpu, 1),
    }


def _model_alone(url: str, count: int) -> dict[str, float]:
    """From a request to the first piece, without the product."""
    parts = urlsplit(url)
    body = json.dumps(
        {"model": "words?tokens=20", "stream": True, "messages": [{"role": "user", "content": "Is anything there?"}]}
    )
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    firsts: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        connection.request("POST", f"{parts.path}/chat/completions", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.readline()
        firsts.append((time.perf_counter() - began) * 1000)
        response.read()
    connection.close()
    return spread(firsts, 2)

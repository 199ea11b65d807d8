"""Readers of many answers at once, in a process of their own: `python -m benchmarks.readers` with JSON on its input.

Takes port, headers, questions, ramp (seconds over which they are asked, evenly) and the word each token begins with.
Prints one JSON list with an object a stream, times in seconds.
"""

import asyncio
import itertools
import json
import sys
from typing import Any

import uvloop

_DELTA = b"\nevent: text.delta"
_TEXT = b'data: {"text":'


async def _main(task: dict[str, Any]) -> list[dict[str, Any]]:
    count = len(task["questions"])
    streams = [
        _read(task, question, number * task["ramp"] / max(1, count))
        for number, question in enumerate(task["questions"])
    ]
    return list(await asyncio.gather(*streams))


async def _read(task: dict[str, Any], question: str, delay: float) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(delay)
    reader, writer = await asyncio.open_connection("127.0.0.1", task["port"])
    body = json.dumps({"question": question}).encode()
    headers = {"Host": "bench", "Content-Type": "application/json", "Content-Length": len(body), **task["headers"]}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    asked = loop.time()
    writer.write(f"POST /api/ask/stream HTTP/1.1\r\nConnection: close\r\n{head}\r\n".encode() + body)
    said = bytearray()
    deltas: list[float] = []
    while piece := await reader.read(65536):
        fresh = max(0, len(said) - len(_DELTA))
        said += piece
        if said.find(_DELTA, fresh) >= 0:
            deltas.append(loop.time())
    writer.close()
    return {
        "first": deltas[0] - asked if deltas else None,
        "lasted": deltas[-1] - deltas[0] if deltas else None,
        "widest_gap": max((late - early for early, late in itertools.pairwise(deltas)), default=0.0),
        # What the model said, not what is told of it.
        "tokens": sum(line.count(task["word"].encode()) for line in said.splitlines() if line.startswith(_TEXT)),
        "succeeded": b"event: run.succeeded" in said,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_main(json.load(sys.stdin)))))

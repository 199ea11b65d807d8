"""The local embedder and nothing else, in a process of its own: `python -m benchmarks.embedder_alone TEXTS.json`.

The file is a list of texts. Prints one JSON object: what they cost once the model is loaded.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from nexus.providers.embeddings.local import LocalEmbedder

_BATCH = 256


async def _measure(texts: list[str]) -> dict[str, float]:
    embedder = LocalEmbedder()
    await embedder.embed_documents(texts[:64])
    began, cpu = time.perf_counter(), _cpu()
    for first in range(0, len(texts), _BATCH):
        await embedder.embed_documents(texts[first : first + _BATCH])
    measured = {"wall_s": time.perf_counter() - began, "cpu_s": _cpu() - cpu}
    await embedder.aclose()
    return measured


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))))

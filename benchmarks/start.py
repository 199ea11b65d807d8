"""What it costs to start, and to do nothing."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import shelves
from benchmarks.processes import Sample
from benchmarks.product import Product

_IDLE_SECONDS = 4.0
"""After which the model for questions has been loaded and what the start needed has been given back."""


def run(*, quick: bool = False) -> dict[str, Any]:
    """Seconds and 10^6 bytes. Cold is a new data folder: migrations, secret, founder; warm is the second start."""
    rounds = 2 if quick else 5
    cold: list[float] = []
    warm: list[float] = []
    idle: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as temporary:
        for number in range(rounds):
            folder = Path(temporary) / str(number)
            with Product(folder) as product:
                cold.append(product.started_in)
            with Product(folder) as product:
                warm.append(product.started_in)
                time.sleep(_IDLE_SECONDS)
                idle.append(product.sample())
    measured: dict[str, Any] = {
        "help_s": round(statistics.median(_help() for _ in range(rounds + 1)), 2),
        "cold_s": round(statistics.median(cold), 2),
        "warm_s": round(statistics.median(warm), 2),
        "idle_mb": round(statistics.median(sample.own_rss for sample in idle)),
        "idle_children_mb": round(statistics.median(sample.children_rss for sample in idle)),
    }
    chunks = 10_000 if quick else 100_000
    with shelves.copy_of(chunks) as folder, Product(folder) as product:
        # With a snapshot of the index from the time it was filled.
        time.sleep(_IDLE_SECONDS)
        filled = product.sample()
        measured |= {
            "filled_chunks": chunks,
            "filled_start_s": round(product.started_in, 2),
            "filled_mb": round(filled.own_rss),
        }
    return measured


def _help() -> float:
    began = time.perf_counter()
    nexus = Path(sys.executable).with_name("nexus")
    subprocess.run([nexus, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began

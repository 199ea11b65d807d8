"""`make bench`: what Nexus costs, in one table and in `benchmarks/out/latest.json`.

    python -m benchmarks [--quick] [--only PARTS] [--build-peer]

with some of ingestion,questions,answers,streams,start,index,page,sign-ins,uploads.

How to read it: docs/operate/performance.md.
"""

import argparse
import json
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import answers, bench_index, ingestion, page, questions, sign_ins, start, streams, table, uploads
from benchmarks.corpora import OUT
from benchmarks.processes import load_average


def _index(*, quick: bool) -> dict[str, Any]:
    return bench_index.run((10_000,) if quick else bench_index.SIZES)


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "start": start.run,
    "ingestion": ingestion.run,
    "questions": questions.run,
    "answers": answers.run,
    "streams": streams.run,
    "index": _index,
    "page": page.run,
    "sign-ins": sign_ins.run,
    "uploads": uploads.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what Nexus costs.")
    parser.add_argument("--quick", action="store_true", help="small and once: to see that it runs")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--build-peer", action="store_true", help="install what ingestion is compared with, and stop")
    chosen = parser.parse_args()
    if chosen.build_peer:
        ingestion.build_peer()
        return
    names = chosen.only.split(",")
    if unknown := set(names) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    report: dict[str, Any] = {"machine": _machine(), "quick": chosen.quick}
    for name in names:
        print(f"measuring {name} …", flush=True)
        report[name] = PARTS[name](quick=chosen.quick)
        # After each part, so that one which fails costs the others nothing.
        _save(report)
    table.show(report)


def _machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": model,
        "processors": sum(line.startswith("processor") for line in lines),
        "bf16": "amx_bf16" in flags or "avx512_bf16" in flags,
        "python": platform.python_version(),
        "load_before": load_average(),
    }


def _save(report: dict[str, Any]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "latest.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Writes the demo company's binary documents: `python -m demo.build [--output DIRECTORY]`.

The output depends on `sources/` and on the versions in the lock file, never on the day, the machine or the zlib build.
Documents in text formats are not built; they are edited where they stand, in `src/nexus/demo/files`.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from demo.markup import Block, parse
from demo.office import render_docx, render_pptx
from demo.pdf import render_pdf
from demo.prices import read_rows, render_new_list, render_old_list

_HERE = Path(__file__).parent
SOURCES = _HERE / "sources"
FILES = _HERE.parent / "src" / "nexus" / "demo" / "files"


def build() -> dict[str, bytes]:
    """Every built document by its path inside `files/`."""
    catalogue = read_rows(SOURCES / "sales/catalogue.csv")
    discounts = read_rows(SOURCES / "sales/discounts.csv")
    return {
        "engineering/er-0117-seal-failures.pdf": render_pdf(
            _blocks("engineering/er-0117-seal-failures.md"), author="Tom Ashdown", columns=2
        ),
        "engineering/heron-hx-datasheet.pdf": render_pdf(
            _blocks("engineering/heron-hx-datasheet.md"), author="Engineering, Whitby"
        ),
        "handbook/annual-review-fy2025.pdf": render_pdf(
            _blocks("handbook/annual-review-fy2025.md"), author="Margaret Vane"
        ),
        "people-uk/leave-policy-uk.docx": render_docx(
            _blocks("people-uk/leave-policy-uk.md"),
            author="Priya Raman",
            language="en-GB",
            modified=datetime(2025, 3, 18, 9, 30, tzinfo=UTC),
        ),
        "sales/heron-quiet-launch.pptx": render_pptx(
            _blocks("sales/heron-quiet-launch.md"),
            author="Hannah Cole",
            modified=datetime(2025, 10, 20, 14, 5, tzinfo=UTC),
        ),
        "sales/price-list-fy2025.csv": render_old_list(catalogue),
        "sales/price-list-fy26.xlsx": render_new_list(catalogue, discounts, datetime(2025, 3, 28, 16, 0, tzinfo=UTC)),
        "werk-flensburg/wartungsanleitung-heron-hx.docx": render_docx(
            _blocks("werk-flensburg/wartungsanleitung-heron-hx.md"),
            author="Lena Brandt",
            language="de-DE",
            modified=datetime(2025, 6, 2, 7, 15, tzinfo=UTC),
        ),
    }


def _blocks(name: str) -> tuple[Block, ...]:
    return parse((SOURCES / name).read_text(encoding="utf-8"))


def main() -> None:
    """Writes what `build` makes below `--output`."""
    arguments = argparse.ArgumentParser(description="Build the demo company's binary documents.")
    arguments.add_argument("--output", type=Path, default=FILES, metavar="DIRECTORY")
    output: Path = arguments.parse_args().output
    for name, content in build().items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sys.stdout.write(f"{len(content):>9,} bytes  {name}\n")


if __name__ == "__main__":
    main()

"""The documents that are brought in: folders named by BENCH_PDFS and BENCH_MD, or made-up ones of the same shape."""

import os
from pathlib import Path

from benchmarks.prose import Writer

OUT = Path(__file__).parent / "out"
_VERSION = 1
"""Of what is written below; a change makes the files anew."""


def pdfs(count: int) -> list[Path]:
    """`count` reports: the first of BENCH_PDFS, or made-up ones of some 54 pages with prose and number tables."""
    if folder := os.environ.get("BENCH_PDFS"):
        return sorted(Path(folder).rglob("*.pdf"))[:count]
    return [_made(f"report-{number}.pdf", number) for number in range(1, count + 1)]


def markdown(count: int) -> list[Path]:
    """`count` pages: spread evenly over BENCH_MD, or made-up ones of a handbook's length."""
    if folder := os.environ.get("BENCH_MD"):
        found = sorted(path for path in Path(folder).rglob("*.md") if path.stat().st_size)
        step = max(1.0, len(found) / count)
        return [found[int(index * step)] for index in range(min(count, len(found)))]
    return [_made(f"page-{number:03}.md", number) for number in range(1, count + 1)]


def _made(name: str, seed: int) -> Path:
    path = OUT / f"corpus-{_VERSION}" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}")
        _write_pdf(partial, seed) if name.endswith(".pdf") else _write_markdown(partial, seed)
        partial.replace(path)
    return path


def _write_markdown(path: Path, seed: int) -> None:
    writer = Writer(seed)
    parts = [f"# Handbook page {seed}"]
    for number, (heading, paragraphs) in enumerate(writer.sections(writer.random.randint(3, 9))):
        parts += [f"## {heading}", *paragraphs]
        if number % 4 == 3:
            header, *rows = writer.table(6)
            parts.append("\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]))
        elif number % 4 == 1:
            parts.append("\n".join(f"- {writer.sentence(heading)}" for _ in range(4)))
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _write_pdf(path: Path, seed: int) -> None:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

    writer, styles = Writer(1000 + seed), getSampleStyleSheet()
    story: list[Flowable] = [Paragraph(f"Report {seed}", styles["Title"])]
    for number, (heading, paragraphs) in enumerate(writer.sections(83)):
        story.append(Paragraph(heading, styles["Heading2"]))
        for paragraph in paragraphs:
            story += [Paragraph(paragraph, styles["BodyText"]), Spacer(1, 6)]
        if number % 3 == 0:
            story += [Table(writer.table(14)), Spacer(1, 10)]
    SimpleDocTemplate(str(path), pagesize=A4, title=f"Report {seed}", invariant=1).build(story)

"""The report as one table: what was measured, the figure, what is wanted."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

Row = tuple[str, str, str]


def show(report: dict[str, Any]) -> None:
    machine = report["machine"]
    title = f"{machine['processor']} · {machine['processors']} processors · load before {machine['load_before']}"
    grid = Table(title=title + (" · QUICK: not for quoting" if report["quick"] else ""), title_justify="left")
    for heading in ("figure", "measured", "aim"):
        grid.add_column(heading, overflow="fold")
    for part, rows in (
        ("start", _start),
        ("ingestion", _ingestion),
        ("questions", _questions),
        ("answers", _answers),
        ("streams", _streams),
        ("index", _index),
        ("page", _page),
        ("sign-ins", _sign_ins),
        ("uploads", _uploads),
    ):
        if part in report:
            grid.add_section()
            for row in rows(report[part]):
                grid.add_row(*row)
    Console(width=150).print(grid)


def _start(part: dict[str, Any]) -> Iterator[Row]:
    yield "nexus --help", f"{part['help_s']} s", "≤ 0.5 s"
    yield "serve → ready, new data folder", f"{part['cold_s']} s", ""
    yield "serve → ready, second start", f"{part['warm_s']} s", "≤ 3 s"
    yield "idle memory", f"{part['idle_mb']} MB, children {part['idle_children_mb']} MB", "≤ 400 MB"
    filled = f"{part['filled_mb']} MB, started in {part['filled_start_s']} s"
    yield f"memory with {part['filled_chunks']:,} chunks", filled, ""


def _sign_ins(part: dict[str, Any]) -> Iterator[Row]:
    alone, among = part["search_alone_ms"], part["search_in_rush_ms"]
    yield f"search of {part['chunks']:,} chunks, alone", f"p50 {alone['p50']} ms, p95 {alone['p95']} ms", ""
    rush = f"search while {part['people']} people sign in at once"
    yield rush, f"p50 {among['p50']} ms, p95 {among['p95']} ms", ""
    rate = f"{part['sign_ins_per_s']} a second, p95 {part['sign_in_ms']['p95']} ms, {part['more_memory_mb']} MB more"
    yield "sign-ins by password", rate, ""


def _uploads(part: dict[str, Any]) -> Iterator[Row]:
    for way, measured in part["ways"].items():
        rate = f"{measured['mib_per_s']:.0f} MiB/s, {measured['disk_share']} of the disk alone"
        memory = f"{measured['more_memory_mb']:.0f} MB more memory"
        yield f"{part['mib']:,} MiB, {way}", f"{rate}, {memory}", "memory flat"


def _ingestion(part: dict[str, Any]) -> Iterator[Row]:
    for kind, measured in part.items():
        ours, peer = measured["product"], measured["peer"]
        size = f"{measured['files']} files, {ours['pages']:.0f} pages, {ours['chunks']:.0f} chunks"
        yield f"{kind}: {size}", f"{ours['wall_s']} s, {ours['cpu_s']} CPU s, peak {ours['peak_mb']:.0f} MB", ""
        rates = f"{ours['pages_per_s']} pages/s, {ours['chunks_per_s']} chunks/s, {ours['pages_per_cpu_s']} pages/CPU s"
        yield f"{kind}: rate", rates, ""
        share = f"{measured['share_cpu']} of CPU, {measured['share_wall']} of time"
        yield f"{kind}: embedder alone ÷ product", share, "≥ 0.75"
        if peer is None:
            yield f"{kind}: against LangChain + Chroma", "not installed: --build-peer", ""
            continue
        against = f"{measured['peer_cpu_ratio']} × less CPU, {measured['peer_wall_ratio']} × faster"
        theirs = (
            f"{against} (theirs: {peer['cpu_s']} CPU s, {peer['chunks']:.0f} chunks, peak {peer['peak_mb']:.0f} MB)"
        )
        yield f"{kind}: against LangChain + Chroma", theirs, "≥ 3 with bf16, else 1.2"


def _questions(part: dict[str, Any]) -> Iterator[Row]:
    for chunks, measured in part.items():
        for share, asked in measured["citation_ms"].items():
            figure = f"p50 {asked['p50']} ms, p95 {asked['p95']} ms; CPU {asked['cpu']} ms a question"
            if asked["without"]:
                figure += f"; {asked['without']} without"
            aim = {"100 %": "p50 ≤ 30 ms", "1 %": "p50 ≤ 20 ms"}.get(share, "") if chunks == "100000" else ""
            yield f"first citation, {int(chunks):,} chunks, {share}", figure, aim
        yield f"memory with {int(chunks):,} chunks", f"{measured['rss_mb']} MB", ""
        for share, parts in measured.get("search_ms", {}).items():
            yield f"  of it the search, {share}", ", ".join(f"{name} {ms}" for name, ms in parts.items()), ""


def _answers(part: dict[str, Any]) -> Iterator[Row]:
    model = part["model_ms"]["p50"]
    yield "the model alone: first word", f"p50 {model} ms", ""
    for chunks, measured in part.items():
        if not chunks.isdecimal():
            continue
        cited, words = measured["cited"], measured["words"]
        first, search = cited["first_word_ms"], cited["searched_ms"]
        beyond = (
            f"p50 {first['p50'] - model:.1f} ms, p95 {first['p95'] - model:.1f} ms; of it the search {search['p50']} ms"
        )
        yield f"first word beyond the model's own, {int(chunks):,} chunks", beyond, ""
        after = f"p50 {cited['after_last_word_ms']['p50']} ms; {words['after_last_word_ms']['p50']} ms of words alone"
        yield f"after the last word, {part['sentences']} cited sentences", after, ""
        yield "  processor an answer", f"{cited['cpu_ms']} ms; {words['cpu_ms']} ms of words alone", ""


def _streams(part: dict[str, Any]) -> Iterator[Row]:
    for number, level in part["levels"].items():
        figure = (
            f"{'held' if level['held'] else 'not held'}: pace {level['slowest_pace']}, widest gap p95 "
            f"{level['widest_gap_ms']['p95']} ms, {level['mb_per_stream']} MB each, {level['processors']} processors"
        )
        yield f"{number} streams of 30 tokens/s", figure, ""
    yield "streams held", str(part["held"]), "≥ 300"
    crowd = part["crowd"]
    times = crowd["first_token_ms"]
    yield f"{crowd['questions']} at once: first token", f"p50 {times['p50']} ms, p95 {times['p95']} ms", "p50 ≤ 500 ms"


def _index(part: dict[str, Any]) -> Iterator[Row]:
    for chunks, measured in part.items():
        for name, row in measured["filters"].items():
            both = f"p50 {row['both_ms']['p50']} ms, p95 {row['both_ms']['p95']} ms, recall {row['recall@10']:.3f}"
            yield f"index alone, {int(chunks):,} chunks, {name}", both, "recall 1.000"


def _page(part: dict[str, Any]) -> Iterator[Row]:
    word, first, again = part["first_word_ms"], part["pdf_first_ms"], part["pdf_again_ms"]
    yield f"Enter → first word shown, {part['chunks']:,} chunks", f"p50 {word['p50']} ms, p95 {word['p95']} ms", ""
    pdf = f"{part['pdf']['pages']} pages, {part['pdf']['kb']} kB"
    yield f"click → cited PDF page shown, first time ({pdf})", f"p50 {first['p50']} ms, p95 {first['p95']} ms", ""
    yield "click → cited PDF page shown, again", f"p50 {again['p50']} ms, p95 {again['p95']} ms", ""

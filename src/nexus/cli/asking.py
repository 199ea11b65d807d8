"""`nexus ask` and `nexus search`."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nexus.cli.connection import RefusedError, connect

console = Console(highlight=False)


def ask(question: str, names: list[str], act_as: str | None, *, json_output: bool) -> None:
    """Prints the answer as it comes, then what its markers point at. Exits with 1 when the run failed."""
    with connect(act_as) as connection:
        body = {"question": question, "scope": {"knowledge_base_ids": connection.knowledge_base_ids(names)}}
        if json_output:
            answer = connection.post("/api/ask", body)
            print(json.dumps(answer, ensure_ascii=False, indent=2))
            if answer["run"]["state"] != "succeeded":
                sys.exit(1)
            return
        citations: list[dict[str, Any]] = []
        for kind, data in connection.events("/api/ask/stream", body):
            if kind == "retrieval.finished":
                label = "answer" if data["kind"] == "generated" else "quotations (no language model is set up)"
                where = f"searched {data['searched']} passages in {data['knowledge_bases']} knowledge bases"
                console.print(f"[dim]{where} · {label}[/dim]\n")
            elif kind == "text.delta":
                print(data["text"], end="", flush=True)
            elif kind == "citation.added":
                citations.append(data)
            elif kind == "run.failed":
                print()
                raise RefusedError(data["detail"])
        print("\n")
        for citation in citations:
            console.print(_cited(citation))


def _cited(citation: dict[str, Any]) -> str:
    page = citation["page_label"] or f"page {citation['page']}"
    quote = " ".join(citation["quote"].split())
    quote = quote if len(quote) <= 160 else quote[:159] + "…"
    place = f"{citation['document_name']}, {page}"
    shelf = f"{citation['knowledge_base_name']} · characters {citation['start']}–{citation['end']}"
    return f"[bold]\\[{citation['number']}][/bold] {escape(place)} [dim]({escape(shelf)})[/dim]\n    “{escape(quote)}”"


def search(query: str, names: list[str], limit: int, act_as: str | None, *, json_output: bool) -> None:
    """Prints rank, score, place and passage, and why each ranked."""
    with connect(act_as) as connection:
        scope = {"knowledge_base_ids": connection.knowledge_base_ids(names)}
        result = connection.post("/api/search", {"query": query, "limit": limit, "scope": scope})
    if json_output:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    if not result["hits"]:
        console.print("Nothing found in what you may read.")
        sys.exit(0)
    table = Table("#", "score", "where", "passage", "why", show_lines=True, pad_edge=False)
    for rank, hit in enumerate(result["hits"], 1):
        page = hit["page_label"] or f"page {hit['page']}"
        place = f"{escape(hit['document_name'])}\n{escape(page)}\n[dim]{escape(hit['knowledge_base_name'])}[/dim]"
        text = " ".join(hit["text"].split())
        text = text if len(text) <= 280 else text[:279] + "…"
        table.add_row(str(rank), f"{hit['score']:.3f}", place, escape(text), escape("\n".join(hit["reasons"])))
    console.print(table)
    console.print(f"[dim]{result['searched']} passages searched in {result['milliseconds']:.0f} ms[/dim]")

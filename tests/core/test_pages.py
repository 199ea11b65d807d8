"""How the built page is served: what a browser may run of it, how long it keeps it, and what it gets instead."""

import base64
import gzip
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from nexus.core.http.pages import Pages
from nexus.core.http.security import CONTENT_SECURITY_POLICY, SecurityHeadersMiddleware

INLINE = "self.__started = 1"
HASHED = "_next/static/chunks/a1b2.js"


def export(folder: Path) -> Path:
    files = {
        "index.html": f'<!doctype html><script src="/x.js"></script><script>{INLINE}</script>',
        "404.html": f"<!doctype html><h1>Nothing here</h1><script>{INLINE}</script>",
        "chat/index.html": "<!doctype html><h1>Chat</h1>",
        HASHED: "console.log(1)" * 200,
        "pdfjs/pdf.worker.min.mjs": "export {}",
        "pdfjs/wasm/a.wasm": "\0asm",
    }
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    script = folder / HASHED
    script.with_name(script.name + ".gz").write_bytes(gzip.compress(script.read_bytes()))
    script.with_name(script.name + ".br").write_bytes(b"brotli")
    return folder


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.add_middleware(SecurityHeadersMiddleware, https=False)
    app.mount("/", Pages(export(tmp_path), CONTENT_SECURITY_POLICY))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub") as client:
        yield client


async def test_a_page_allows_its_own_inline_scripts_and_no_others(client: httpx2.AsyncClient) -> None:
    policy = (await client.get("/")).headers["Content-Security-Policy"]

    digest = base64.b64encode(hashlib.sha256(INLINE.encode()).digest()).decode()
    assert re.search(r"script-src ([^;]*)", policy)[1] == f"'self' 'sha256-{digest}'"  # type: ignore[index]
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (await client.get("/")).headers["Cache-Control"] == "no-cache"


async def test_hashed_files_are_kept_for_a_year(client: httpx2.AsyncClient) -> None:
    answer = await client.get(f"/{HASHED}")

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("accepts", "gets"), [("gzip, br", "br"), ("gzip", "gzip"), ("gzip;q=0", None), ("identity", None)]
)
async def test_the_smaller_sibling_is_sent_to_who_takes_it(
    client: httpx2.AsyncClient, accepts: str, gets: str | None
) -> None:
    async with client.stream("GET", f"/{HASHED}", headers={"Accept-Encoding": accepts}) as answer:
        assert answer.headers.get("Content-Encoding") == gets
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Type"].startswith("text/javascript")


async def test_what_a_browser_has_is_not_sent_again(client: httpx2.AsyncClient) -> None:
    first = await client.get("/")

    second = await client.get("/", headers={"If-None-Match": first.headers["ETag"]})

    assert second.status_code == 304
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    assert second.headers["Cache-Control"] == "no-cache"


async def test_a_head_is_an_answer_without_its_body(client: httpx2.AsyncClient) -> None:
    answer = await client.head("/chat/")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


@pytest.mark.parametrize("path", ["/nowhere", "/chat/nothing", "/../pyproject.toml", "/%2e%2e/secret"])
async def test_an_unknown_page_is_the_404_page(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert "'sha256-" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_files_of_the_viewer_have_their_types(client: httpx2.AsyncClient) -> None:
    worker, module = await client.get("/pdfjs/pdf.worker.min.mjs"), await client.get("/pdfjs/wasm/a.wasm")

    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert module.headers["Content-Type"] == "application/wasm"
    assert "'wasm-unsafe-eval'" in worker.headers["Content-Security-Policy"]
    assert "'unsafe-eval'" not in worker.headers["Content-Security-Policy"]


async def test_a_folder_leads_to_its_page(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/chat")).headers["Location"] == "/chat/"
    assert (await client.get("http://hub//chat?c=1")).headers["Location"] == "/chat/?c=1"


async def test_an_unbuilt_page_says_how_to_build_it(tmp_path: Path) -> None:
    app = FastAPI()
    app.mount("/", Pages(tmp_path / "nothing", CONTENT_SECURITY_POLICY))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub") as client:
        answer = await client.get("/chat/")

    assert answer.status_code == 503
    assert "make serve" in answer.text

"""Fifty bad files do not spoil a batch: each ends with a sentence for its owner, the good ones become searchable,
and the server answers all the while without growing."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.openai_embeddings import EmbeddingsDouble

from e2e.household import make_files
from e2e.processes import PATIENCE, Client, Process, resident_bytes
from providers.parsers import hostile_files as hostile
from providers.parsers.hostile_files import MEBIBYTE, Write, content, repeated

MAY_BE_READ = {
    *("truncated.pdf", "without-xref.pdf", "text-bomb.pdf", "actions.pdf", "circular-styles.docx", "traversal.docx"),
    *("symlink.docx", "dimension.xlsx", "far.xlsx", "formulas.xlsx", "brackets.md", "spaces.md", "noisy.pdf"),
    *("nested-messages.eml", "charset.eml", "attachments.eml", "injection.csv", "number.json", "pdf-named.txt"),
}
"""What holds harmless text, too. Everything else must fail."""

HOSTILE: dict[str, Write] = {
    "nothing.pdf": content(b""),
    "spaces.txt": content(b" \r\n\t " * 50),
    "truncated.pdf": hostile.truncated_pdf,
    "encrypted.pdf": hostile.encrypted_pdf,
    "scanned.pdf": hostile.scanned_pdf,
    "without-xref.pdf": hostile.pdf_without_xref,
    "page-tree-loop.pdf": hostile.pdf_page_tree_loop,
    "hundred-thousand-pages.pdf": hostile.pdf_of_many_pages,
    "stream-bomb.pdf": hostile.pdf_stream_bomb,
    "text-bomb.pdf": hostile.pdf_text_bomb,
    "deep.pdf": hostile.pdf_deep_nesting,
    "actions.pdf": hostile.pdf_with_actions,
    "noisy.pdf": hostile.noisy_pdf(3),
    "program.pdf": content(b"MZ\x90\x00" + hostile.noise(5000)),
    "program.exe": content(b"MZ\x90\x00" + hostile.noise(5000)),
    "archive.docx": hostile.plain_zip,
    "noise.txt": content(hostile.noise(20_000)),
    "picture.png": hostile.picture("PNG"),
    "letter.doc": content(hostile.ole("WordDocument", "1Table")),
    "pdf-named.txt": content(hostile.pdf_bytes()),
    "bomb.docx": hostile.docx_bomb,
    "bomb.xlsx": hostile.xlsx_bomb,
    "lying-sizes.docx": hostile.lying_sizes,
    "overlapping.docx": hostile.overlapping_entries,
    "many-entries.docx": hostile.many_entries,
    "entities.docx": hostile.repacked(hostile.docx_bytes, "word/document.xml", hostile.document_xml(hostile.ENTITIES)),
    "external.docx": hostile.repacked(hostile.docx_bytes, "word/document.xml", hostile.document_xml(hostile.SECRET)),
    "late-entities.docx": hostile.late_doctype,
    "entities.pptx": hostile.repacked(hostile.pptx_bytes, "ppt/slides/slide1.xml", hostile.slide_xml()),
    "encrypted.docx": content(hostile.ole("EncryptionInfo", "EncryptedPackage")),
    "nested-tables.docx": hostile.nested_tables,
    "circular-styles.docx": hostile.circular_styles,
    "traversal.docx": hostile.repacked(hostile.docx_bytes, "../../../escaped.txt", b"x", ("/etc/escaped", b"x")),
    "symlink.docx": hostile.symlink_entry,
    "dimension.xlsx": hostile.huge_dimension,
    "far.xlsx": hostile.far_cells,
    "formulas.xlsx": hostile.spreadsheet_formulas,
    "one-line.md": repeated(b"# " + b" " * MEBIBYTE, 15),
    "too-large.pdf": repeated(b"\0" * MEBIBYTE, 201, b"%PDF-1.7\n"),
    "brackets.md": content("[" * 500_000 + "\n" + "- " * 300_000),
    "spaces.md": content("x" + " " * 3_000_000 + "\n|" + " " * 1_000_000),
    "deep.html": content("<div>" * 1_000_000 + "Good text"),
    "deep.json": content("[" * 1_000_000),
    "broken.json": content('{"a": 1,}'),
    "number.json": content('{"n": ' + "9" * 1_000_000 + "}"),
    "columns.csv": content(",".join(["x"] * 1_000_000)),
    "injection.csv": content("name,value\n=cmd|'/c calc'!A1,Good text\n"),
    "nested.eml": hostile.nested_mail,
    "nested-messages.eml": hostile.nested_messages,
    "charset.eml": hostile.mail_with_wrong_charset,
    "attachments.eml": hostile.mail_with_attachments,
}


@dataclass
class Watch:
    """What somebody sees who asks the server something every moment."""

    client: Client
    pid: int
    seconds: list[float] = field(default_factory=list[float])
    most_bytes: int = 0

    async def go(self) -> None:
        while True:
            began = time.monotonic()
            answer = await self.client.once("POST", "/search", json={"query": "harbour lantern"})
            assert answer.status_code == 200, answer.text
            self.seconds.append(time.monotonic() - began)
            self.most_bytes = max(self.most_bytes, resident_bytes(self.pid))
            await asyncio.sleep(0.05)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[tuple[Process, Client], None]:
    async with AsyncExitStack() as stack:
        embeddings = await stack.enter_async_context(EmbeddingsDouble(32))
        process = Process(
            "serve",
            tmp_path,
            {
                "NEXUS_EMBEDDINGS__KIND": "openai",
                "NEXUS_EMBEDDINGS__BASE_URL": embeddings.base_url,
                "NEXUS_EMBEDDINGS__MODEL": "normal",
                "NEXUS_EMBEDDINGS__DIMENSION": "32",
                "NEXUS_PARSING__MEMORY_MB": "768",
                "NEXUS_PARSING__CPU_SECONDS": "4",
                "NEXUS_PARSING__WALL_SECONDS": "20",
            },
        )
        stack.push_async_callback(process.kill)
        process.start()
        client = Client(process, tmp_path)
        stack.push_async_callback(client.aclose)
        yield process, client


async def upload_all(client: Client, shelf: str, files: list[tuple[str, Path]]) -> None:
    pending = iter(files)

    async def work() -> None:
        for name, path in pending:
            body = await asyncio.to_thread(path.read_bytes)
            await client.call("POST", f"/knowledge-bases/{shelf}/documents", params={"path": name}, content=body)

    await asyncio.gather(*(work() for _ in range(4)))


async def settled(client: Client, shelf: str) -> list[Any]:
    deadline = time.monotonic() + 3 * PATIENCE
    while True:
        states = (await client.call("GET", f"/knowledge-bases/{shelf}/progress"))["documents"]
        if not states.keys() & {"uploaded", "queued", "processing"}:
            return await client.pages("/documents", knowledge_base_id=shelf)
        assert time.monotonic() < deadline, f"still waiting: {states}"
        await asyncio.sleep(0.1)


def is_sentence(text: str, folder: Path) -> bool:
    return text[0].isupper() and text.endswith(".") and len(text) < 300 and str(folder) not in text


async def test_bad_files_end_in_sentences_and_good_ones_are_found(
    server: tuple[Process, Client], tmp_path: Path
) -> None:
    process, client = server
    good = make_files(random.Random(7))
    files = tmp_path / "files"
    files.mkdir()
    for number, write in enumerate((*map(content, good.values()), *HOSTILE.values())):
        (files / str(number)).touch()
        write(files / str(number))
    batch = [(name, files / str(number)) for number, name in enumerate((*good, *HOSTILE))]
    random.Random(8).shuffle(batch)
    shelf = (await client.call("POST", "/knowledge-bases", json={"name": "Batch"}))["id"]
    await client.call("POST", "/search", json={"query": "harbour"})
    before = resident_bytes(process.pid)
    watch = Watch(client, process.pid)
    watching = asyncio.create_task(watch.go())

    await upload_all(client, shelf, batch)
    documents = {each["path"]: each for each in await settled(client, shelf)}

    assert not watching.done(), watching.exception()
    watching.cancel()
    process.require_alive()
    assert documents.keys() == good.keys() | HOSTILE.keys()
    assert {name: documents[name]["failure"] for name in good if documents[name]["state"] != "ready"} == {}
    for name in HOSTILE:
        document = documents[name]
        assert document["state"] == "failed" or name in MAY_BE_READ, name
        assert document["state"] == "ready" or is_sentence(document["failure"], tmp_path), document["failure"]
    hits = (await client.call("POST", "/search", json={"query": "harbour lantern", "limit": 50}))["hits"]
    assert hits
    assert {hit["document_name"] for hit in hits} <= {path.rpartition("/")[2] for path in good} | MAY_BE_READ
    assert "root:" not in (await client.once("POST", "/search", json={"query": "root passwd"})).text
    report = await client.call("GET", "/index/check")
    assert report["ok"], report
    assert not process.faults()
    grown = (watch.most_bytes - before) / MEBIBYTE
    assert grown < 256, f"the server grew by {grown:.0f} MiB"
    assert max(watch.seconds) < 20
    median = 1000 * statistics.median(watch.seconds)
    print(f"{len(batch)} files, {grown:.0f} MiB grown, {len(watch.seconds)} searches meanwhile, median {median:.0f} ms")

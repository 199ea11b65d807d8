"""No file hurts: each ends as a sentence for its owner or as harmless text, in a child that may die in its place."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import hostile_files as hostile
import pytest
import pytest_asyncio
from hostile_files import content, pdf_bytes, repeated

from nexus.core.sandbox.limits import SandboxError, SandboxLimits
from nexus.core.sandbox.pool import Sandbox
from nexus.providers.parsers.base import ParsedDocument, ParseError, describe_sandbox_error
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.local import LocalParser

MEBIBYTE = 1024 * 1024
LIMITS = SandboxLimits(memory_bytes=768 * MEBIBYTE, cpu_seconds=4, wall_seconds=20, open_files=64)
PARSER = LocalParser(ParseLimits(cells=200_000, values=300_000))
TEXT = "text"
"""Not a failure: the file is read as the harmless text it holds."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Case:
    name: str
    write: hostile.Write
    ends: frozenset[str] = field(default=frozenset())
    holds: str = ""

    def __str__(self) -> str:
        return self.name


def case(name: str, write: hostile.Write, ends: str, holds: str = "") -> Case:
    return Case(name, write, frozenset(ends.split()), holds)


CASES = [
    # PDF
    case("nothing.pdf", content(b""), "empty"),
    case("spaces.txt", content(b" \r\n\t " * 50), "empty"),
    case("truncated.pdf", hostile.truncated_pdf, "damaged empty no-text text"),
    case("only-a-header.pdf", content(b"%PDF-1.7\n%%EOF"), "damaged empty"),
    case("encrypted.pdf", hostile.encrypted_pdf, "encrypted"),
    case("scanned.pdf", hostile.scanned_pdf, TEXT),
    case("without-xref.pdf", hostile.pdf_without_xref, "text", "Good text on page 2."),
    case("page-tree-loop.pdf", hostile.pdf_page_tree_loop, "damaged empty too-many-pages no-text"),
    case("hundred-thousand-pages.pdf", hostile.pdf_of_many_pages, "too-many-pages damaged empty"),
    case("stream-bomb.pdf", hostile.pdf_stream_bomb, "memory timeout no-text damaged"),
    case("text-bomb.pdf", hostile.pdf_text_bomb, "memory timeout too-large damaged text"),
    case("deep.pdf", hostile.pdf_deep_nesting, "damaged empty"),
    case("actions.pdf", hostile.pdf_with_actions, "text", "Good text on page 1."),
    *(case(f"noisy-{seed}.pdf", hostile.noisy_pdf(seed), "text damaged empty no-text encrypted") for seed in range(8)),
    # Disguises
    case("program.pdf", content(b"MZ\x90\x00" + hostile.noise(5000)), "mislabelled"),
    case("program.docx", content(b"\x7fELF\x02\x01" + hostile.noise(5000)), "mislabelled"),
    case("program.exe", content(b"MZ\x90\x00" + hostile.noise(5000)), "unsupported"),
    case("archive.docx", hostile.plain_zip, "mislabelled"),
    case("archive.zip", hostile.plain_zip, "unsupported"),
    case("login.pdf", content("<!DOCTYPE html><html><body>Please log in</body></html>"), "mislabelled"),
    case("noise.txt", content(hostile.noise(20_000)), "mislabelled"),
    case("noise", content(hostile.noise(20_000)), "unsupported"),
    case("picture.png", hostile.picture("PNG"), "empty"),
    case("picture.jpg", hostile.picture("JPEG"), "empty"),
    case("picture.pdf", hostile.picture("PNG"), "mislabelled"),
    case("letter.doc", content(hostile.ole("WordDocument", "1Table")), "damaged"),
    case("sheet.xls", content(hostile.ole("Workbook")), "damaged"),
    case("mail.msg", content(hostile.ole("__properties_version1.0")), "damaged"),
    case("letter.rtf", content(rb"{\rtf1\ansi Hello}"), "no-converter"),
    case("packed.gz", content(b"\x1f\x8b\x08" + hostile.noise(100)), "unsupported"),
    case("pdf-named.txt", content(pdf_bytes()), "text", "Good text on page 3."),
    # Office
    case("bomb.docx", hostile.docx_bomb, "bomb"),
    case("bomb.xlsx", hostile.xlsx_bomb, "bomb"),
    case("slow.xlsx", hostile.xlsx_slow, "too-large timeout"),
    case("lying-sizes.docx", hostile.lying_sizes, "bomb damaged"),
    case("overlapping.docx", hostile.overlapping_entries, "bomb damaged"),
    case("many-entries.docx", hostile.many_entries, "bomb"),
    case("truncated.docx", content(hostile.docx_bytes()[:9000]), "damaged"),
    case(
        "entities.docx",
        hostile.repacked(hostile.docx_bytes, "word/document.xml", hostile.document_xml(hostile.ENTITIES)),
        "bomb",
    ),
    case("late-entities.docx", hostile.late_doctype, "bomb damaged"),
    case("entities.pptx", hostile.repacked(hostile.pptx_bytes, "ppt/slides/slide1.xml", hostile.slide_xml()), "bomb"),
    case(
        "entities.xlsx", hostile.repacked(hostile.xlsx_bytes, "xl/worksheets/sheet1.xml", hostile.sheet_xml()), "bomb"
    ),
    case("entities2.xlsx", hostile.xlsx_of('<row><c t="s"><v>0</v></c></row>', hostile.strings_xml()), "bomb"),
    case(
        "external.docx",
        hostile.repacked(hostile.docx_bytes, "word/document.xml", hostile.document_xml(hostile.SECRET)),
        "bomb",
    ),
    case("encrypted.docx", content(hostile.ole("EncryptionInfo", "EncryptedPackage")), "encrypted"),
    case("encrypted.xlsx", content(hostile.ole("EncryptedPackage", "Workbook")), "encrypted"),
    case("nested-tables.docx", hostile.nested_tables, "damaged"),
    case("circular-styles.docx", hostile.circular_styles, "text", "Good text"),
    case(
        "traversal.docx",
        hostile.repacked(hostile.docx_bytes, "../../../escaped.txt", b"x", ("/etc/escaped", b"x")),
        "text",
        "Good text",
    ),
    case("symlink.docx", hostile.symlink_entry, "text", "Good text"),
    case(
        "macros.docm",
        hostile.repacked(hostile.docx_bytes, "word/vbaProject.bin", hostile.ole("VBA")),
        "text",
        "Good text",
    ),
    case("dimension.xlsx", hostile.huge_dimension, "text", "Good text"),
    case("far.xlsx", hostile.far_cells, "text timeout", ""),
    case("formulas.xlsx", hostile.spreadsheet_formulas, "text", "Good text"),
    case("not-xml.docx", hostile.repacked(hostile.docx_bytes, "word/document.xml", b"\x00\xff nothing"), "damaged"),
    # Text, markup, data, mail
    case("one-line.txt", repeated(b"a" * MEBIBYTE, 199), "too-large"),
    case("one-line.md", repeated(b"# " + b" " * MEBIBYTE, 15), "empty too-large text"),
    case("too-large.pdf", repeated(b"\0" * MEBIBYTE, 201, b"%PDF-1.7\n"), "too-large"),
    case("brackets.md", content("[" * 500_000 + "\n" + "- " * 300_000 + "\n" + "|-" * 300_000), "text"),
    case("spaces.md", content("x" + " " * 3_000_000 + "\n" + "|" + " " * 1_000_000), "text"),
    case("comments.html", content("<!-- -->" * 100_000 + "<p>Good text</p>"), "text", "Good text"),
    case(
        "quite-deep.html",
        content("<div>" * 1000 + "Good text" + "</div>" * 1000 + "<p>end"),
        "text",
        "Good text\n\nend",
    ),
    case("deep.html", content("<div>" * 1_000_000 + "Good text"), "damaged memory"),
    case(
        "entities.html",
        content(hostile.ENTITIES + b"<html><body><p>Good text &i;</p></body></html>"),
        "text",
        "Good text",
    ),
    case("entities.svg", content(hostile.DECLARATION + b"<!-- x --><svg><text>&i;</text></svg>"), "unsupported"),
    case("wide.txt", content(b"\xff\xfe" + b"\x00\xd8" * 5000 + b"a"), "damaged"),
    case("deep.json", content("[" * 1_000_000), "damaged"),
    case("deep-but-closed.json", content("[" * 500_000 + "]" * 500_000), "damaged"),
    case("levels.json", content('{"a":' * 900 + "1" + "}" * 900), "damaged"),
    case("broken.json", content('{"a": 1,}'), "damaged"),
    case("number.json", content('{"n": ' + "9" * 1_000_000 + "}"), "text"),
    case("many.json", content("[" + "1," * 500_000 + "1]"), "too-large"),
    case("columns.csv", content(",".join(["x"] * 1_000_000)), "too-large"),
    case("quote.csv", content('a,b\n"' + "x," * 1_000_000), "text"),
    case("injection.csv", content("name,value\n=cmd|'/c calc'!A1,Good text\n"), "text", "Good text"),
    case("nested.eml", hostile.nested_mail, "damaged"),
    case("nested-messages.eml", hostile.nested_messages, "damaged text"),
    case("charset.eml", hostile.mail_with_wrong_charset, "text", "Good text"),
    case("attachments.eml", hostile.mail_with_attachments, "text", "Good text"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(1, LIMITS) as box:
        yield box


async def _parse(sandbox: Sandbox, path: Path, name: str) -> ParsedDocument:
    try:
        return await sandbox.run(PARSER.parse, path, name)
    except SandboxError as error:
        raise describe_sandbox_error(error.reason) from error


async def _outcome(sandbox: Sandbox, path: Path, name: str) -> tuple[str, str]:
    """The code and the sentence of the failure, or `text` and the text."""
    try:
        return TEXT, (await _parse(sandbox, path, name)).text
    except ParseError as error:
        is_sentence = error.detail[0].isupper() and error.detail.endswith(".") and len(error.detail) < 300
        return (error.code if is_sentence else "no sentence"), error.detail


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("hostile_file", CASES, ids=str)
async def test_a_hostile_file_hurts_nobody(sandbox: Sandbox, hostile_file: Case, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    hostile_file.write(path)
    files = sorted(tmp_path.rglob("*"))
    before = _resident()
    code, said = await _outcome(sandbox, path, hostile_file.name)
    assert code in hostile_file.ends, said
    assert hostile_file.holds in said
    assert str(tmp_path) not in said
    assert "root:" not in said
    assert _resident() - before < 48 * MEBIBYTE
    assert sorted(tmp_path.rglob("*")) == files

    good = tmp_path / "good.md"
    good.write_text("# Good\n\nStill here.")
    assert (await _parse(sandbox, good, "good.md")).title == "Good"


async def test_there_are_enough_of_them() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 50

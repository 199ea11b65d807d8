"""Files from Markdown: what stands in them, and that nothing in them leads where it must not."""

import re
import zipfile
from contextlib import suppress
from io import BytesIO

import pypdfium2
import pytest
from docx import Document

from link_vectors import VECTORS
from nexus.providers.documents.base import DocumentError, Report, Section, Source
from nexus.providers.documents.blocks import read_blocks, safe_target
from nexus.providers.documents.docx_file import write_docx
from nexus.providers.documents.local import LONGEST, LocalDocumentWriter
from nexus.providers.documents.pdf_file import write_pdf

ORIGIN = "https://nexus.acme.test"
KNOWN = "https://wiki.acme.test/seal"
MARKDOWN = """# Fristen

Jeder hat **25 Tage** Urlaub und *weiß* es: `ab-1` ~~alt~~ [1]. Ελληνικά и кириллица.

1. Erstens
   - innen
2. Zweitens

> Ein Zitat

| Größe | Wert |
|---|---|
| Länge | 5 |

```python
def straße():
    return 1
```
"""
EVIL = """See [here](https://evil.test/?q=secret), <https://evil.test/auto>, https://evil.test/bare, //evil.test/x.
![pixel](https://evil.test/p.png) ![ref][i] [text][r] [short] [1] <a href="https://evil.test/h">h</a>
<img src=x onerror=fetch('//evil.test')> <!DOCTYPE x> <b>bold</b> [j](javascript:alert(1)) [d](data:text/html,x)
[api](/api/documents/1) [own](/knowledge/document/?id=1) [src](https://wiki.acme.test/seal) [user](https://a@wiki.acme.test/seal)
[back](\\\\evil.test\\x) [nl](https://evil.test/%0a) { HYPERLINK "https://evil.test/field" }
=cmd|'/c calc'!A1 <w:fldSimple/>

| [t](https://evil.test/t) | ![c](https://evil.test/c.png) |
|---|---|
| &lt;a href="https://evil.test/e"&gt; | <font color="red">x</font> <a href="https://evil.test/pdf">y</a> |

[r]: https://evil.test/r
[i]: https://evil.test/i.png
[short]: https://evil.test/short
[1]: https://evil.test/1
"""


def report(markdown: str, title: str = "Urlaub & <Fristen>", **fields: object) -> Report:
    source = Source(1, "Handbuch", "Seite 3", "Jeder hat 25 Tage.", KNOWN)
    given: dict[str, object] = {
        "title": title,
        "subtitle": "Aus Nexus",
        "sections": (Section("Wie viele Tage?", markdown, (source,)),),
        "sources_heading": "Quellen",
        "missing_signs": "{count} Zeichen fehlen.",
        "origin": ORIGIN,
        "allowed_links": frozenset({KNOWN}),
    }
    return Report(**(given | fields))  # type: ignore[arg-type]


def pdf_text(file: bytes) -> str:
    pdf = pypdfium2.PdfDocument(file)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


def pdf_links(file: bytes) -> set[str]:
    return {found.decode() for found in re.findall(rb"/URI \(([^)]*)\)", file)}


def docx_parts(file: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(file)) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def docx_links(file: bytes) -> set[str]:
    relations = "".join(text for name, text in docx_parts(file).items() if name.endswith(".rels"))
    return set(re.findall(r'Target="([^"]*)" TargetMode="External"', relations))


def test_a_docx_has_the_text_in_words_own_structure() -> None:
    document = Document(BytesIO(write_docx(report(MARKDOWN))))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for wanted in (
        "Urlaub & <Fristen>",
        "Wie viele Tage?",
        "25 Tage",
        "1.\tErstens",
        "•\tinnen",
        "Ein Zitat",
        "Quellen",
    ):
        assert wanted in text
    assert "[1] " in text
    assert "“Jeder hat 25 Tage.”" in text
    assert [cell.text for row in document.tables[0].rows for cell in row.cells] == ["Größe", "Wert", "Länge", "5"]
    bold = [run.text for paragraph in document.paragraphs for run in paragraph.runs if run.bold]
    assert "25 Tage" in bold


def test_a_pdf_shows_german_greek_and_cyrillic() -> None:
    text = pdf_text(write_pdf(report(MARKDOWN)))
    for wanted in (
        "Urlaub & <Fristen>",
        "weiß",
        "Ελληνικά",
        "кириллица",
        "Größe",
        "def straße():",
        "Quellen",
        "Seite 3",
    ):
        assert wanted in text


def test_nothing_leads_out_but_the_sources_and_our_own_pages() -> None:
    allowed = {KNOWN, f"{ORIGIN}/knowledge/document/?id=1"}
    word, pdf = write_docx(report(EVIL)), write_pdf(report(EVIL))
    assert docx_links(word) == allowed
    assert pdf_links(pdf) == allowed
    parts = docx_parts(word)
    assert not [name for name in parts if "media" in name or "embed" in name]
    body = parts["word/document.xml"]
    for field in ("instrText", "<w:fldSimple", "w:drawing", "w:pict", "w:object", "altChunk"):
        assert field not in body
    assert b"/JavaScript" not in pdf
    assert b"/Launch" not in pdf
    # What was written stays to be read.
    for text in (body, pdf_text(pdf)):
        assert "evil.test/bare" in text


@pytest.mark.parametrize("written", VECTORS.values(), ids=VECTORS)
def test_no_way_to_write_an_address_leads_out_of_a_file(written: str) -> None:
    made = report(f"Before {written} after [1].")
    assert docx_links(write_docx(made)) == {KNOWN}
    with suppress(DocumentError):  # a PDF has no letters for Chinese
        assert pdf_links(write_pdf(made)) == {KNOWN}


def test_a_hostile_title_or_source_is_text() -> None:
    hostile = '<a href="https://evil.test/t">t</a> ![i](https://evil.test/i)'
    section = Section(hostile, "x", (Source(1, hostile, hostile, hostile),))
    made = report("", hostile, sections=(section,))
    assert docx_links(write_docx(made)) == set()
    assert pdf_links(write_pdf(made)) == set()


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "data:text/html,x", "//evil.test", "/api/documents", "/%61pi", "https://evil.test",
        f"{KNOWN}?x=1", "https://user@wiki.acme.test/seal", "https://wiki.acme.test\\seal", " https://wiki.acme.test/seal",
        "file:///etc/passwd", "vbscript:x", "https://nexus.acme.test/api/x", "https://nexus.acme.test.evil.test/",
        "mailto:x@evil.test", "wiki.acme.test/seal", "https:evil.test", "https:/evil.test", "/\\evil.test", "",
    ],
)  # fmt: skip
def test_an_address_that_is_no_link(href: str) -> None:
    assert safe_target(href, ORIGIN, frozenset({KNOWN})) == ""


def test_a_pdf_says_which_script_it_has_no_letters_for() -> None:
    for text, script in (("漢字", "Chinese or Japanese"), ("שלום", "Hebrew"), ("한국", "Hangul")):
        with pytest.raises(DocumentError, match=script):
            write_pdf(report(text))
        assert text in docx_parts(write_docx(report(text)))["word/document.xml"]


def test_a_sign_that_the_font_lacks_is_replaced_and_counted() -> None:
    assert "1 Zeichen fehlen." in pdf_text(write_pdf(report("Fertig \U0001f680")))


def test_odd_structures_end() -> None:
    deep = "\n".join("> " * depth + "x" for depth in range(60)) + "\n" + "\n".join("  " * d + "- y" for d in range(60))
    wide = "|" + "a|" * 40 + "\n|" + "-|" * 40 + "\n|" + "b|" * 40
    tall = "| a | b |\n|---|---|\n| " + "long words " * 3000 + " | c |"
    long_word = "x" * 5000
    controls = "a\x00b\x0bc\u202edoc\ufffe\x1b[31m"
    for markdown in (
        deep,
        wide,
        tall,
        long_word,
        controls,
        "|",
        "```",
        "[",
        "# ",
        "1. \n\n\n- ",
        "<" * 500,
        "**" * 500,
    ):
        assert write_docx(report(markdown))
        assert write_pdf(report(markdown))


async def test_the_writer_works_in_a_child_and_knows_its_bounds() -> None:
    writer = LocalDocumentWriter()
    try:
        assert (await writer.write(report(MARKDOWN), "docx"))[:2] == b"PK"
        assert (await writer.write(report(MARKDOWN), "pdf"))[:5] == b"%PDF-"
        with pytest.raises(DocumentError, match="Chinese"):
            await writer.write(report("漢字"), "pdf")
        with pytest.raises(DocumentError, match="too long"):
            await writer.write(report("x" * (LONGEST + 1)), "docx")
    finally:
        await writer.aclose()


def test_blocks_keep_numbers_of_lists() -> None:
    blocks = read_blocks("3. c\n4. d\n\n- e", "", frozenset())
    assert [block.marker for block in blocks] == ["3.", "4.", "•"]

"""What Office files say in ways of their own."""

import io
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.enum.section import WD_SECTION
from pptx.util import Inches

from nexus.providers.parsers.base import ParsedDocument
from nexus.providers.parsers.local import LocalParser

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def word(folder: Path, body: str, **parts: str) -> ParsedDocument:
    """A document of raw WordprocessingML; `parts` are further parts by their name in the `word` folder."""
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    path = folder / "x.docx"
    names = f'xmlns:w="{WORD}" xmlns:mc="{COMPATIBILITY}"'
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w") as target:
        replaced = {f"word/{name}.xml": text for name, text in parts.items()}
        replaced["word/document.xml"] = f"<w:document {names}><w:body>{body}</w:body></w:document>"
        for entry in source.infolist():
            if entry.filename not in replaced:
                target.writestr(entry, source.read(entry))
        for name, text in replaced.items():
            target.writestr(name, text.replace("<w:numbering>", f"<w:numbering {names}>"))
    return LocalParser().parse(path, "x.docx")


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def blocks(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_numbered_headings_and_lists_show_their_numbers(tmp_path: Path) -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for n, (kind, text) in enumerate([("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "%3)")])
    )
    numbering = (
        f'<w:numbering><w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>'
    )

    def numbered(level: int) -> str:
        return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="3"/></w:numPr>'

    document = word(
        tmp_path,
        p("Scope", '<w:outlineLvl w:val="0"/>' + numbered(0))
        + p("Terms", '<w:outlineLvl w:val="0"/>' + numbered(0))
        + p("Detail", '<w:outlineLvl w:val="1"/>' + numbered(1))
        + p("first", numbered(2))
        + p("second", numbered(2)),
        numbering=numbering,
    )
    assert blocks(document) == [
        ("heading", "1. Scope"),
        ("heading", "2. Terms"),
        ("heading", "2.1 Detail"),
        ("list", "a) first\nb) second"),
    ]


def test_text_boxes_are_read_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{p('In a box')}</w:txbxContent>"
    anchor = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    document = word(tmp_path, f"<w:p><w:r><w:t>Around</w:t></w:r><w:r>{anchor}</w:r></w:p>" + p("After"))
    assert blocks(document) == [("paragraph", "Around"), ("paragraph", "In a box"), ("paragraph", "After")]


def test_merged_and_nested_cells(tmp_path: Path) -> None:
    inner = f"<w:tbl><w:tr><w:tc>{p('in')}</w:tc><w:tc>{p('ner')}</w:tc></w:tr></w:tbl>"

    def row(*cells: str) -> str:
        return "<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in cells) + "</w:tr>"

    rows = (
        row('<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + p("wide"), p("c"))
        + row('<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>' + p("a"), inner + p("x"), p("z"))
        + row("<w:tcPr><w:vMerge/></w:tcPr>" + p("no"), p("y"), p("w"))
    )
    document = word(tmp_path, f"<w:tbl>{rows}</w:tbl>")
    assert [document.text[start:end] for start, end in document.blocks[0].rows] == [
        "wide | | c",
        "a | in ner x | z",
        "| y | w",
    ]


def test_a_frame_of_one_cell_is_no_table(tmp_path: Path) -> None:
    content = p("Title", '<w:outlineLvl w:val="0"/>') + p("text")
    document = word(tmp_path, f"<w:tbl><w:tr><w:tc>{content}</w:tc></w:tr></w:tbl>")
    assert blocks(document) == [("heading", "Title"), ("paragraph", "text")]


def test_tracked_changes_read_as_accepted(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>The fee is </w:t></w:r><w:del><w:r><w:delText>5</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>7</w:t></w:r></w:ins><w:r><w:t xml:space='preserve'> euros</w:t></w:r></w:p>"
        "<w:p><w:moveFrom><w:r><w:t>old place</w:t></w:r></w:moveFrom><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    )
    assert word(tmp_path, body).text == "The fee is 7 euros"


def test_the_strict_variant_is_read(tmp_path: Path) -> None:
    document = word(tmp_path, p("Strict text"))
    path = tmp_path / "x.docx"
    strict = tmp_path / "strict.docx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(strict, "w") as target:
        for entry in source.infolist():
            content = source.read(entry).replace(WORD.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main")
            target.writestr(entry, content)
    assert LocalParser().parse(strict, "strict.docx").text == document.text


def test_sections_do_not_lose_text(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("one")
    document.add_section(WD_SECTION.NEW_PAGE).footer.paragraphs[0].text = "FOOTER"
    document.add_paragraph("two")
    document.save(str(tmp_path / "x.docx"))
    assert LocalParser().parse(tmp_path / "x.docx", "x.docx").text == "one\n\ntwo"


def test_groups_and_text_boxes_on_slides(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    group = slide.shapes.add_group_shape()
    box = group.shapes.add_textbox(Inches(1), Inches(1), Inches(2), Inches(1))
    box.text_frame.text = "Inside a group"
    deck.slides.add_slide(deck.slide_layouts[6])
    path = tmp_path / "x.pptx"
    deck.save(str(path))
    document = LocalParser().parse(path, "x.pptx")
    assert document.text.strip() == "Inside a group"
    assert [page.label for page in document.pages] == ["Slide 1", "Slide 2"]


def test_sheets_with_several_tables_and_gaps(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [
        ["Costs"],
        ["Item", None, "Sum"],
        ["A", None, 1.5],
        ["B", None, 1e-7],
        [],
        ["Name", "Mail"],
        ["x", "x@example.com"],
    ]:
        sheet.append(row)  # pyright: ignore[reportAttributeAccessIssue]
    book.create_sheet("Empty")
    path = tmp_path / "x.xlsx"
    book.save(str(path))
    document = LocalParser().parse(path, "x.xlsx")
    assert blocks(document) == [
        ("heading", "Sheet"),
        ("paragraph", "Costs"),
        ("table", "Item | Sum\nA | 1.5\nB | 1e-07"),
        ("table", "Name | Mail\nx | x@example.com"),
    ]
    assert [page.label for page in document.pages] == ["Sheet", "Empty"]

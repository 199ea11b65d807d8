"""What Office files say in ways of their own."""

import io
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.enum.section import WD_SECTION
from hostile_files import xlsx_of
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


FORMATS = {170: "0.00%", 171: "[h]:mm:ss", 172: "yyyy\\-mm\\-dd", 173: "0.0 &quot;days&quot;"}
NUMBER_FORMATS = "".join(f'<numFmt numFmtId="{n}" formatCode="{code}"/>' for n, code in FORMATS.items())
CELL_FORMATS = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 170, 171, 172, 173, 20, 22))
STYLES = f"<numFmts>{NUMBER_FORMATS}</numFmts><cellXfs>{CELL_FORMATS}</cellXfs>"


def sheet(folder: Path, *cells: str, strings: str = "", properties: str = "") -> str:
    rows = "<row>" + "".join(cells) + "</row>"
    shared = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>'
    path = folder / "x.xlsx"
    xlsx_of(rows, shared.encode(), STYLES, properties)(path)
    document = LocalParser().parse(path, "x.xlsx")
    return document.text.removeprefix("Data\n\n")


def number(value: str, style: int = 0) -> str:
    return f'<c s="{style}"><v>{value}</v></c>'


def test_shared_strings_with_runs_and_readings(tmp_path: Path) -> None:
    strings = (
        "<si><t>plain</t></si><si><r><t>two </t></r><r><t>runs</t></r></si>"
        "<si><t>東京</t><rPh><t>トウキョウ</t></rPh></si>"
    )
    cells = [f'<c t="s"><v>{n}</v></c>' for n in (1, 0, 2, 99)]
    assert sheet(tmp_path, *cells, strings=strings) == "two runs | plain | 東京"


def test_numbers_are_what_the_sheet_shows(tmp_path: Path) -> None:
    cells = [number("45413", 1), number("0.12345", 2), number("1.5", 3), number("45413.5625", 4), number("2.5", 5)]
    cells += [number("0.5625", 6), number("45413.5625", 7)]
    expected = "2024-05-01 | 12.345% | 36:00:00 | 2024-05-01 13:30:00 | 2.5 | 13:30:00 | 2024-05-01 13:30:00"
    assert sheet(tmp_path, *cells) == expected


def test_digits_are_neither_lost_nor_invented(tmp_path: Path) -> None:
    values = ["0.30000000000000004", "1234567890123", "1E+20", "-7", "1e-7", "99999999999999999"]
    expected = "0.3 | 1234567890123 | 1e+20 | -7 | 1e-07 | 99999999999999999"
    assert sheet(tmp_path, *map(number, values)) == expected


def test_the_old_calendar_of_the_macintosh(tmp_path: Path) -> None:
    assert sheet(tmp_path, number("43951", 1), properties='date1904="1"') == "2024-05-01"


def test_other_kinds_of_cells(tmp_path: Path) -> None:
    cells = [
        '<c t="b"><v>1</v></c>',
        '<c t="e"><v>#REF!</v></c>',
        '<c t="str"><f>A1</f><v>result</v></c>',
        "<c><f>1+1</f><v>2</v></c>",
        "<c><f>1+1</f></c>",
        '<c r="XFD1" t="inlineStr"><is><t>far</t></is></c>',
        '<c t="d"><v>2024-05-01</v></c>',
        number("not a number"),
        number("1e999", 1),
    ]
    expected = "TRUE | #REF! | result | 2 | far | 2024-05-01 | not a number | 1e999"
    assert sheet(tmp_path, *cells) == expected

"""Files that are broken, disguised or made to hurt, each written by a small function."""

# pyright: reportOptionalMemberAccess=false, reportAttributeAccessIssue=false
# The libraries that write the files say less about their types than they know.

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MEBIBYTE = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Write = Callable[[Path], None]


def content(data: bytes | str) -> Write:
    def write(path: Path) -> None:
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    return write


def repeated(piece: bytes, times: int, before: bytes = b"", after: bytes = b"") -> Write:
    """A large file, written without holding it."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(before)
            for _ in range(times):
                file.write(piece)
            file.write(after)

    return write


# PDF


def pdf_bytes(**options: object) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, **options)  # pyright: ignore[reportArgumentType]
    for number in range(3):
        canvas.drawString(72, 700, f"Good text on page {number + 1}.")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def encrypted_pdf(path: Path) -> None:
    path.write_bytes(pdf_bytes(encrypt=StandardEncryption("secret", canPrint=0)))


def truncated_pdf(path: Path) -> None:
    whole = pdf_bytes()
    path.write_bytes(whole[: len(whole) // 3])


def pdf_without_xref(path: Path) -> None:
    path.write_bytes(pdf_bytes().replace(b"startxref", b"startxxxx").replace(b"0000000", b"9999999"))


def scanned_pdf(path: Path) -> None:
    canvas = Canvas(str(path))
    canvas.drawInlineImage(Image.new("RGB", (50, 50), "gray"), 0, 0, 600, 800)
    canvas.showPage()
    canvas.save()


def pdf_of(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of raw objects, numbered from 1."""
    body = b"%PDF-1.7\n"
    offsets: list[int] = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, root, len(body))
    )


def pdf_page_tree_loop(path: Path) -> None:
    pages = b"<< /Type /Pages /Count 100000 /Kids [2 0 R 3 0 R] /Parent 3 0 R >>"
    path.write_bytes(pdf_of(b"<< /Type /Catalog /Pages 2 0 R >>", pages, pages.replace(b"Parent 3", b"Parent 2")))


def pdf_of_many_pages(path: Path) -> None:
    """Says that it has a hundred thousand pages and lists the same one as often."""
    path.write_bytes(
        pdf_of(
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 100000 /Kids [%s] >>" % (b"3 0 R " * 100_000),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
        )
    )


def _page_with(stream: bytes, filters: bytes) -> bytes:
    return pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )


def deflated(piece: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join([packer.compress(piece) for _ in range(times)]) + packer.flush()


def pdf_stream_bomb(path: Path) -> None:
    """A page's content that unpacks to gigabytes, packed twice."""
    once = deflated(b" " * MEBIBYTE, 1000)
    path.write_bytes(_page_with(zlib.compress(once, 9), b"[/FlateDecode /FlateDecode]"))


def pdf_text_bomb(path: Path) -> None:
    """A page with tens of millions of characters."""
    text = b"BT /F 1 Tf 1 0 0 1 9 9 Tm (" + b"x" * 1000 + b") Tj ET\n"
    path.write_bytes(_page_with(deflated(text * 1000, 40), b"/FlateDecode"))


def pdf_deep_nesting(path: Path) -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    path.write_bytes(
        pdf_of(b"<< /Type /Catalog /Pages 2 0 R /Deep %s >>" % deep, b"<< /Type /Pages /Count 0 /Kids [] >>")
    )


def pdf_with_actions(path: Path) -> None:
    """Opens a program and runs a script, in a reader that lets it."""
    path.write_bytes(
        pdf_of(
            b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert('x'); while(1){}) >> "
            b"/AA << /WC << /S /Launch /F (/bin/sh) >> >> >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
            b"/Resources << /Font << /F 5 0 R >> >> >>",
            b"<< /Length 48 >>\nstream\nBT /F 12 Tf 72 700 Td (Good text on page 1.) Tj ET\nendstream",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        )
    )


def noisy_pdf(seed: int) -> Write:
    """A good PDF with bytes changed at random."""

    def write(path: Path) -> None:
        chance = random.Random(seed)
        data = bytearray(pdf_bytes(pageCompression=0))
        for _ in range(12):
            data[chance.randrange(20, len(data))] = chance.randrange(256)
        path.write_bytes(data)

    return write


# Office


def docx_bytes() -> bytes:
    document = docx.Document()
    document.add_paragraph("Good text in a document.")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pptx_bytes() -> bytes:
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Good text"
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def xlsx_bytes() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Good text", 1])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(package: Callable[[], bytes], part: str, data: bytes | Iterator[bytes], *more: tuple[str, bytes]) -> Write:
    """The package with one part replaced (or added), and others added."""

    def write(path: Path) -> None:
        with (
            zipfile.ZipFile(io.BytesIO(package())) as source,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for entry in source.infolist():
                if entry.filename != part:
                    target.writestr(entry.filename, source.read(entry))
            with target.open(part, "w", force_zip64=True) as file:
                for piece in [data] if isinstance(data, bytes) else data:
                    file.write(piece)
            for name, extra in more:
                target.writestr(name, extra)

    return write


def in_pieces(before: bytes, piece: bytes, times: int, after: bytes) -> Iterator[bytes]:
    yield before
    for _ in range(times):
        yield piece
    yield after


def docx_bomb(path: Path) -> None:
    start = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>'.encode()
    pieces = in_pieces(start, b"a" * MEBIBYTE, 300, b"</w:t></w:r></w:p></w:body></w:document>")
    repacked(docx_bytes, "word/document.xml", pieces)(path)


SHEET_END = b"</sheetData></worksheet>"
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s<sheetData>'


def xlsx_bomb(path: Path) -> None:
    rows = b'<row><c t="inlineStr"><is><t>x</t></is></c></row>' * 20_000
    pieces = in_pieces(SHEET % b"", rows, 300, b"</sheetData></worksheet>")
    repacked(xlsx_bytes, "xl/worksheets/sheet1.xml", pieces)(path)


def xlsx_slow(path: Path) -> None:
    """Small enough to be opened, and more cells than anyone reads."""
    row = b"<row>" + b"".join(b"<c><v>%d</v></c>" % number for number in random.Random(3).sample(range(10**9), 500))
    repacked(xlsx_bytes, "xl/worksheets/sheet1.xml", in_pieces(SHEET % b"", row + b"</row>", 6000, SHEET_END))(path)


def lying_sizes(path: Path) -> None:
    """Says that its largest part unpacks to a hundred bytes; it unpacks to 300 MB."""
    docx_bomb(path)
    data = bytearray(path.read_bytes())
    record = data.rindex(b"PK\x01\x02", 0, data.rindex(b"word/document.xml"))
    struct.pack_into("<I", data, record + 24, 100)
    path.write_bytes(data)


def overlapping_entries(path: Path) -> None:
    """Every entry is the same packed bytes, listed a thousand times."""
    repacked(docx_bytes, "word/media/big.xml", b"a" * 10 * MEBIBYTE)(path)
    data = path.read_bytes()
    directory = data.index(b"PK\x01\x02")
    tail = data.rindex(b"PK\x05\x06")
    records = data[directory:tail]
    last = records[records.rindex(b"PK\x01\x02") :]
    extra = b"".join(last.replace(b"big.xml", b"%03d.xml" % number) for number in range(20))
    count = struct.unpack_from("<H", data, tail + 10)[0] + 20
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(records) + len(extra), directory, 0)
    path.write_bytes(data[:tail] + extra + end)


def plain_zip(path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())


def many_entries(path: Path) -> None:
    repacked(docx_bytes, "word/media/0", b"", *((f"word/media/{n}", b"") for n in range(1, 12_000)))(path)


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
).encode()
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
SECRET = b'<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'


def document_xml(prologue: bytes) -> bytes:
    body = b'<w:document xmlns:w="%s"><w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body></w:document>'
    return DECLARATION + prologue + body % WORD.encode()


def late_doctype(path: Path) -> None:
    """A document type behind a comment longer than what is looked at first."""
    repacked(docx_bytes, "word/document.xml", document_xml(b"<!--" + b" " * 200_000 + b"-->" + ENTITIES))(path)


def slide_xml() -> bytes:
    return (
        DECLARATION + ENTITIES + b'<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        b'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r>'
        b"<a:t>&i;</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    )


def sheet_xml() -> bytes:
    return (
        DECLARATION
        + ENTITIES
        + SHEET % b""
        + b'<row><c t="inlineStr"><is><t>&i;</t></is></c></row></sheetData></worksheet>'
    )


def strings_xml() -> bytes:
    start = DECLARATION + ENTITIES + b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return start + b"<si><t>&i;</t></si></sst>"


def xlsx_of(rows: str, strings: bytes, styles: str = "", properties: str = "") -> Write:
    """A workbook as Excel writes it, with its strings apart from its cells."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = {"worksheet": "worksheets/sheet1.xml", "sharedStrings": "sharedStrings.xml", "styles": "styles.xml"}
    related = "".join(
        f'<Relationship Id="{kind}" Type="{office}/{kind}" Target="{part}"/>' for kind, part in kinds.items()
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><workbookPr {properties}/><sheets>'
        '<sheet name="Data" sheetId="1" r:id="worksheet"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{related}</Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": strings,
        "xl/styles.xml": f"<styleSheet {main}>{styles}</styleSheet>",
    }

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as target:
            for name, text in parts.items():
                target.writestr(name, text)

    return write


def nested_tables(path: Path) -> None:
    start, end = b"<w:tbl><w:tr><w:tc>" * 30_000, b"</w:tc></w:tr></w:tbl>" * 30_000
    body = b'<w:document xmlns:w="%s"><w:body>%s<w:p/>%s</w:body></w:document>' % (WORD.encode(), start, end)
    repacked(docx_bytes, "word/document.xml", body)(path)


def circular_styles(path: Path) -> None:
    styles = (
        f'<w:styles xmlns:w="{WORD}"><w:style w:styleId="A"><w:name w:val="A"/><w:basedOn w:val="B"/></w:style>'
        '<w:style w:styleId="B"><w:name w:val="B"/><w:basedOn w:val="A"/></w:style></w:styles>'
    ).encode()
    body = (
        f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:pPr><w:pStyle w:val="A"/></w:pPr>'
        "<w:r><w:t>Good text</w:t></w:r></w:p></w:body></w:document>"
    ).encode()
    plain = path.with_suffix(".tmp")
    repacked(docx_bytes, "word/styles.xml", styles)(plain)
    repacked(plain.read_bytes, "word/document.xml", body)(path)
    plain.unlink()


def symlink_entry(path: Path) -> None:
    entry = zipfile.ZipInfo("word/media/link")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(io.BytesIO(docx_bytes())) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            target.writestr(item, source.read(item))
        target.writestr(entry, "/etc/passwd")


def huge_dimension(path: Path) -> None:
    sheet = (
        SHEET % b'<dimension ref="A1:XFD1048576"/>'
        + b'<row r="1"><c r="A1" t="inlineStr"><is><t>Good text</t></is></c></row>'
    )
    repacked(xlsx_bytes, "xl/worksheets/sheet1.xml", sheet + b"</sheetData></worksheet>")(path)


def far_cells(path: Path) -> None:
    cell = b'<row r="%d"><c r="%s%d" t="inlineStr"><is><t>Good text</t></is></c></row>'
    rows = cell % (1, b"A", 1) + cell % (1_048_576, b"XFD", 1_048_576)
    repacked(xlsx_bytes, "xl/worksheets/sheet1.xml", SHEET % b"" + rows + b"</sheetData></worksheet>")(path)


def spreadsheet_formulas(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["=cmd|'/c calc'!A1", "Good text", '=HYPERLINK("http://example.com","x")'])
    sheet["D1"] = "@SUM(1+1)*cmd|'/c calc'!A0"
    book.save(str(path))


def ole(*streams: str) -> bytes:
    """The directory of an OLE container with streams of these names."""
    return OLE + bytes(504) + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))


# Text and mail


def nested_mail(path: Path) -> None:
    lines = [b"From: a@example.com", b"Subject: deep", b"MIME-Version: 1.0"]
    for number in range(10_000):
        lines += [b'Content-Type: multipart/mixed; boundary="b%d"' % number, b"", b"--b%d" % number]
    path.write_bytes(b"\r\n".join([*lines, b"Content-Type: text/plain", b"", b"end", b""]))


def nested_messages(path: Path) -> None:
    path.write_bytes(
        b"From: a@example.com\r\nSubject: s\r\nContent-Type: message/rfc822\r\n\r\n" * 20_000 + b"Good text"
    )


def mail_with_wrong_charset(path: Path) -> None:
    path.write_bytes(
        b"From: =?x-unknown?Q?=FF=FE?= <a@example.com>\r\nSubject: =?utf-8?B?////?=\r\nDate: not a date\r\n"
        b"Content-Type: text/plain; charset=klingon\r\nContent-Transfer-Encoding: base64\r\n\r\nR29vZCB0ZXh0\r\n!!!!"
    )


def mail_with_attachments(path: Path) -> None:
    message = EmailMessage()
    message["From"] = "a@example.com"
    message["Subject"] = "Good text"
    message.set_content("Good text")
    message.add_attachment(b"MZ" * 1000, maintype="application", subtype="x-msdownload", filename="../../run.exe")
    path.write_bytes(bytes(message))


def picture(kind: str) -> Write:
    return lambda path: Image.new("RGB", (8, 8)).save(path, kind)


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)

"""The text of a PDF, and where on the page it stands."""

import random
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from nexus.providers.parsers.base import Box, ParsedDocument, ParseError
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.local import LocalParser

WIDTH, HEIGHT = A4
WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "“lazy”",
    "dogs",
    "–",
    "naïve",
    "€5",
    "growth",
    "of",
    "3.5",
    "%",
    "(annual)",
    "across",
    "E.U.",
    "markets",
]


@pytest.fixture(scope="module")
def long_pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty pages of lines, some of them in columns and rows, some divided at their end."""
    path = tmp_path_factory.mktemp("pdf") / "long.pdf"
    chance = random.Random(11)
    canvas = Canvas(str(path), pagesize=A4)
    for number in range(40):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 790, f"Chapter {number + 1}")
        y = 760
        while y > 80:
            canvas.setFont("Helvetica", 10)
            line = " ".join(chance.choices(WORDS, k=12))
            match chance.randrange(8):
                case 0:
                    canvas.drawString(72, y, "Total")
                    canvas.drawRightString(300, y, f"{chance.random():.2f}")
                    canvas.drawRightString(400, y, f"{chance.random():.2f}")
                case 1:
                    canvas.drawString(72, y, f"{line} signifi-")
                    canvas.drawString(72, y - 13, f"cantly {line}")
                    y -= 13
                case _:
                    canvas.drawString(72, y, line)
            y -= chance.choice([13, 13, 13, 26])
        canvas.showPage()
    canvas.save()
    return path


@pytest.fixture(scope="module")
def long_document(long_pdf: Path) -> ParsedDocument:
    return LocalParser().parse(long_pdf, "long.pdf")


def _inside(path: Path, boxes: tuple[Box, ...]) -> str:
    """What pdfium finds within the boxes."""
    with pypdfium2.PdfDocument(path) as document:
        texts: list[str] = []
        for box in boxes:
            page = document[box.page - 1]
            width, height = page.get_size()
            edges = (box.left * width, height - box.bottom * height, box.right * width, height - box.top * height)
            textpage = page.get_textpage()
            texts.append(textpage.get_text_bounded(edges[0] + 0.3, edges[1], edges[2] - 0.3, edges[3]))
            textpage.close()
            page.close()
    return "".join(texts)


def _letters(text: str) -> str:
    return "".join(text.replace("|", "").replace("\ufffe", "").replace("\x02", "").replace("-", "").split())


def test_the_boxes_of_random_spans_hold_exactly_their_text(long_pdf: Path, long_document: ParsedDocument) -> None:
    chance = random.Random(5)
    text = long_document.text
    for _ in range(150):
        start = chance.randrange(len(text) - 300)
        end = start + chance.randrange(1, 300)
        boxes = LocalParser().boxes(long_pdf, "long.pdf", start, end, long_document.pages)
        assert _letters(_inside(long_pdf, boxes)) == _letters(text[start:end])
        assert len(boxes) <= text.count("\n", start, end) + 2


def test_boxes_need_no_pages_but_are_the_same_with_them(long_pdf: Path, long_document: ParsedDocument) -> None:
    page = long_document.pages[20]
    span = (page.start + 10, page.start + 200)
    boxes = LocalParser().boxes(long_pdf, "long.pdf", *span)
    assert boxes == LocalParser().boxes(long_pdf, "long.pdf", *span, long_document.pages)
    assert {box.page for box in boxes} == {21}


def test_a_span_over_a_page_has_boxes_on_both(long_pdf: Path, long_document: ParsedDocument) -> None:
    edge = long_document.pages[1].start
    boxes = LocalParser().boxes(long_pdf, "long.pdf", edge - 30, edge + 30, long_document.pages)
    assert {box.page for box in boxes} == {1, 2}


def test_a_box_is_where_the_text_was_drawn(tmp_path: Path) -> None:
    path = tmp_path / "place.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 12)
    canvas.drawString(100, 500, "before target after")
    canvas.save()
    document = LocalParser().parse(path, "place.pdf")
    start = document.text.index("target")
    [box] = LocalParser().boxes(path, "place.pdf", start, start + 6, document.pages)
    left = 100 + stringWidth("before ", "Helvetica", 12)
    assert box.left * WIDTH == pytest.approx(left, abs=1)
    assert box.right * WIDTH == pytest.approx(left + stringWidth("target", "Helvetica", 12), abs=1)
    assert (1 - box.bottom) * HEIGHT == pytest.approx(500, abs=4)
    assert (1 - box.top) * HEIGHT == pytest.approx(509, abs=4)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 300, 400, 600)])
def test_a_box_is_where_the_ink_is(tmp_path: Path, turn: int, crop: tuple[int, int, int, int] | None) -> None:
    path = tmp_path / "turned.pdf"
    canvas = Canvas(str(path), pagesize=A4, cropBox=crop)
    canvas.setPageRotation(turn)
    canvas.setFont("Helvetica", 20)
    canvas.drawString(90, 400, "MMMMMM")
    canvas.save()
    document = LocalParser().parse(path, "turned.pdf")
    [box] = LocalParser().boxes(path, "turned.pdf", 0, len(document.text), document.pages)
    with pypdfium2.PdfDocument(path) as opened:
        page = opened[0]
        ink = page.render(scale=2).to_numpy()[..., 0] < 128
        page.close()
    rows, columns = np.nonzero(ink)
    height, width = ink.shape
    assert box.left * width == pytest.approx(columns.min(), abs=6)
    assert box.right * width == pytest.approx(columns.max(), abs=6)
    assert box.top * height == pytest.approx(rows.min(), abs=12)
    assert box.bottom * height == pytest.approx(rows.max(), abs=12)


def test_a_divided_word_is_joined_and_a_compound_keeps_its_hyphen(tmp_path: Path) -> None:
    path = tmp_path / "divided.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for number, line in enumerate(["Sales grew signifi-", "cantly in Baden-", "Baden and else-", "where in 2018."]):
        canvas.drawString(72, 700 - 14 * number, line)
    canvas.save()
    document = LocalParser().parse(path, "divided.pdf")
    assert " ".join(document.text.split()) == "Sales grew significantly in Baden-Baden and elsewhere in 2018."
    start = document.text.index("significantly")
    boxes = LocalParser().boxes(path, "divided.pdf", start, start + len("significantly"), document.pages)
    assert len(boxes) == 2
    assert boxes[0].top < boxes[1].top


def test_lists_keep_their_items_together(tmp_path: Path) -> None:
    path = tmp_path / "list.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawString(72, 720, "You need the following things before you begin to work:")
    for number, line in enumerate(["a hammer", "some nails that are long enough", "wood"]):
        canvas.drawString(80, 700 - 16 * number, "•")
        canvas.drawString(110, 700 - 16 * number, line)
    canvas.drawString(72, 630, "Then begin.")
    canvas.save()
    document = LocalParser().parse(path, "list.pdf")
    kinds = [(block.kind, document.text[block.start : block.end]) for block in document.blocks]
    assert kinds == [
        ("paragraph", "You need the following things before you begin to work:"),
        ("list", "• a hammer\n• some nails that are long enough\n• wood"),
        ("paragraph", "Then begin."),
    ]


def test_pages_without_text_count(tmp_path: Path) -> None:
    path = tmp_path / "gaps.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for number in range(1, 7):
        if number in {2, 5}:
            canvas.drawString(72, 700, f"Page {number} has text.")
        elif number != 6:
            canvas.line(72, 700, 300, 500)
        canvas.showPage()
    canvas.save()
    document = LocalParser().parse(path, "gaps.pdf")
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5, 6]
    # The last one is blank: there is nothing to recognise.
    assert document.unread == (1, 3, 4)
    assert "Page 5" in document.text[document.pages[4].start : document.pages[4].end]


def test_what_stands_before_a_pdf_does_not_hide_it_and_who_speaks_of_one_is_none(
    tmp_path: Path, long_pdf: Path
) -> None:
    sent = tmp_path / "download"
    sent.write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + long_pdf.read_bytes())
    assert LocalParser().parse(sent, "download").media_type == "application/pdf"
    note = tmp_path / "note.md"
    note.write_text("A file that begins with %PDF-1.7 is a PDF.")
    assert "begins with %PDF-1.7" in LocalParser().parse(note, "note.md").text


def test_more_pages_than_allowed_are_refused(long_pdf: Path) -> None:
    with pytest.raises(ParseError) as caught:
        LocalParser(ParseLimits(pages=39)).parse(long_pdf, "long.pdf")
    assert caught.value.code == "too-many-pages"


def test_more_text_than_allowed_is_refused(long_pdf: Path) -> None:
    with pytest.raises(ParseError) as caught:
        LocalParser(ParseLimits(text_characters=5000)).parse(long_pdf, "long.pdf")
    assert caught.value.code == "too-large"

"""A file of every format that is read, and facts that must be found in it and cited at their place."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx

from older_files import saved_as
from outlook_files import Attached, Mail, save
from scans import draw, encode, lines, pdf


@dataclass(frozen=True)
class Fact:
    """What is asked, what the passage says, and where it stands."""

    question: str
    answer: str
    page: int = 1
    label: str = ""
    """Of the page: a sheet's name."""
    heading: str = ""
    """One of those above the passage."""


@dataclass(frozen=True)
class Sample:
    name: str
    make: Callable[[], bytes]
    media_type: str
    language: str
    facts: tuple[Fact, ...]
    has_boxes: bool = False
    recognised: bool = False
    converted: bool = False

    def __str__(self) -> str:
        return self.name


def _saved(document: Any) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Vehicle policy", 1)
    document.add_paragraph("Every driver checks the tyres and the oil of the van before a long journey.")
    document.add_heading("Fines", 2)
    document.add_paragraph("Parking fines are paid by the driver within fourteen days and are not refunded.")
    document.add_page_break()
    document.add_heading("Insurance", 1)
    table = document.add_table(rows=0, cols=2)
    for row in (("Vehicle", "Policy number"), ("Delivery van", "VX-7741"), ("Forklift", "FK-2090")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    # As Word does: nothing ends with a table.
    document.add_paragraph("Claims go to the workshop.")
    return _saved(document)


def slides() -> bytes:
    deck: Any = pptx.Presentation()
    for title, body in (
        ("Market overview", "The market for dosing pumps grew by nine percent in Portugal."),
        ("Competitors", "Kestrel Hydraulics opened a second factory in Coimbra."),
    ):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    deck.slides[1].notes_slide.notes_text_frame.text = "Ask the sales team about the discount of Kestrel."
    return _saved(deck)


def sheets() -> bytes:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Stock"
    for row in (["Article", "Shelf", "Pieces"], ["Gasket DN50", "B-12", 340], ["Impeller 90", "C-03", 18]):
        first.append(row)
    second = book.create_sheet("Suppliers")
    for row in (["Supplier", "City"], ["Brandt Dichtungen", "Wuppertal"], ["Sealworks", "Leeds"]):
        second.append(row)
    return _saved(book)


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ines Moura <ines@example.test>", "plant@example.test"
    message["Subject"] = "Delivery of the new compressor"
    message["Date"] = "Tue, 05 Mar 2024 09:30:00 +0100"
    message.set_content("The compressor arrives on Thursday at dock four.\n\nPlease keep the ramp free.\n")
    message.add_attachment(b"not shown", maintype="application", subtype="octet-stream", filename="drawing.dwg")
    return bytes(message)


def logo() -> bytes:
    return encode(draw([], size=(64, 64)), "PNG")


def offer() -> bytes:
    """With a PDF, a workbook, a mail that has an attachment of its own, one that is torn, and the sender's logo."""
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Tariq Aziz <tariq@example.test>", "Your enquiry about filters"
    inner.set_content("The filters of the old series are no longer made.")
    inner.add_attachment(word(), maintype="application", subtype="msword", filename="policy.docx")
    message = EmailMessage()
    message["From"], message["To"] = "Ines Moura <ines@example.test>", "plant@example.test"
    message["Subject"] = "Offer for the new filters"
    message.set_content("Please find our offer attached.")
    message.add_alternative('<p>Please find our offer attached.</p><img src="cid:logo@x">', subtype="html")
    parts: Any = message.get_payload()
    parts[1].add_related(logo(), maintype="image", subtype="png", cid="<logo@x>", filename="logo.png")
    message.add_attachment(pdf(*PRICES), maintype="application", subtype="pdf", filename="prices.pdf")
    message.add_attachment(sheets(), maintype="application", subtype="octet-stream", filename="stock.xlsx")
    message.add_attachment(inner)
    message.add_attachment(b"%PDF-1.7 torn", maintype="application", subtype="pdf", filename="torn.pdf")
    return bytes(message)


def outlook() -> bytes:
    """The same, as Outlook saves it."""
    inner = Mail(
        "Your enquiry about filters",
        "The filters of the old series are no longer made.",
        sender=("Tariq Aziz", "tariq@example.test"),
        files=(Attached("policy.docx", word()),),
    )
    return save(
        Mail(
            "Offer for the new filters",
            "Please find our offer attached.",
            '<p>Please find our offer attached.</p><img src="cid:logo@x">',
            ("Ines Moura", "ines@example.test"),
            (("Plant", "plant@example.test"),),
            133_540_974_000_000_000,
            (
                Attached("logo.png", logo(), "logo@x"),
                Attached("prices.pdf", pdf(*PRICES)),
                Attached("stock.xlsx", sheets()),
                Attached("Your enquiry about filters", inner),
                Attached("torn.pdf", b"%PDF-1.7 torn"),
            ),
        )
    )


HTML = """<!doctype html><html lang="en"><title>Cafeteria</title><body><h1>Cafeteria</h1><h2>Opening hours</h2>
<p>The cafeteria opens at seven and closes at half past three.</p><h2>Allergens</h2>
<table><tr><th>Dish</th><th>Allergen</th></tr><tr><td>Walnut cake</td><td>nuts</td></tr></table></body></html>"""
MARKDOWN = (
    "# On call\n\nRosters are made each month.\n\n## Allowance\n\nWho is on call at a weekend gets 85 euros a day.\n"
)
GERMAN = (
    "Die Prüfung der Kessel findet jedes Jahr im November statt.\n\n"
    "Für die Abnahme ist Frau Öztürk aus der Werkstatt zuständig.\n"
)
CSV = "Customer,Discount\nHollmann Bau,12 percent\nNordwind Energie,7 percent\n"
SEMICOLONS = (
    "Kunde;Ort;Rabatt;Bemerkung\nMüller & Söhne;Köln;3,5 %;gilt nur für Aufträge ab dem Herbst\n"
    "Bäckerei Grün;Jülich;2,0 %;wird nach der Ernte und mit dem Vertrieb neu besprochen\n"
)
TABS = "Room\tSeats\nAurora\t14\nBorealis\t40\n"
JSON = {"site": "Gdynia", "machines": [{"name": "Lathe 4", "oil": "ISO VG 68"}, {"name": "Mill 2", "oil": "ISO VG 32"}]}
JSON_LINES = '{"ticket": 4711, "cause": "worn bearing in the blower"}\n{"ticket": 4712, "cause": "loose belt"}\n'
LETTER = lines(
    "Letter of the inspector", "The emergency exit of hall nine is blocked", "by pallets and must be cleared."
)
RECEIPT = lines("Receipt of the ironmonger", "Forty hinges of brass were bought", "for 212 euros on Friday.")
PRICES = (
    "Terms of delivery\nDelivery is free from ten pieces on.",
    "Filters for air\nThe filter AF-20 costs 31 euros a piece.",
    "Filters for oil\nThe filter OF-77 costs 48 euros a piece.",
)
PRINTED = "Report of the laboratory\nThe sample of the lubricant holds traces of copper."

_HEIC = Path(__file__).parent / "letter.heic"
"""The letter as a telephone keeps it: nothing that the tests may use writes this format."""
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXIT = Fact("Which emergency exit is blocked by pallets?", "hall nine")
_HINGES = Fact("How many hinges of brass were bought?", "Forty hinges")
_KESSEL = Fact("Wann findet die Prüfung der Kessel statt?", "November")
_OZTURK = Fact("Wer ist für die Abnahme zuständig?", "Öztürk")
_POLICY = (
    Fact("Who pays parking fines?", "paid by the driver", heading="Fines"),
    Fact("policy number of the forklift", "FK-2090", heading="Insurance"),
)
_MARKET = (
    Fact("growth of dosing pumps in Portugal", "nine percent", heading="Market overview"),
    Fact("second factory in Coimbra", "Kestrel Hydraulics", page=2, heading="Competitors"),
    Fact("discount sales team", "discount of Kestrel", page=2),
)
_STOCK = (
    Fact("Gasket DN50 pieces", "340", label="Stock"),
    Fact("city of Brandt Dichtungen", "Wuppertal", page=2, label="Suppliers"),
)
_OFFER = (
    Fact("Who offers filters? Ines Moura", "Ines Moura <ines@example.test>"),
    Fact("price of the filter OF-77", "48 euros", heading="page 3"),
    Fact("price of the filter AF-20", "31 euros", heading="Attachment prices.pdf"),
    Fact("city of Brandt Dichtungen", "Wuppertal", heading="Attachment stock.xlsx"),
    Fact("filters of the old series", "no longer made", heading="Attachment Your enquiry about filters.eml"),
    Fact("policy number of the forklift", "FK-2090", heading="Attachment policy.docx"),
    Fact("attachments that are not read", "torn.pdf (damaged)"),
)
_OPEN = "application/vnd.oasis.opendocument"


def _german(encoding: str) -> Callable[[], bytes]:
    return lambda: GERMAN.encode(encoding)


def _picture(kind: str, **options: Any) -> Callable[[], bytes]:
    return lambda: encode(draw(LETTER), kind, **options)


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "printed.pdf",
        lambda: pdf("The canteen is renovated in spring.\n" * 3, PRINTED),
        "application/pdf",
        "en",
        (Fact("traces of copper in the lubricant", "traces of copper", page=2),),
        has_boxes=True,
    ),
    Sample(
        "scanned.pdf",
        lambda: pdf(LETTER, RECEIPT),
        "application/pdf",
        "en",
        (_EXIT, Fact(_HINGES.question, _HINGES.answer, page=2)),
        has_boxes=True,
        recognised=True,
    ),
    Sample(
        "mixed.pdf",
        lambda: pdf(PRINTED, RECEIPT),
        "application/pdf",
        "en",
        (Fact("traces of copper in the lubricant", "traces of copper"), Fact(_HINGES.question, _HINGES.answer, page=2)),
        has_boxes=True,
        recognised=True,
    ),
    Sample(
        "policy.docx",
        word,
        _WORD,
        "en",
        _POLICY,
    ),
    Sample(
        "market.pptx",
        slides,
        _SLIDES,
        "en",
        _MARKET,
    ),
    Sample(
        "stock.xlsx",
        sheets,
        _SHEETS,
        "en",
        _STOCK,
    ),
    Sample("customers.csv", CSV.encode, "text/csv", "en", (Fact("discount of Hollmann Bau", "12 percent"),)),
    Sample(
        "kunden.csv",
        lambda: SEMICOLONS.encode("cp1252"),
        "text/csv",
        "de",
        (Fact("Rabatt Bäckerei Grün", "Jülich"), Fact("Müller & Söhne", "3,5 %")),
    ),
    Sample("rooms.tsv", lambda: TABS.encode("utf-16"), "text/csv", "en", (Fact("seats in Borealis", "40"),)),
    Sample("kessel.txt", _german("utf-8"), "text/plain", "de", (_KESSEL, _OZTURK)),
    Sample("kessel-bom.txt", _german("utf-8-sig"), "text/plain", "de", (_KESSEL, _OZTURK)),
    Sample("kessel-latin.txt", _german("cp1252"), "text/plain", "de", (_KESSEL, _OZTURK)),
    Sample("kessel-utf16.txt", _german("utf-16"), "text/plain", "de", (_KESSEL, _OZTURK)),
    Sample(
        "on-call.md",
        MARKDOWN.encode,
        "text/markdown",
        "en",
        (Fact("weekend on call", "85 euros", heading="Allowance"),),
    ),
    Sample(
        "cafeteria.html",
        HTML.encode,
        "text/html",
        "en",
        (
            Fact("When does the cafeteria close?", "half past three", heading="Opening hours"),
            Fact("allergen of the walnut cake", "nuts", heading="Allergens"),
        ),
    ),
    Sample(
        "compressor.eml",
        mail,
        "message/rfc822",
        "en",
        (
            Fact("Where does the compressor arrive on Thursday?", "dock four"),
            Fact("Who wrote about the compressor? Ines Moura", "Ines Moura"),
            Fact("attachment drawing.dwg", "drawing.dwg"),
        ),
    ),
    *(
        Sample(name, make, media_type, "en", _OFFER)
        for name, make, media_type in (
            ("offer.eml", offer, "message/rfc822"),
            ("offer.msg", outlook, "application/vnd.ms-outlook"),
        )
    ),
    Sample(
        "machines.json",
        lambda: json.dumps(JSON).encode(),
        "application/json",
        "en",
        (Fact("oil of Lathe 4", "ISO VG 68"),),
    ),
    Sample(
        "tickets.jsonl", JSON_LINES.encode, "application/x-ndjson", "en", (Fact("ticket 4711 blower", "worn bearing"),)
    ),
    *(
        Sample(
            f"letter.{name}", _picture(kind), f"image/{kind.lower()}", "en", (_EXIT,), has_boxes=True, recognised=True
        )
        for name, kind in (
            ("png", "PNG"),
            ("jpg", "JPEG"),
            ("webp", "WEBP"),
            ("bmp", "BMP"),
            ("gif", "GIF"),
            ("avif", "AVIF"),
        )
    ),
    Sample("letter.heic", _HEIC.read_bytes, "image/heic", "en", (_EXIT,), has_boxes=True, recognised=True),
    Sample(
        "fax.tif",
        _picture("TIFF", save_all=True, append_images=[draw(RECEIPT)]),
        "image/tiff",
        "en",
        (_EXIT, Fact(_HINGES.question, _HINGES.answer, page=2)),
        has_boxes=True,
        recognised=True,
    ),
    *(
        Sample(name, saved_as(name, make), media_type, "en", facts, converted=True)
        for name, make, media_type, facts in (
            ("policy.doc", word, "application/msword", _POLICY),
            ("policy.rtf", word, "application/rtf", _POLICY),
            ("policy.odt", word, f"{_OPEN}.text", _POLICY),
            ("market.ppt", slides, "application/vnd.ms-powerpoint", _MARKET),
            ("market.odp", slides, f"{_OPEN}.presentation", _MARKET),
            ("stock.xls", sheets, "application/vnd.ms-excel", _STOCK),
            ("stock.ods", sheets, f"{_OPEN}.spreadsheet", _STOCK),
        )
    ),
)

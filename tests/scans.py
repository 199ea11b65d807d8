"""Pictures of pages, as scanners and cameras make them, and PDFs of such pages; the same bytes every time."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

_A4 = (1654, 2339)
_DOTS = 200


@dataclass(frozen=True)
class Line:
    """A line of a page; places in fractions of the page."""

    text: str
    top: float
    left: float = 0.1
    points: float = 11


def lines(*texts: str, top: float = 0.12) -> list[Line]:
    return [Line(text, top + 0.025 * number) for number, text in enumerate(texts)]


def draw(page: Sequence[Line], *, size: tuple[int, int] = _A4, dots: int = _DOTS) -> Image.Image:
    """The page in grey, at 200 dots an inch."""
    image = Image.new("L", size, 250)
    pen = ImageDraw.Draw(image)
    for line in page:
        font = ImageFont.load_default(line.points * dots / 72)
        pen.text((line.left * size[0], line.top * size[1]), line.text, font=font, fill=25)
    return image


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def pdf(*pages: Sequence[Line] | str) -> bytes:
    """Strings become pages of text, lists of lines pictures of pages."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=1)
    for page in pages:
        if isinstance(page, str):
            canvas.setFont("Helvetica", 11)
            for number, line in enumerate(page.splitlines()):
                canvas.drawString(72, 760 - 16 * number, line)
        else:
            canvas.drawImage(ImageReader(draw(page)), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return written.getvalue()

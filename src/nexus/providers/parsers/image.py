"""Pictures: their text is recognised elsewhere, page by page; here they are checked, turned upright and made grey."""

import io
import math
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from nexus.providers.parsers.base import Box, Page, PageWords, ParsedDocument, ParseError, Picture, Preview
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.pdf_layout import Group
from nexus.providers.parsers.recognised import boxes as recognised_boxes
from nexus.providers.parsers.recognised import read_words
from nexus.providers.parsers.sections import find_blocks
from nexus.providers.parsers.writing import too_many_pages

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", "HEIF")
_PHOTOS = frozenset({"JPEG", "HEIF", "AVIF"})
_MEDIA_TYPES = {"HEIF": "image/heic"}
_SEQUENCES = frozenset({"TIFF"})
"""Those whose further pictures are pages; a GIF's are a film."""
_SMALL = 4_000_000
"""Pixels below which a picture is from a screen: recognition wants its letters larger."""
_WIDEST = 2400
"""Pixels of the longer side of what is shown."""
_SMALLEST = 24
"""Pixels of width or height below which there is nothing to read."""


def parse(path: Path, limits: ParseLimits, recognised: tuple[PageWords, ...] = ()) -> ParsedDocument:
    """The recognised text. Raises ParseError for a picture that cannot be shown."""
    with _open(path, limits) as image:
        count = _count(image)
        media_type = _MEDIA_TYPES.get(image.format or "", f"image/{(image.format or '').lower()}")
        if count > limits.pages:
            raise too_many_pages(limits)
    known = {page.number: read_words(page) for page in recognised}
    parts: list[str] = []
    pages: list[Page] = []
    groups: list[tuple[int, Group]] = []
    length = 0
    for number in range(1, count + 1):
        content = known.get(number)
        if content and content.text and length:
            parts.append("\n\n")
            length += 2
        pages.append(Page(number, length, length))
        if content and content.text:
            parts.append(content.text)
            groups += [(length, group) for group in content.groups]
            length += len(content.text)
    text = "".join(parts)
    blocks = tuple(find_blocks(text, groups))
    ends = [*(page.start for page in pages[1:]), length]
    tiled = tuple(Page(page.number, page.start, end) for page, end in zip(pages, ends, strict=True))
    title = next((text[b.start : b.end].replace("\n", " ") for b in blocks if b.kind == "heading"), "")
    unread = tuple(page.number for page in pages if page.number not in known)
    return ParsedDocument(media_type, text, tiled, blocks, title[:300], unread=unread)


def picture(path: Path, number: int, limits: ParseLimits) -> Picture:
    """One page, upright, on white, large enough to read."""
    with _page(path, number, limits) as image:
        # The sixteen bits of a scanner have to be brought down, and are not by converting.
        grey = (image.point(lambda value: value / 256) if image.mode.startswith("I;16") else image).convert("L")
        if grey.width * grey.height < _SMALL:
            grey = _scaled(grey, 2)
        elif grey.width * grey.height > limits.drawn_pixels:
            grey = _scaled(grey, math.sqrt(limits.drawn_pixels / (grey.width * grey.height)))
        return Picture(grey.width, grey.height, grey.tobytes())


def preview(path: Path, number: int, limits: ParseLimits) -> Preview:
    """One page, upright, no larger than a screen shows, without what the file says about where it was taken."""
    with _page(path, number, limits) as image:
        kind = "JPEG" if image.format in _PHOTOS else "PNG"
        shown = (image.point(lambda value: value / 256) if image.mode.startswith("I;16") else image).convert("RGB")
        if max(shown.size) > _WIDEST:
            shown = _scaled(shown, _WIDEST / max(shown.size))
        written = io.BytesIO()
        shown.save(written, kind, quality=85)
        return Preview(f"image/{kind.lower()}", written.getvalue())


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS)


@contextmanager
def _page(path: Path, number: int, limits: ParseLimits) -> Generator[Image.Image]:
    with _open(path, limits) as image:
        if not 1 <= number <= _count(image):
            raise ParseError("damaged", "The picture has no such page.")
        kind = image.format
        image.seek(number - 1)
        _check(image, limits)
        shown = ImageOps.exif_transpose(image)
        if shown.has_transparency_data:
            shown = shown.convert("RGBA")
            shown = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown)
        shown.format = kind
        yield shown


def boxes(
    _path: Path,
    start: int,
    end: int,
    pages: tuple[Page, ...],
    recognised: tuple[PageWords, ...],
    _limits: ParseLimits,
) -> tuple[Box, ...]:
    known = {page.number: page for page in recognised}
    found: list[Box] = []
    for page in pages:
        if page.start < end and page.end > start and page.number in known:
            found += recognised_boxes(known[page.number], start - page.start, end - page.start)
    return tuple(found)


@contextmanager
def _open(path: Path, limits: ParseLimits) -> Generator[Image.Image]:
    _learn_heic(path)
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours: it tells the uploader what to do
    try:
        with Image.open(path, formats=_FORMATS) as image:
            _check(image, limits)
            yield image
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError) as error:
        raise ParseError(
            "damaged", "The picture is damaged or incomplete. Open it, save it again and upload the copy."
        ) from error


def _learn_heic(path: Path) -> None:
    """Has Pillow read HEIC where the extra for it is installed."""
    with path.open("rb") as file:
        beginning = file.read(12)
    if beginning[4:8] != b"ftyp" or beginning[8:11] == b"avi":
        return
    try:
        pi_heif = import_module("pi_heif")
    except ImportError as error:
        raise ParseError(
            "no-decoder",
            "The picture is in the format HEIC, which is not read here. Save it as JPEG or PNG and upload that; or ask "
            "your administrator to install the extra for HEIC.",
        ) from error
    pi_heif.register_heif_opener(thumbnails=False)


def _check(image: Image.Image, limits: ParseLimits) -> None:
    if image.width * image.height > limits.pixels:
        million = limits.pixels // 1_000_000
        raise ParseError(
            "too-large", f"The picture has more than {million} million pixels. Make it smaller and upload it again."
        )
    if min(image.size) < _SMALLEST:
        raise ParseError("empty", "The picture is too small to hold text. Check that it is the right one.")


def _count(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1)) if image.format in _SEQUENCES else 1

"""Blocks to DOCX and PPTX."""
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# (python-pptx annotates placeholders as plain shapes and row collections as not iterable)

import io
from datetime import datetime
from itertools import pairwise

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from pptx import Presentation
from pptx.slide import Slide
from pptx.util import Inches, Length, Pt

from demo.archive import repack
from demo.markup import Block, Heading, Items, Paragraph, Table

_NOTES = "Notes: "
_TABLE_STYLE = "Light Grid Accent 1"


def render_docx(blocks: tuple[Block, ...], *, author: str, language: str, modified: datetime) -> bytes:
    """A Word document with real heading, list and table styles. `language` is a tag such as `de-DE`."""
    document = Document()
    document.styles.element.find(f".//{qn('w:lang')}").set(qn("w:val"), language)
    for block in blocks:
        match block:
            case Heading(1, text):
                document.core_properties.title = text
                document.add_heading(text, 0)
            case Heading(level, text):
                document.add_heading(text, level - 1)
            case Paragraph(text):
                document.add_paragraph(text)
            case Items(ordered, texts):
                for text in texts:
                    document.add_paragraph(text, "List Number" if ordered else "List Bullet")
            case Table(header, rows):
                _word_table(document, header, rows)
    _drop_unused_table_styles(document)
    _describe(document.core_properties, author, language, modified)
    out = io.BytesIO()
    document.save(out)
    return repack(out.getvalue(), modified)


def _word_table(document: WordDocument, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(0, len(header), _TABLE_STYLE)
    for row in (header, *rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph()


def _drop_unused_table_styles(document: WordDocument) -> None:
    """The template carries a hundred of them, and a second copy for Word 2007: 800 KB of XML."""
    kept = {"Normal Table", _TABLE_STYLE}
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in kept:
            style.delete()
    for key, relation in list(document.part.rels.items()):
        if relation.reltype.endswith("/stylesWithEffects"):
            del document.part.rels[key]


def render_pptx(blocks: tuple[Block, ...], *, author: str, modified: datetime) -> bytes:
    """A slide for each heading of level 1; a paragraph that begins with `Notes: ` is the speaker's."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    title_layout, text_layout, bare_layout = (deck.slide_layouts[i] for i in (0, 1, 5))
    deck.core_properties.title = next(block.text for block in blocks if isinstance(block, Heading))
    starts = [i for i, block in enumerate(blocks) if isinstance(block, Heading)]
    for number, (start, end) in enumerate(pairwise([*starts, len(blocks)])):
        heading, *content = blocks[start:end]
        has_table = any(isinstance(block, Table) for block in content)
        slide = deck.slides.add_slide(title_layout if number == 0 else bare_layout if has_table else text_layout)
        title = slide.placeholders[0]
        title.text_frame.text = heading.text
        _place(title, top=Inches(0.4 if number else 2.4), height=Inches(1.1))
        for block in content:
            _slide_block(slide, block)
    _describe(deck.core_properties, author, "en-GB", modified)
    out = io.BytesIO()
    deck.save(out)
    return repack(out.getvalue(), modified)


def _slide_block(slide: Slide, block: Block) -> None:
    match block:
        case Paragraph(text) if text.startswith(_NOTES):
            slide.notes_slide.placeholders[1].text_frame.text = text.removeprefix(_NOTES)
        case Paragraph(text):
            subtitle = slide.placeholders[1]
            _place(subtitle, top=Inches(3.8), height=Inches(1.5))
            subtitle.text_frame.text = text
        case Items(_, texts):
            body = slide.placeholders[1]
            _place(body, top=Inches(1.8), height=Inches(5))
            body.text_frame.text = "\n".join(texts)
            for paragraph in body.text_frame.paragraphs:
                paragraph.font.size = Pt(26)
        case Table(header, rows):
            shape = slide.shapes.add_table(
                len(rows) + 1, len(header), Inches(0.8), Inches(1.9), Inches(11.7), Inches(3.5)
            )
            for row, texts in zip(shape.table.rows, (header, *rows), strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        case Heading():
            raise ValueError("A slide has one heading.")


def _place(shape, *, top: Length, height: Length) -> None:
    shape.left, shape.width, shape.top, shape.height = Inches(0.8), Inches(11.7), top, height


def _describe(properties, author: str, language: str, modified: datetime) -> None:
    properties.author = properties.last_modified_by = author
    properties.language = language
    properties.created = properties.modified = modified
    properties.revision = 1
    properties.comments = ""

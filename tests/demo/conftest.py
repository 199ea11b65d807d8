"""The demo company, and its documents as plain text by the simplest means there are."""

import csv
import email
import io
import re
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import default
from functools import cache

import docx
import openpyxl
import pptx
import pypdfium2
import pytest

from nexus.demo.company import DemoCompany, load


@pytest.fixture(scope="session")
def company() -> DemoCompany:
    return load()


@pytest.fixture(scope="session")
def text_of(company: DemoCompany) -> Callable[[str], str]:
    """By path below `files/`: all words of the document, single spaces between them."""
    content = {file.path: file.content for base in company.knowledge_bases for file in base.files}

    @cache
    def read(path: str) -> str:
        return re.sub(r"\s+", " ", _extract(path.rpartition(".")[2], content[path].read_bytes()))

    return read


def _extract(extension: str, content: bytes) -> str:
    match extension:
        case "pdf":
            document = pypdfium2.PdfDocument(content)
            try:
                return "\n".join(page.get_textpage().get_text_range() for page in document)
            finally:
                document.close()
        case "docx":
            document = docx.Document(io.BytesIO(content))
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
        case "pptx":
            return "\n".join(_slide_texts(content))
        case "xlsx":
            sheets = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets
            return "\n".join(str(value) for sheet in sheets for row in sheet.values for value in row)
        case "csv":
            return "\n".join(" ".join(row) for row in csv.reader(io.StringIO(content.decode())))
        case "eml":
            message = email.message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            return f"{message['subject']}\n{message.get_content()}"
        case _:
            return content.decode()


def _slide_texts(content: bytes) -> list[str]:
    texts: list[str] = []
    for slide in pptx.Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)  # pyright: ignore[reportAttributeAccessIssue]
            if shape.has_table:
                texts += [cell.text for cell in shape.table.iter_cells()]  # pyright: ignore[reportAttributeAccessIssue]
        notes = slide.notes_slide.notes_text_frame
        texts.append(notes.text if notes else "")
    return texts

"""Conversations and answers as files, as far as their reader may read them."""

from io import BytesIO

import pypdfium2
import pytest
from docx import Document

from hub import Company
from nexus.core.ids import new_id

LEAVE = "# Leave\n\nEverybody has 25 days of annual leave.\n"


def docx_text(file: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(BytesIO(file)).paragraphs)


def pdf_text(file: bytes) -> str:
    pdf = pypdfium2.PdfDocument(file)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


READ = {"docx": docx_text, "pdf": pdf_text, "markdown": bytes.decode, "json": bytes.decode}


@pytest.mark.parametrize("form", ["docx", "pdf"])
async def test_a_conversation_becomes_a_file_with_its_sources(company: Company, form: str) -> None:
    shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
    await company.owner.add(shelf, "leave.md", LEAVE)
    answered = await company.member.post("/ask", {"question": "Tage Urlaub, annual leave?"})
    conversation, message = answered["run"]["conversation_id"], answered["message"]["id"]

    for path in (f"/conversations/{conversation}/export", f"/messages/{message}/export"):
        answer = await company.member.call("GET", f"{path}?format={form}&language=de")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Disposition"].endswith(f".{form}")
        text = READ[form](answer.content)
        for wanted in ("Tage Urlaub, annual leave?", "25 days of annual leave", "Quellen", "Seite 1", "[1]"):
            assert wanted in text, path
        assert (await company.owner.call("GET", f"{path}?format={form}")).status_code == 404

    await company.owner.delete(f"/knowledge-bases/{shelf}/grants/user/{company.member.id}")
    for path in (f"/conversations/{conversation}/export", f"/messages/{message}/export"):
        for each, read in READ.items():
            file = await company.member.call("GET", f"{path}?format={each}")
            assert "25 days" not in read(file.content)


async def test_a_pdf_of_another_script_is_refused_with_a_way_out(company: Company) -> None:
    asked = (await company.member.post("/ask", {"question": "年假有多少天？"}))["run"]["conversation_id"]
    refused = await company.member.call("GET", f"/conversations/{asked}/export?format=pdf")
    assert refused.status_code == 422
    assert "Take the Word file" in refused.json()["detail"]
    word = await company.member.call("GET", f"/conversations/{asked}/export?format=docx")
    assert "年假有多少天" in docx_text(word.content)


async def test_a_question_is_no_answer(company: Company) -> None:
    asked = (await company.member.post("/ask", {"question": "leave"}))["run"]["question_id"]
    await company.member.get(f"/messages/{asked}/export", 409)
    await company.member.get(f"/messages/{new_id()}/export", 404)

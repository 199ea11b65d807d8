"""What a citation opens: text, pages, chunks, boxes and the original."""

import io

import pytest
from reportlab.pdfgen.canvas import Canvas

from hub import Company
from nexus.core.ids import new_id

TEXT = "# Größe\n\nDie Dichtung 🔧 hat 12 µm.\n\n## Zweitens\n\n" + "\n\n".join(
    f"Absatz {n}: Die Pumpe Nummer {n} läuft 漢字 ruhig und wird gewartet." for n in range(60)
)


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf(grants=[company.grants["member"]])


def pdf(*pages: str) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, invariant=True)
    for page in pages:
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


async def test_slices_count_characters_and_never_leave_the_text(company: Company, shelf: str) -> None:
    document = await company.owner.add(shelf, "größe.md", TEXT)
    path = f"/documents/{document}/text"
    whole = await company.member.get(path)
    assert (whole["start"], whole["end"]) == (0, whole["length"])
    assert len(whole["text"]) == whole["length"]
    assert "🔧" in whole["text"]
    at = whole["text"].index("🔧")
    assert (await company.member.get(path, start=at, end=at + 1))["text"] == "🔧"
    assert (await company.member.get(path, start=at, end=at))["text"] == ""
    assert (await company.member.get(path, start=at, end=at - 5))["text"] == ""
    beyond = await company.member.get(path, start=whole["length"] + 5)
    assert (beyond["start"], beyond["end"], beyond["text"]) == (whole["length"], whole["length"], "")
    for wrong in ({"start": -1}, {"end": -1}, {"start": "x"}, {"start": 10**30}, {"end": 2**63}):
        answer = await company.member.call("GET", path, params=wrong)
        assert answer.status_code in {200, 422}, answer.text
    await company.member.get(path, 404, version_id=new_id())
    await company.stranger.get(path, 404)


async def test_a_version_belongs_to_its_document(company: Company, shelf: str) -> None:
    one = await company.owner.add(shelf, "one.md", "One document about pumps.")
    other = await company.owner.make_shelf("Closed")
    hidden = await company.owner.add(other, "two.md", "Another document about salaries.")
    version = (await company.owner.get(f"/documents/{hidden}"))["active_version_id"]
    for path in ("text", "original", "boxes"):
        await company.member.get(f"/documents/{one}/{path}", 404, version_id=version, start=0, end=5)


async def test_chunks_are_slices_of_the_text_in_order(company: Company, shelf: str) -> None:
    document = await company.owner.add(shelf, "größe.md", TEXT)
    text = (await company.member.get(f"/documents/{document}/text"))["text"]
    chunks = await company.member.read_pages(f"/documents/{document}/chunks", limit=3)
    assert len(chunks) > 3
    assert [chunk["ordinal"] for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert text[chunk["start"] : chunk["end"]] == chunk["text"]
        assert 0 < chunk["token_count"] <= 240
    assert chunks[-1]["heading_path"] == ["Größe", "Zweitens"]
    detail = await company.member.get(f"/documents/{document}")
    assert detail["versions"][0]["chunk_count"] == len(chunks)
    await company.member.get(f"/documents/{document}/chunks", 422, cursor="WzFlMzBd")


async def test_pages_and_boxes_of_a_pdf(company: Company, shelf: str) -> None:
    file = pdf("The first page speaks of pumps.", "The second page speaks of seals.", "The third is short.")
    document = await company.owner.add(shelf, "pages.pdf", file)
    whole = await company.member.get(f"/documents/{document}/text")
    assert [page["number"] for page in whole["pages"]] == [1, 2, 3]
    start = whole["text"].index("second page")
    span = {"start": start, "end": start + len("second page")}
    part = await company.member.get(f"/documents/{document}/text", **span)
    assert [page["number"] for page in part["pages"]] == [2]
    found = await company.member.get(f"/documents/{document}/boxes", **span)
    assert found["version_id"] == whole["version_id"]
    [box] = found["boxes"]
    assert box["page"] == 2
    assert 0 < box["left"] < box["right"] < 1
    assert 0 < box["top"] < box["bottom"] < 1
    # 72 points of 595 from the left, the baseline 720 of 842 points above the bottom.
    assert box["left"] == pytest.approx(72 / 595 + 0.05, abs=0.05)
    assert box["bottom"] == pytest.approx(1 - 720 / 842, abs=0.02)
    boxes = (await company.member.get(f"/documents/{document}/boxes", start=0, end=whole["length"]))["boxes"]
    assert [box["page"] for box in boxes] == [1, 2, 3]
    [hit] = await company.member.search("second page seals")
    assert hit["document_id"] == document
    assert hit["page"] <= 2 <= hit["page_end"]
    answer = await company.member.post("/ask", {"question": "second page speaks of seals"})
    cited = {citation["page"]: citation["quote"] for citation in answer["message"]["citations"]}
    assert "seals" in cited[2]
    await company.member.get(f"/documents/{document}/boxes", 422, start=5, end=4)
    await company.member.get(f"/documents/{document}/boxes", 422, start=0, end=10**9)
    assert (await company.member.get(f"/documents/{document}/boxes", start=10**6, end=10**6 + 5))["boxes"] == []


async def test_text_has_no_boxes(company: Company, shelf: str) -> None:
    document = await company.owner.add(shelf, "plain.md", "A plain text without any page.")
    found = await company.member.get(f"/documents/{document}/boxes", start=0, end=5)
    assert found["boxes"] == []


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("leave.html", "leave.html"),
        ('a"b; filename=evil.exe.html', "a%22b%3B%20filename%3Devil.exe.html"),
        ("Größe ½ 漢.html", "Gr%C3%B6%C3%9Fe%20%C2%BD%20%E6%BC%A2.html"),
    ],
)
async def test_originals_come_as_downloads_that_no_browser_runs(
    company: Company, shelf: str, name: str, encoded: str
) -> None:
    content = b"<html><body><h1>Leave</h1><p>Everybody has 25 days.</p><script>alert(1)</script></body></html>"
    document = await company.owner.add(shelf, name, content)
    answer = await company.member.call("GET", f"/documents/{document}/original")
    assert answer.status_code == 200
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{encoded}"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert "no-store" in answer.headers["cache-control"]
    await company.stranger.get(f"/documents/{document}/original", 404)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=4-", (4, 26)),
        ("bytes=-3", (23, 26)),
        ("bytes=-99", (0, 26)),
        ("bytes=20-999", (20, 26)),
        ("Bytes = 2 - 2", (2, 3)),
        # What cannot be read, or is not understood, is no wish: the whole file.
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("lines=1-2", None),
        ("bytes=one", None),
    ],
)
async def test_a_part_of_an_original(company: Company, shelf: str, asked: str, part: tuple[int, int] | None) -> None:
    content = b"Abcdefghijklm nopqrs tuvwx"
    document = await company.owner.add(shelf, "letters.txt", content)
    path = f"/documents/{document}/original"
    answer = await company.member.call("GET", path, headers={"Range": asked})
    first, stop = part or (0, len(content))
    assert (answer.status_code, answer.content) == (206 if part else 200, content[first:stop])
    assert answer.headers["content-length"] == str(stop - first)
    assert answer.headers.get("content-range") == (f"bytes {first}-{stop - 1}/{len(content)}" if part else None)
    # A download that goes on gets the whole file when it has become another one.
    stale = await company.member.call("GET", path, headers={"Range": asked, "If-Range": '"other"'})
    assert (stale.status_code, stale.content) == (200, content)
    same = await company.member.call("GET", path, headers={"Range": asked, "If-Range": answer.headers["etag"]})
    assert (same.status_code, same.content) == (answer.status_code, answer.content)
    await company.stranger.get(path, 404)


@pytest.mark.parametrize("asked", ["bytes=26-", "bytes=99-100", "bytes=-0"])
async def test_a_part_outside_of_an_original(company: Company, shelf: str, asked: str) -> None:
    document = await company.owner.add(shelf, "letters.txt", b"Abcdefghijklm nopqrs tuvwx")
    answer = await company.member.call("GET", f"/documents/{document}/original", headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */26")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "26 bytes" in answer.json()["detail"]

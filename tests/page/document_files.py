"""Documents that are not PDF, made as their programs make them."""

import io
from collections.abc import Callable
from email.message import EmailMessage

import docx
import openpyxl
import pptx
from pptx.util import Inches

PLAN = [
    ("Task", "Interval", "Spare part"),
    ("Look for leaks", "daily", "none"),
    ("Change the shaft seal", "4,000 hours", "HX-2041-B"),
    ("Change the bearing unit", "25,000 hours", "HX-2041-D"),
]


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Maintenance of the Heron", 1)
    document.add_paragraph("Whoever works on the pump switches the motor off first and waits until it is cold.")
    document.add_heading("Maintenance plan", 2)
    table = document.add_table(rows=0, cols=3)
    for row in PLAN:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("Customers with a contract are visited twice a year.")
    document.add_heading("Changing the shaft seal", 2)
    for step in ("Close both valves.", "Undo the four screws.", "Pull the cartridge out straight."):
        document.add_paragraph(step, style="List Bullet")
    return _saved(document)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    budget = book.worksheets[0]
    budget.title = "Budget"
    budget.append(["Cost centre", "Owner", "Planned GBP", "Spent GBP", "Left", "Reviewed"])
    for number in range(1, 700):
        owner = "Ines Okonkwo 🌊" if number == 640 else f"Team {number % 9}"
        budget.append([f"CC-{number:04}", owner, number * 120, number * 95, number * 25, "2026-01-31"])
    notes = book.create_sheet("Terms")
    notes.append(["Word", "What it means"])
    notes.append(["Glockenspiel reserve", "Money that is kept for instruments"])
    return _saved(book)


def slides() -> bytes:
    deck = pptx.Presentation()
    for title, points, note in (
        ("Otter at a glance", ("It pumps what is thick", "It never runs dry"), "Greet everybody first."),
        ("What customers ask", ("How loud is it? 61 dB(A) at one metre", "How long does the hose last?"), "Be brief."),
    ):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title  # pyright: ignore[reportOptionalMemberAccess]
        slide.placeholders[1].text_frame.text = "\n".join(points)  # pyright: ignore[reportAttributeAccessIssue]
        slide.notes_slide.notes_text_frame.text = note  # pyright: ignore[reportOptionalMemberAccess]
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Prices of the hose"  # pyright: ignore[reportOptionalMemberAccess]
    table = slide.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(6), Inches(2)).table
    for row, cells in enumerate((("Hose", "Price"), ("Natural rubber", "£ 84"), ("Marigold compound", "£ 131"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    return _saved(deck)


PAGE_HTML = """<!doctype html><title>Visitors</title><main>
<h1>Visitors in the foundry</h1>
<p>Every visitor wears a <b>tangerine helmet</b> and stays with their host.
&lt;img src=x onerror=alert(1)&gt; is shown.</p>
<img src="https://elsewhere.test/pixel.png" alt="A helmet"><script>document.title = "taken"</script>
<h2>Before they come</h2>
<ul><li>Tell reception</li><li>Print a badge<ul><li>with a photo for contractors</li></ul></li></ul>
<table><tr><th>Hall</th><th>Open</th></tr><tr><td>Foundry</td><td>07:00 to 15:00</td></tr>
<tr><td>Test hall</td><td>08:00 to 18:00</td></tr></table>
<pre>badge --name "Ada"
  --host 12;</pre>
</main>"""

MARKDOWN = """# Working from elsewhere

Up to **thirty days** a year, *agreed before*, with `remote.request`. See [the policy](https://elsewhere.test/policy)
and ![a beach](https://elsewhere.test/beach.png).

## Where

| Country | Days | Tax form |
| :-- | --: | --- |
| Portugal | 30 | A1 \\| pelican |
| 日本 | 10 | 納税 🗾 |

1. Ask your manager
2. Fill in the form
   - early
   - completely

> Nobody is sent home for asking.

```python
def days(left: int) -> str:
    return f"{left} days"
```
"""


def mail() -> bytes:
    message = EmailMessage()
    message["Subject"] = "The crane of hall 3"
    message["From"] = "Ada Berg <ada@acme.test>"
    message["To"] = "Works council <council@acme.test>, Tom Ash <tom@acme.test>"
    message["Date"] = "Tue, 11 Nov 2025 07:42:00 +0000"
    message.set_content(
        "Dear all,\n\nThe crane of hall 3 carries 3.2 tonnes since its inspection.\n\n"
        "- It is not to be used on Fridays.\n- The vermilion key is with reception.\n\nKind regards\nAda\n"
    )
    message.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="inspection.pdf")
    return message.as_bytes()


def _saved(document: object) -> bytes:
    file = io.BytesIO()
    document.save(file)  # pyright: ignore[reportAttributeAccessIssue]
    return file.getvalue()


PROGRAM = "".join(f"def step_{n}() -> int:\n    # step {n}\n    return {n}\n\n\n" for n in range(40))
PROGRAM += "def drain_periwinkle_tank(litres: float) -> None:\n    valve.open(litres / 2)\n"

FILES: dict[str, Callable[[], bytes]] = {
    "maintenance.docx": word,
    "budget.xlsx": workbook,
    "otter.pptx": slides,
    "visitors.html": PAGE_HTML.encode,
    "elsewhere.md": MARKDOWN.encode,
    "crane.eml": mail,
    "tank.py": PROGRAM.encode,
    "prices.csv": ("part;price\n" + "".join(f"P-{n};{n}.50\n" for n in range(300)) + "zinnia;9.99\n").encode,
}

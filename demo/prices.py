"""The catalogue to two price lists: last year's as CSV, this year's as a workbook."""

import csv
import io
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from demo.archive import repack

_OLD = (date(2024, 4, 1), date(2025, 3, 31))
_NEW = (date(2025, 4, 1), date(2026, 3, 31))
_PRICE_COLUMNS = (
    "Part number",
    "Description",
    "Product line",
    "List price GBP",
    "List price USD",
    "Lead time (working days)",
    "Stock",
    "Ships from",
    "Valid from",
    "Valid to",
)
_DISCOUNT_COLUMNS = ("Customer class", "Yearly order from GBP", "Highest discount %", "Approved by", "Remark")


def read_rows(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file by column name."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def render_old_list(catalogue: list[dict[str, str]]) -> bytes:
    """The FY2025 list as CSV: only what was sold then, so parts that came later are missing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("part_number", "description", "product_line", "list_price_gbp", "valid_from", "valid_to"))
    for row in catalogue:
        if price := row["price_fy2025_gbp"]:
            writer.writerow((row["part_number"], row["description"], row["line"], price, *_OLD))
    return out.getvalue().encode()


def render_new_list(catalogue: list[dict[str, str]], discounts: list[dict[str, str]], modified: datetime) -> bytes:
    """The FY26 list as XLSX with the sheets `Prices FY26` and `Discounts`."""
    workbook = Workbook()
    prices = workbook.active
    assert isinstance(prices, Worksheet)  # noqa: S101 - a new workbook has one sheet
    prices.title = "Prices FY26"
    prices.append(_PRICE_COLUMNS)
    for row in catalogue:
        prices.append(
            (
                row["part_number"],
                row["description"],
                row["line"],
                float(row["price_fy26_gbp"]),
                float(row["price_fy26_usd"]),
                int(row["lead_time_working_days"]),
                int(row["stock"]),
                row["ships_from"],
                *_NEW,
            )
        )
    terms = workbook.create_sheet("Discounts")
    terms.append(_DISCOUNT_COLUMNS)
    for row in discounts:
        terms.append(
            (
                row["customer_class"],
                int(row["yearly_order_from_gbp"]),
                int(row["highest_discount_percent"]),
                row["approved_by"],
                row["remark"],
            )
        )
    for sheet in (prices, terms):
        _dress(sheet)
    workbook.properties.title = "Price list FY26"
    workbook.properties.creator = "Price desk"
    workbook.properties.created = modified
    out = io.BytesIO()
    workbook.save(out)
    return repack(out.getvalue(), modified)


def _dress(sheet: Worksheet) -> None:
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8EEF5")
    for number, column in enumerate(sheet.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = 2 + max(len(str(cell.value)) for cell in column)
        for cell in column[1:]:
            if isinstance(cell.value, float):
                cell.number_format = "#,##0.00"

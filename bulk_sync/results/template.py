"""How does an empty sheet to fill in look? (openpyxl)

Drop-downs are data validation over whole columns, whose words stand on a sheet of their own: a list in the rule itself
may have 255 characters at most, and no commas. Typing something else is warned of and not refused, since bulk-sync
forgives case and spacing, and takes IDs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.cell.cell import TYPE_STRING
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from bulk_sync.errors import BadInput
from bulk_sync.results.atomic import replacing
from bulk_sync.sources.sheet_cells import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = {"Phone": 34, "Status": 24, "Campaign": 38, "Country": 12}
"""The headers, and the widths of their columns in characters."""

EXAMPLE_PHONE = "+1 000 000 0000 (example: delete this row)"
"""A number that nobody has, and that bulk-sync refuses whatever its options: left in, it changes nobody."""

EXAMPLE_STATUS = "paused"

_TEXT = "@"
_SHEET, _LISTS, _HELP = "Contacts", "Lists", "How to fill this in"


@dataclass(frozen=True, slots=True)
class Words:
    """What the template offers: words for each drop-down, and what the help says, in paragraphs and (word, meaning).

    `campaigns` is empty where they are not known; then that column has no drop-down.
    """

    statuses: Sequence[str]
    campaigns: Sequence[str]
    help: Sequence[str]
    meanings: Sequence[tuple[str, str]]


def check_template(out: Path, *, force: bool) -> None:
    """Raise BadInput where a template cannot be written; a file that is there is replaced only by `force`."""
    if out.suffix.lower() != ".xlsx":
        raise BadInput(f"{out} is not a name for a workbook. Give the template a name that ends with .xlsx.")
    if out.is_dir() or (out.exists() and not out.is_file()):
        raise BadInput(f"{out} is not a file. Give the template another name.")
    if out.exists() and not force:
        raise BadInput(f"{out} exists already and was left alone. Name another file, or add --force to replace it.")
    if not out.parent.is_dir():
        raise BadInput(f"The folder {out.parent} does not exist. Make it, or name another.")


def write_template(out: Path, words: Words) -> None:
    """Write the workbook. Raises BadInput where the disk refuses it."""
    book = openpyxl.Workbook()
    sheet = book.active or book.create_sheet()
    sheet.title = _SHEET
    lists, guide = book.create_sheet(_LISTS), book.create_sheet(_HELP)
    _fill(sheet, (EXAMPLE_PHONE, EXAMPLE_STATUS, words.campaigns[0] if words.campaigns else "", "US"))
    for column, header, choices in ((2, "Status", words.statuses), (3, "Campaign", words.campaigns)):
        _list(lists, column, header, choices)
        if choices:
            sheet.add_data_validation(_drop_down(column, header, len(choices)))
    _explain(guide, words)
    try:
        with replacing(out) as unfinished:
            book.save(unfinished)
    except OSError as error:
        raise BadInput(
            f"{out} could not be written: {error.strerror}. Close it if it is open, or name another."
        ) from None


def _fill(sheet: Worksheet, example: Sequence[str]) -> None:
    for column, (header, width) in enumerate(COLUMNS.items(), start=1):
        dimension = sheet.column_dimensions[get_column_letter(column)]
        dimension.width = width
        dimension.number_format = _TEXT  # so that a spreadsheet keeps every digit, and a name like 1-2 as it is
        top = sheet.cell(1, column, header)
        top.font, top.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F3")
        top.number_format = _TEXT
        cell = sheet.cell(2, column)
        _write(sheet, 2, column, example[column - 1])
        cell.font = Font(italic=True, color="808080")
    sheet.freeze_panes = "A2"


def _list(lists: Worksheet, column: int, header: str, choices: Sequence[str]) -> None:
    lists.cell(1, column, header).font = Font(bold=True)
    lists.column_dimensions[get_column_letter(column)].width = COLUMNS[header]
    for row, choice in enumerate(choices, start=2):
        _write(lists, row, column, choice)


def _write(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Text as text, whatever it begins with."""
    cell = sheet.cell(row, column, text or None)
    cell.number_format = _TEXT
    if text:
        cell.data_type = TYPE_STRING


def _drop_down(column: int, header: str, choices: int) -> DataValidation:
    letter = get_column_letter(column)
    rule = DataValidation(
        type="list",
        formula1=f"{_LISTS}!${letter}$2:${letter}${choices + 1}",
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="warning",
        errorTitle=f"{header} not in the list",
        error="bulk-sync forgives case and spacing and takes IDs. Keep it if it is one of these.",
    )
    rule.add(f"{letter}2:{letter}{MOST_ROWS}")
    return rule


def _explain(guide: Worksheet, words: Words) -> None:
    guide.column_dimensions["A"].width, guide.column_dimensions["B"].width = 40, 70
    row = 1
    for paragraph in words.help:
        guide.merge_cells(start_row=row, end_row=row, start_column=1, end_column=2)
        _write(guide, row, 1, paragraph)
        guide.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
        guide.row_dimensions[row].height = 15 * (1 + len(paragraph) // 105)
        row += 1
    for word, meaning in words.meanings:
        row += 1
        _write(guide, row, 1, word)
        _write(guide, row, 2, meaning)

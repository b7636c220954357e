"""The template: an empty sheet to fill in. (XlsxWriter)

Drop-downs are data validation over whole columns, whose words stand on a sheet of their own: a list in the rule itself
may have 255 characters at most, and no commas. Typing something else is warned of and not refused, since bulk-sync
forgives case and spacing, and takes IDs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadInput
from bulk_sync.results.atomic import replacing
from bulk_sync.results.xlsx_streamed import Cells, new_book
from bulk_sync.sources.sheet_cells import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xlsxwriter.workbook import Workbook

COLUMNS = {"Phone": 34, "Status": 24, "Campaign": 38, "Country": 12}
"""The headers, and the widths of their columns in characters."""

EXAMPLE_PHONE = "+1 000 000 0000 (example: delete this row)"
"""A number that nobody has, and that bulk-sync refuses whatever its options: left in, it changes nobody."""

EXAMPLE_STATUS = "paused"

_TEXT = {"num_format": 49}
"""Excel's number for "@", so that a spreadsheet keeps every digit, and a name like 1-2 as it is."""

_HEADER = _TEXT | {"bold": True, "bg_color": "#DDE7F3"}
_EXAMPLE = _TEXT | {"italic": True, "font_color": "#808080"}
_PARAGRAPH = _TEXT | {"text_wrap": True, "valign": "top"}

_LISTS = "Lists"


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
    try:
        with replacing(out) as unfinished, new_book(unfinished) as book:
            _add_contacts(book, words)
            _add_lists(book, words)
            _add_guide(book, words)
    except OSError as error:
        raise BadInput(
            f"{out} could not be written: {error.strerror}. Close it if it is open, or name another."
        ) from None


def _add_contacts(book: Workbook, words: Words) -> None:
    """The sheet to fill in."""
    page = book.add_worksheet("Contacts")
    cells, text, header, example = Cells(book, page), *map(book.add_format, (_TEXT, _HEADER, _EXAMPLE))
    for column, (name, width) in enumerate(COLUMNS.items()):
        page.set_column(column, column, width, text)
        cells.text(0, column, name, header)
    first = (EXAMPLE_PHONE, EXAMPLE_STATUS, words.campaigns[0] if words.campaigns else "", "US")
    for column, value in enumerate(first):
        cells.text(1, column, value, example)
    for column, choices in ((1, words.statuses), (2, words.campaigns)):
        if choices:
            page.data_validation(1, column, MOST_ROWS - 1, column, _drop_down(column, len(choices)))
    page.freeze_panes(1, 0)


def _drop_down(column: int, choices: int) -> dict[str, Any]:
    letter = "ABCD"[column]
    return {
        "validate": "list",
        "source": f"={_LISTS}!${letter}$2:${letter}${choices + 1}",
        "show_input": False,
        "error_type": "warning",
        "error_title": f"{tuple(COLUMNS)[column]} not in the list",
        "error_message": "bulk-sync forgives case and spacing and takes IDs. Keep it if it is one of these.",
    }


def _add_lists(book: Workbook, words: Words) -> None:
    """The words of the drop-downs, each list in the column that it is for."""
    page = book.add_worksheet(_LISTS)
    cells, text, header = Cells(book, page), book.add_format(_TEXT), book.add_format({"bold": True})
    for column, name in ((1, "Status"), (2, "Campaign")):
        page.set_column(column, column, COLUMNS[name])
        cells.text(0, column, name, header)
    for row, choices in enumerate(zip_longest(words.statuses, words.campaigns, fillvalue=""), start=1):
        for column, choice in enumerate(choices, start=1):
            cells.text(row, column, choice, text)


def _add_guide(book: Workbook, words: Words) -> None:
    """How to fill it in."""
    page = book.add_worksheet("How to fill this in")
    cells, text, paragraph = Cells(book, page), book.add_format(_TEXT), book.add_format(_PARAGRAPH)
    page.set_column(0, 0, 40)
    page.set_column(1, 1, 70)
    for row, said in enumerate(words.help):
        page.set_row(row, 15 * (1 + len(said) // 105))
        page.merge_range(row, 0, row, 1, "", paragraph)
        cells.text(row, 0, said, paragraph)
    for row, meaning in enumerate(words.meanings, start=len(words.help) + 1):
        for column, said in enumerate(meaning):
            cells.text(row, column, said, text)

"""The table in a file, and what its columns mean: where what `sources` finds meets what `plan` can read."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from bulk_sync import sources
from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.model import fold
from bulk_sync.plan.country import is_calling_code, read_country
from bulk_sync.plan.phone import looks_like_phone
from bulk_sync.plan.status import Statuses
from bulk_sync.plan.values import is_uuid
from bulk_sync.sources import columns as choosing
from bulk_sync.sources.synonyms import field_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from bulk_sync.model import Columns, Table
    from bulk_sync.settings import Settings

_CODE = re.compile(r"[^\d+]*(?:\+|00)?\s*(\d{1,3}|1[\s-]?\d{3})(?:\.0)?\D*")
"""44, +44, (0044), 1-684, United Kingdom (+44)."""

SAMPLE_ROWS = 1_000
"""Rows that are looked at where the headers say nothing; fewer of very wide ones."""

_SAMPLE_CELLS = 1_000_000
_LONGEST_WORD = 200
_MOST_NAMED = 20

OF_AN_UNDO = ("run_row", "phone", "id", "status", "campaign", "run_status", "run_campaign", "not_put_back")
"""The columns of an undo's table: `status` and `campaign` are put back, the next two are what the run had written."""


def open_input(path: Path, settings: Settings) -> tuple[Table, Columns]:
    """The table in a file, and which of its columns mean what. Raises BadInput."""
    looks = _looks(settings.region)
    named = frozenset(fold(column) for column in settings.columns.values() if len(column.strip()) > 1) - {""}
    judge = sources.Judge(
        looks_like_header=lambda cells: choosing.looks_like_header(cells, looks),
        recognises=choosing.known_headers,
        named=lambda cells: len(named.intersection(fold(cell[:_LONGEST_WORD]) for cell in cells)) if named else 0,
    )
    table = sources.open_table(
        path, judge, sheet=settings.sheet, encoding=settings.encoding, delimiter=settings.delimiter
    )
    _check_above(table, looks)
    first = next(iter(table.chunks(max(1, min(SAMPLE_ROWS, _SAMPLE_CELLS // max(1, len(table.headers)))))), None)
    if settings.columns_from is not None:
        _check_map(table.headers, settings.columns, settings.columns_from)
    sample = [
        [] if first is None else _without(first.cells[at].tolist(), first.remarks) for at in range(len(table.headers))
    ]
    try:
        columns = choosing.choose(
            table.headers, sample, settings.columns, looks, lambda at: _is_blank_to_its_end(table, at)
        )
    except choosing.NoContacts as error:
        raise BadInput(f"{error}{_elsewhere(table)}") from None
    return table, columns


def _elsewhere(table: Table) -> str:
    """Where the list may be if it is not in this table."""
    others = getattr(table, "others", ())  # of a workbook
    names = ", ".join(f'"{name}"' for name in others[:_MOST_NAMED]) + (" …" if len(others) > _MOST_NAMED else "")
    read = f'Only the sheet "{getattr(table, "sheet", "")}" was read'
    return f" {read}; if the list is on another one, choose it with --sheet: {names}." if others else ""


def refuse_undone(table: Table) -> None:
    """Raise BadInput for the results of an undo: sent as rows, they would change contacts without a look at them."""
    if table.headers[: len(OF_AN_UNDO)] == OF_AN_UNDO:
        raise BadInput(
            f"{table.path.name} is the results file of an undo, and its rows must not be sent without a look at each "
            "contact. Use: bulk-sync undo RUN --yes. What is left of one that was interrupted: bulk-sync resume"
        )


def _without(cells: Sequence[str], places: Collection[int]) -> list[str]:
    return [cell for at, cell in enumerate(cells) if at not in places]


def _check_above(table: Table, looks: choosing.Looks) -> None:
    """Do nothing if nobody is named above the header. Raises BadInput: what stands there is never sent."""
    above = table.rows_above() if table.first_row - table.has_header > 1 else ()
    for number, row in enumerate(above, start=1):
        cells = [str(cell).strip().lstrip("#").strip() for cell in row]
        if any(map(looks["phone"], cells)) and any(map(looks["status"], cells)):
            raise BadInput(
                f"Row {number} holds a phone number and a status, but stands above the header in row {len(above) + 1}, "
                "where nothing is sent. Move it below the header, or delete it."
            )


def _is_blank_to_its_end(table: Table, column: int) -> bool:
    return not any(cell.strip() for chunk in table.chunks(only={column}) for cell in chunk.cells[column])


def _check_map(headers: Sequence[str], columns: Mapping[str, str], place: str) -> None:
    """Refuse a map of the working folder's file for a field that the table's own headers name. Raises BadConfiguration.

    With `map = { status = "note" }` beside a list, whoever sent it could turn DNC into active.
    """
    for field, column in columns.items():
        taken = choosing.find(headers, column, field)
        own = [at for at, header in enumerate(headers) if at != taken and (field_of(header) or ("",))[0] == field]
        if own:
            raise BadConfiguration(
                f"{place}: map takes {field} from {column!r}, but the file has a column of its own for it, "
                f"{choosing.described(headers, own[0])}. A file in the working folder may not choose another. "
                f'Nothing was sent. If you mean it, say so in the command: --map {field}="{column}"'
            )


def _looks(region: str) -> choosing.Looks:
    looks: dict[str, Callable[[str], bool]] = {
        "phone": lambda cell: looks_like_phone(cell, region),
        "status": Statuses().knows,
        "uuid": is_uuid,
        "code": _is_calling_code,
        "country": lambda cell: read_country(cell) is not None,
    }
    return {name: partial(_looks_so, looks_so) for name, looks_so in looks.items()}


def _looks_so(looks_so: Callable[[str], bool], cell: str) -> bool:
    """Whether a cell looks so; one as long as a text is nothing that a row says in a word."""
    return len(cell) <= _LONGEST_WORD and looks_so(cell.strip())


def _is_calling_code(cell: str) -> bool:
    """Whether a cell holds a calling code, spelled as 44, +44, (0044) or 1-684, with its country's name beside it."""
    found = _CODE.fullmatch(cell)
    return found is not None and is_calling_code("".join(filter(str.isdigit, found[1])))

"""The table of an undo: what a run changed, a row per contact, for people and for `resume`."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.model import Change

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bulk_sync.model import Table
    from bulk_sync.plan.restoration import Restoration

COLUMNS = ("run_row", "phone", "id", "status", "campaign", "run_status", "run_campaign", "not_put_back")
"""`status` and `campaign` are put back, `run_status` and `run_campaign` are what the run had written."""


def write(rows: Sequence[Restoration], path: Path) -> None:
    """Write a row per contact, as CSV in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for row in rows:
            numbers = ", ".join(map(str, row.rows))
            values = (row.back.status, row.back.campaign, row.wrote.status, row.wrote.campaign)
            lines.writerow([numbers, row.phone, row.contact_id, *values, row.note])


def read(table: Table) -> list[Restoration]:
    """What `write` wrote."""
    from bulk_sync.plan.restoration import Restoration  # noqa: PLC0415  # every run asks whether its table is one of these, few read one

    found = []
    for chunk in table.chunks():
        for numbers, *values, note in chunk.cells.itertuples(index=False, name=None):
            phone, contact_id, status, campaign, wrote_status, wrote_campaign = (value or None for value in values)
            rows = tuple(int(number) for number in numbers.split(","))
            wrote, back = Change(wrote_status, wrote_campaign), Change(status, campaign)
            found.append(Restoration(rows, phone, contact_id, wrote, back, note))
    return found


def refuse(table: Table) -> None:
    """Raise BadInput for the results of an undo: sent as rows, they would change contacts without a look at them."""
    if table.headers[: len(COLUMNS)] == COLUMNS:
        raise BadInput(
            f"{table.path.name} is the results file of an undo, and its rows must not be sent without a look at each "
            "contact. Use: bulk-sync undo RUN --yes. What is left of one that was interrupted: bulk-sync resume"
        )

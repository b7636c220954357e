"""A file of people, for the DNC memory: its numbers and contact IDs as a run reads them, and nothing else of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bulk_sync import output, wiring
from bulk_sync.errors import BadInput, Code
from bulk_sync.fields import FIELDS, WHO
from bulk_sync.input_table import open_input
from bulk_sync.plan.phone import Dialling, Phone, read_phone
from bulk_sync.plan.planning import PlanOptions, make_plan
from bulk_sync.report.file_notes import file_facts, opened
from bulk_sync.sources import columns as choosing

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from bulk_sync.ledger.dnc_memory import Contact
    from bulk_sync.model import Columns
    from bulk_sync.plan import Plan
    from bulk_sync.settings import Settings

_NOT_ASKED = dict.fromkeys(FIELDS.keys() - set(WHO), "")
"""What a file says besides who is meant (a status, a name) does not matter to the memory."""

_UNDERSTOOD = frozenset({Code.UPDATED, Code.MERGED, Code.DUPLICATE, Code.SUPERSEDED, Code.CONFLICT})
"""What becomes of rows that name a contact, whatever others say of it."""


@dataclass(frozen=True, slots=True)
class PeopleList:
    """The people in a file, in its order.

    `name` is what the memory calls it. `people`: row number (as a spreadsheet shows it), number (E.164) and ID, one of
    which may be None. `refused`: the rows that could not be read, and why. `sentences`: what was found out of the file.
    """

    name: str
    people: tuple[tuple[int, Contact], ...]
    refused: tuple[tuple[int, str], ...]
    sentences: tuple[str, ...]


def read_list(settings: Settings) -> PeopleList:
    """The people in the file that the settings name. Raises BadInput."""
    chosen = {field: column for field, column in settings.columns.items() if field in WHO}
    settings = replace(settings, columns={**_NOT_ASKED, **chosen})
    with output.input_file(settings) as path:
        return _read(path, settings)


def read_number(text: str, settings: Settings) -> str:
    """One number, given by itself, in E.164. Raises BadInput where it is none."""
    dialling = Dialling(wiring.region(settings), None, settings.phone_check, settings.plus_missing)
    found = read_phone(text.strip(), dialling)
    if isinstance(found, Phone):
        return found.e164
    raise BadInput(f"{text!r} is neither a file nor a phone number: {found.why}")


def _read(path: Path, settings: Settings) -> PeopleList:
    table, found = open_input(path, settings)
    columns = _without(found, set(found.fields) - set(WHO))
    options = PlanOptions(
        wiring.region(settings), settings.phone_check, plus_missing=settings.plus_missing, only_contacts=True
    )
    plan = make_plan(table, columns, options)
    if "phone" in columns.fields and not plan.contact_ids and "id" in set(columns.fields) - columns.by_hand:
        columns = _without(columns, {"id"})  # it holds another program's IDs
        plan = make_plan(table, columns, options)
    people, refused = _parted(plan)
    if not people and not refused:
        raise BadInput(f"{settings.input} has no rows with a phone number or a contact ID.")
    return PeopleList(
        name="standard input" if settings.is_stream else path.name,
        people=tuple(people),
        refused=tuple(refused),
        sentences=(
            opened(settings.input, table.notes),
            _columns_in_words(table.headers, columns),
            *file_facts(plan.facts.counts(), settings.region),
        ),
    )


def _parted(plan: Plan) -> tuple[list[tuple[int, Contact]], list[tuple[int, str]]]:
    """Who is named by the rows of a plan, and the rows that cannot be understood."""
    people: list[tuple[int, Contact]] = []
    refused = []
    for place in range(len(plan)):
        code, row = plan.code(place), place + plan.first_row
        if code in _UNDERSTOOD:
            contact = int(plan.rows.contact[place])
            people.append((row, (plan.phone(place), plan.contact_ids[contact] if contact >= 0 else None)))
        elif code is not Code.BLANK:
            refused.append((row, plan.reasons[place]))
    return people, refused


def _without(columns: Columns, fields: Collection[str]) -> Columns:
    return replace(columns, fields={field: at for field, at in columns.fields.items() if field not in fields})


def _columns_in_words(headers: tuple[str, ...], columns: Columns) -> str:
    taken = [f"{field} from {choosing.described(headers, at)}" for field, at in columns.fields.items()]
    return f"Columns: {', '.join(taken)}."

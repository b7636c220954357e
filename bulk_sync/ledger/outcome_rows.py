"""Outcomes as rows of SQLite, and rows as outcomes again. The columns stand in `schema`. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from bulk_sync.errors import Code
from bulk_sync.model import Change, Outcome, Update

OUTCOME = "row, code, error, http_status, attempts, at, contact_id, phone, previous_status, previous_campaign, run"
UPDATE = "to_phone, to_id, status, campaign, rest"
"""The columns of a row, in the order of their values."""

TOGETHER = 50
"""Rows that one statement takes: 800 values, where every SQLite takes 999."""


SUCCEEDED = "'updated', 'created'"
UNSURE = "'network_error', 'server_error', 'bad_reply', 'unchanged'"
"""Codes, in the words of the column: of calls that changed something, and of those that may have, once one has left."""

KEEP_WHAT_STOOD = f"""
    UPDATE outcome SET (previous_status, previous_campaign) =
        (SELECT previous_status, previous_campaign FROM departure WHERE departure.row = outcome.row)
    WHERE row IN (SELECT row FROM departure WHERE row IN (SELECT value FROM json_each(?)))
    AND code IN ({SUCCEEDED}, {UNSURE})
"""  # noqa: S608 -- constants
"""Has outcomes say what stood there before their first call left: a later look may have shown the call's own work."""

CHANGED = f"""
    SELECT {OUTCOME}, {UPDATE} FROM departure
    WHERE row NOT IN (SELECT row FROM outcome WHERE code NOT IN ({UNSURE}))
    AND (previous_status IS NOT NULL OR previous_campaign IS NOT NULL) ORDER BY row
"""  # noqa: S608 -- constants
"""Calls that left, of which nobody knows that they changed nothing, or what they did."""


CUT_SHORT = "UPDATE departure SET code = ?, error = ?, attempts = ? WHERE row = ?"
OPEN = f"SELECT {OUTCOME} FROM departure WHERE code NOT IN ({SUCCEEDED})"  # noqa: S608 -- constants
"""Marks a call whose fate the run did not live to learn, and finds those."""


@cache
def insert(rows: int, table: str = "outcome", otherwise: str = "REPLACE") -> str:
    """The statement that writes so many rows at once. Each statement costs the lock of the interpreter."""
    one = f"({', '.join('?' * 16)})"
    return f"INSERT OR {otherwise} INTO {table} ({OUTCOME}, {UPDATE}) VALUES {', '.join([one] * rows)}"  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class Record:
    """An update that was settled, and how."""

    update: Update
    outcome: Outcome


def row_of(update: Update, outcome: Outcome) -> tuple[object, ...]:
    """The values of `OUTCOME` and `UPDATE`."""
    return (
        update.row,
        outcome.code.name.lower(),  # unlike the word, no other code's
        outcome.error,
        outcome.http_status,
        outcome.attempts,
        outcome.at,
        outcome.contact_id,
        outcome.phone,
        outcome.previous_status,
        outcome.previous_campaign,
        outcome.run,
        *sent_by(update),
    )


def shows_its_work(update: Update, outcome: Outcome) -> bool:
    """Whether what stood there is what the update sets: an earlier call of it may have done that."""
    wanted = (update.change.status, outcome.previous_status), (update.change.campaign, outcome.previous_campaign)
    return all(asked is None or asked == stood for asked, stood in wanted)


def sent_by(update: Update) -> tuple[str | None, ...]:
    """The values of `UPDATE`."""
    change = update.change
    rest = {name: value for name, value in change.said.items() if name not in {"status", "campaign"}}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, default=dict) if rest else None
    return update.phone, update.contact_id, change.status, change.campaign, text


def record_of(row: int, *values: Any) -> Record:  # noqa: ANN401 -- the columns of a row of SQLite
    """The record in a row of `OUTCOME` and `UPDATE`."""
    to_phone, to_id, status, campaign, rest = values[-5:]
    change = Change(status=status, campaign=campaign, **(json.loads(rest) if rest else {}))
    return Record(Update(row, change, phone=to_phone, contact_id=to_id), outcome_of(*values[:-5]))


def outcome_of(code: str, *rest: object) -> Outcome:
    """The outcome in a row of `OUTCOME`, without its position."""
    return Outcome(Code[code.upper()], *rest)  # type: ignore[arg-type]  # the columns stand in the order of its fields

"""What do the added columns of the results file say? A function of the plan and the recorded outcomes.

The file's own cells are not here: `tables` copies them. This makes, chunk by chunk, the columns that stand beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bulk_sync.errors import Code, Result
from bulk_sync.model import SYNC_COLUMNS, Outcome
from bulk_sync.times import iso

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bulk_sync.plan import Plan

_CODES = tuple(Code)
_WORDS = np.array([code.word for code in _CODES], dtype=object)
_RESULTS = np.array([code.result.value for code in _CODES], dtype=object)
_RETRYABLE = np.array(
    [("yes" if code.retryable else "no") if code.result in {Result.ERROR, Result.NOT_SENT} else "" for code in _CODES],
    dtype=object,
)
_NUMBER = {code: number for number, code in enumerate(_CODES)}
_GOES_OUT = (_NUMBER[Code.UPDATED], _NUMBER[Code.MERGED])

MOST_EXAMPLES = 6

Outcomes = Callable[[int, int], Mapping[int, Outcome]]
"""The recorded outcomes of the rows from one position up to another."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """What a row carries that has no outcome: why the run ended before it."""

    code: Code
    why: str


@dataclass(slots=True)
class Results:
    """The added columns of a run.

    `tally` counts the rows by result and code as they are made, `examples` keeps the first sentence of each error.
    `unsent` is None in a dry run: then every row that would be sent says so. `run` is the run's ID.
    """

    plan: Plan
    run: str
    outcomes: Outcomes
    unsent: Unsent | None
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def frames(self, size: int = 50_000) -> Iterator[pd.DataFrame]:
        """The added columns as text, `size` rows at a time, in the order of the file."""
        self.tally.clear()
        self.examples.clear()
        for start in range(0, len(self.plan), size):
            frame = self._frame(start, min(start + size, len(self.plan)))
            self.tally.update(zip(frame["sync_result"], frame["sync_code"], strict=True))
            self._keep_examples(frame[frame["sync_result"] == Result.ERROR.value])
            yield frame

    def _keep_examples(self, wrong: pd.DataFrame) -> None:
        """Keep the first sentence of each code."""
        for _, row in wrong.drop_duplicates("sync_code").iterrows():
            if len(self.examples) < MOST_EXAMPLES and row["sync_code"] not in self.examples:
                why = str(row["sync_error"])
                self.examples[str(row["sync_code"])] = (
                    why if why.startswith("Row ") else f"Row {row['sync_row']}: {why}"
                )

    def _frame(self, start: int, stop: int) -> pd.DataFrame:
        rows, places = self.plan.rows, slice(start, stop)
        codes = rows.code[places].astype(np.intp)
        columns: dict[str, NDArray[np.object_]] = {name: _blank(stop - start) for name in SYNC_COLUMNS}
        columns["sync_row"] = (np.arange(start, stop) + self.plan.first_row).astype(str).astype(object)
        columns["sync_phone"] = _phones(rows.phone[places])
        columns["sync_contact_id"] = _ids(rows.contact[places], self.plan.contact_ids)
        columns["sync_run"] = np.full(stop - start, self.run, dtype=object)
        for place, why in self.plan.reasons.between(start, stop):
            columns["sync_error"][place - start] = why
        columns["sync_error"][codes == _NUMBER[Code.BLANK]] = "The row is blank in every column that is used."
        goes_out = np.isin(codes, _GOES_OUT)
        would_send = self._fill(columns, codes, goes_out, start)
        columns["sync_result"] = np.where(would_send, Result.WOULD_SEND.value, _RESULTS[codes])
        columns["sync_code"] = _WORDS[codes]
        columns["sync_retryable"] = _RETRYABLE[codes]
        return pd.DataFrame(columns, columns=list(SYNC_COLUMNS))

    def _fill(
        self, columns: dict[str, NDArray[np.object_]], codes: NDArray[np.intp], goes_out: NDArray[np.bool_], start: int
    ) -> NDArray[np.bool_]:
        """Say of each row that was to be sent what became of its call; which rows have none, in a dry run."""
        places = np.flatnonzero(goes_out)
        found = self._outcomes_for(places + start, start, start + len(codes))
        leaders = self.plan.leader[places + start]
        known = [found.get(leader) for leader in np.where(leaders >= 0, leaders, places + start).tolist()]
        none = np.zeros(len(codes), dtype=bool)
        none[places] = [outcome is None for outcome in known]
        for at, leader, outcome in zip(places.tolist(), leaders.tolist(), known, strict=True):
            if outcome is not None:
                if leader < 0 or outcome.code is not Code.UPDATED:
                    codes[at] = _NUMBER[outcome.code]
                _put(columns, at, outcome)
        if self.unsent is None:
            return none
        codes[none] = _NUMBER[self.unsent.code]
        columns["sync_error"][none] = self.unsent.why
        return np.zeros_like(none)

    def _outcomes_for(self, places: NDArray[np.int64], start: int, stop: int) -> dict[int, Outcome]:
        """The outcomes that these rows depend on: those of the chunk, and of leaders outside it."""
        found = dict(self.outcomes(start, stop))
        leaders = self.plan.leader[places]
        for leader in np.unique(leaders[(leaders >= 0) & ((leaders < start) | (leaders >= stop))]).tolist():
            found.update(self.outcomes(leader, leader + 1))
        return found


def _put(columns: dict[str, NDArray[np.object_]], at: int, outcome: Outcome) -> None:
    """Write an outcome into the cells of a row."""
    columns["sync_error"][at] = outcome.error
    columns["sync_contact_id"][at] = columns["sync_contact_id"][at] or outcome.contact_id or ""
    columns["sync_previous_status"][at] = outcome.previous_status or ""
    columns["sync_previous_campaign"][at] = outcome.previous_campaign or ""
    columns["sync_http_status"][at] = "" if outcome.http_status is None else str(outcome.http_status)
    columns["sync_attempts"][at] = str(outcome.attempts)
    columns["sync_at"][at] = "" if outcome.at is None else iso(outcome.at)
    columns["sync_run"][at] = outcome.run or columns["sync_run"][at]


def _blank(length: int) -> NDArray[np.object_]:
    return np.full(length, "", dtype=object)


def _phones(digits: NDArray[np.int64]) -> NDArray[np.object_]:
    texts = np.char.add("+", digits.astype(str)).astype(object)
    texts[digits == 0] = ""
    return texts


def _ids(contact: NDArray[np.int32], known: tuple[str, ...]) -> NDArray[np.object_]:
    return np.array([*known, ""], dtype=object)[contact]

"""What do the added columns of the results file say? A function of the plan and the recorded outcomes.

The file's own cells are not here: the writers copy them. This makes, chunk by chunk, the columns beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bulk_sync.errors import Code, Result
from bulk_sync.model import SYNC_COLUMNS, Outcome
from bulk_sync.times import iso

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bulk_sync.plan import Plan

_CODES = tuple(Code)
_WORDS = tuple(code.word for code in _CODES)
_RESULTS = tuple(result.value for result in Result)
_RETRYABLE = ("", "no", "yes")
_RESULT_OF = np.array([_RESULTS.index(code.result.value) for code in _CODES], dtype=np.intp)
_RETRYABLE_OF = np.array(
    [(1 + code.retryable) if code.result in {Result.ERROR, Result.NOT_SENT} else 0 for code in _CODES], dtype=np.int8
)
_WOULD_SEND, _ERROR = _RESULTS.index(Result.WOULD_SEND.value), _RESULTS.index(Result.ERROR.value)
_NUMBER = {code: number for number, code in enumerate(_CODES)}
_GOES_OUT = (_NUMBER[Code.UPDATED], _NUMBER[Code.MERGED])

MOST_EXAMPLES = 6
MOST_ERRORS = 1_000
"""Rows in error that are kept for a report, whatever their codes; after them, a few of each code."""

_OF_AN_ERROR = ("sync_row", "sync_code", "sync_error", "sync_retryable", "sync_phone", "sync_contact_id")
_FEW = 3

Outcomes = Callable[[int, int], Mapping[int, Outcome]]
"""The recorded outcomes of the rows from one position up to another."""


def besides(outcomes: Outcomes, held: Mapping[int, Outcome]) -> Outcomes:
    """The recorded outcomes, and those of rows that were `held` back and may be sent later."""
    if not held:
        return outcomes
    return lambda start, stop: {
        **{row: held[row] for row in range(start, stop) if row in held},
        **outcomes(start, stop),
    }


@dataclass(frozen=True, slots=True)
class Unsent:
    """What a row carries that has no outcome: why the run ended before it."""

    code: Code
    why: str


@dataclass(slots=True)
class Results:
    """The added columns of a run.

    `tally` counts the rows by result and code as they are made, `examples` keeps the first sentence of each error, and
    `errors` the first rows in error, by column, for a report.
    `unsent` is None in a dry run: then every row that would be sent says so, and what was `seen` of its contact. `run`
    is the run's ID.
    """

    plan: Plan
    run: str
    outcomes: Outcomes
    unsent: Unsent | None
    seen: Outcomes = field(default=lambda _start, _stop: {})
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)

    def frames(self, size: int = 25_000) -> Iterator[pd.DataFrame]:
        """The added columns, all of text, `size` rows at a time, in the order of the file."""
        self.tally.clear()
        self.examples.clear()
        self.errors.clear()
        for start in range(0, len(self.plan), size):
            frame = self._frame(start, min(start + size, len(self.plan)))
            self._keep_errors(frame)
            yield frame

    def _keep_errors(self, frame: pd.DataFrame) -> None:
        wrong = frame.loc[frame["sync_result"] == Result.ERROR.value, list(_OF_AN_ERROR)]
        room = max(0, MOST_ERRORS - len(self.errors))
        rest = wrong.iloc[room:].groupby("sync_code", observed=True).head(_FEW)
        kept = Counter(row["sync_code"] for row in self.errors)
        for cells in (*wrong.iloc[:room].itertuples(index=False), *rest.itertuples(index=False)):
            row = dict(zip(_OF_AN_ERROR, map(str, cells), strict=True))
            if len(self.errors) < MOST_ERRORS or kept[row["sync_code"]] < _FEW:
                self.errors.append(row)
                kept[row["sync_code"]] += 1

    def _frame(self, start: int, stop: int) -> pd.DataFrame:
        rows, places = self.plan.rows, slice(start, stop)
        codes = rows.code[places].astype(np.intp)
        cells = _Cells(stop - start)
        phone = pd.Series(rows.phone[places])
        cells["sync_phone"] = ("+" + phone.astype("str")).where(phone > 0, "")
        if self.plan.contact_ids:
            ids = [self.plan.contact_ids[at] if at >= 0 else "" for at in rows.contact[places].tolist()]
            cells["sync_contact_id"] = np.array(ids, dtype=object)
        why = cells["sync_error"]
        why[codes == _NUMBER[Code.BLANK]] = "The row is blank in every column that is used."
        for place, reason in self.plan.reasons.between(start, stop):
            why[place - start] = reason
        would_send = self._fill(cells, codes, start)
        result = _RESULT_OF[codes]
        result[would_send] = _WOULD_SEND
        self._count(result, codes, why, start)
        cells.few("sync_result", result, _RESULTS)
        cells.few("sync_code", codes, _WORDS)
        cells.few("sync_retryable", _RETRYABLE_OF[codes], _RETRYABLE)
        cells["sync_row"] = pd.Series(np.arange(start, stop) + self.plan.first_row).astype("str")
        return cells.frame({"sync_run": self.run})

    def _count(self, result: NDArray[np.intp], codes: NDArray[np.intp], why: NDArray[np.object_], start: int) -> None:
        """Count the rows by result and code, and keep the first sentence of each code of an error."""
        for pair, count in enumerate(np.bincount(result * len(_CODES) + codes).tolist()):
            if count:
                at, code = divmod(pair, len(_CODES))
                self.tally[_RESULTS[at], _WORDS[code]] += count
        wrong = np.where(result == _ERROR, codes, -1)
        first = sorted(int(np.argmax(wrong == code)) for code in set(wrong.tolist()) - {-1})
        for place in first:
            word, sentence = _WORDS[codes[place]], str(why[place])
            if len(self.examples) < MOST_EXAMPLES and word not in self.examples:
                is_placed = sentence.startswith("Row ")
                self.examples[word] = (
                    sentence if is_placed else f"Row {start + place + self.plan.first_row}: {sentence}"
                )

    def _fill(self, cells: _Cells, codes: NDArray[np.intp], start: int) -> NDArray[np.intp]:
        """Say of each row that was to be sent what became of its call; which rows have none, in a dry run."""
        places = np.flatnonzero(np.isin(codes, _GOES_OUT))
        found = self._outcomes_for(places + start, start, start + len(codes))
        none = self._fill_in(cells, codes, places, start, found) if found else places
        if self.unsent is None:
            self._show_seen(cells, codes, none, start)
            return none
        codes[none] = _NUMBER[self.unsent.code]
        cells["sync_error"][none] = self.unsent.why
        return none[:0]

    def _show_seen(self, cells: _Cells, codes: NDArray[np.intp], places: NDArray[np.intp], start: int) -> None:
        """Say of rows that would be sent how their contacts stand now, and which would be made."""
        seen = self.seen(start, start + len(codes))
        for at in places.tolist() if seen else ():
            leader = int(self.plan.leader[start + at])
            if (outcome := seen.get(leader if leader >= 0 else start + at)) is not None:
                _put_standing(cells, at, outcome)
                if outcome.code is Code.CREATED and leader < 0:
                    codes[at] = _NUMBER[outcome.code]

    def _fill_in(
        self,
        cells: _Cells,
        codes: NDArray[np.intp],
        places: NDArray[np.intp],
        start: int,
        found: Mapping[int, Outcome],
    ) -> NDArray[np.intp]:
        """Write the outcomes that there are; the places that have none."""
        leaders = self.plan.leader[places + start]
        known = [found.get(leader) for leader in np.where(leaders >= 0, leaders, places + start).tolist()]
        for at, leader, outcome in zip(places.tolist(), leaders.tolist(), known, strict=True):
            if outcome is not None:
                if leader < 0 or outcome.code not in {Code.UPDATED, Code.CREATED}:
                    codes[at] = _NUMBER[outcome.code]
                _put(cells, self.run, at, outcome)
        return places[[outcome is None for outcome in known]]

    def _outcomes_for(self, places: NDArray[np.int64], start: int, stop: int) -> dict[int, Outcome]:
        """The outcomes that these rows depend on: those of the chunk, and of leaders outside it."""
        found = dict(self.outcomes(start, stop))
        leaders = self.plan.leader[places]
        outside = (leaders >= 0) & ((leaders < start) | (leaders >= stop))
        for leader in sorted(set(leaders[outside].tolist())):
            found.update(self.outcomes(leader, leader + 1))
        return found


class _Cells(dict[str, Any]):
    """The cells of some rows by column, as arrays of texts: blank until somebody writes into them."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows

    def __missing__(self, name: str) -> NDArray[np.object_]:
        cells = self[name] = np.full(self._rows, "", dtype=object)
        return cells

    def few(self, name: str, codes: NDArray[np.integer[Any]], texts: Sequence[str]) -> None:
        """A column of few texts, by their numbers."""
        which, distinct = pd.factorize(pd.Index(texts))
        self[name] = pd.Categorical.from_codes(which.take(codes), distinct)

    def frame(self, constant: Mapping[str, str]) -> pd.DataFrame:
        """All columns; where nobody wrote anything, each cell says what `constant` says, or nothing."""
        for name in SYNC_COLUMNS:
            if name not in self:
                self.few(name, np.zeros(self._rows, dtype=np.int8), [constant.get(name, "")])
        columns = {name: self[name] for name in SYNC_COLUMNS}
        # as objects, texts need not be such as Arrow can hold: an API may have said half a character
        made = {at: pd.Series(of, dtype=object) if isinstance(of, np.ndarray) else of for at, of in columns.items()}
        return pd.DataFrame(made, index=pd.RangeIndex(self._rows))


def _put(cells: _Cells, run: str, at: int, outcome: Outcome) -> None:
    """Write an outcome into the cells of a row."""
    cells["sync_error"][at] = outcome.error
    _put_standing(cells, at, outcome)
    cells["sync_http_status"][at] = "" if outcome.http_status is None else str(outcome.http_status)
    cells["sync_attempts"][at] = str(outcome.attempts)
    cells["sync_at"][at] = "" if outcome.at is None else iso(outcome.at)
    if outcome.run:
        if "sync_run" not in cells:
            cells["sync_run"][:] = run
        cells["sync_run"][at] = outcome.run


def _put_standing(cells: _Cells, at: int, outcome: Outcome) -> None:
    """Write how the contact of a row stood before."""
    cells["sync_contact_id"][at] = cells["sync_contact_id"][at] or outcome.contact_id or ""
    cells["sync_previous_status"][at] = outcome.previous_status or ""
    cells["sync_previous_campaign"][at] = outcome.previous_campaign or ""

"""Where do the digits of a whole column lead? Automata of many countries in one table, so that all rows go at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bulk_sync.plan.dialling.automaton import DEAD, FIRST
from bulk_sync.plan.dialling.digits import END, MOST_ADDED, MOST_DIGITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bulk_sync.plan.dialling.automaton import Automaton
    from bulk_sync.plan.dialling.digits import Digits

_WIDTH = END + 1


class Machine:
    """Automata side by side; each row begins at the first state of its own.

    A state is the place of its moves in one flat array: a move is one addition and one look-up. `stays`: whether a
    number stays in its last state behind its end (for `value_of_all`), or is dropped (for `last_value`).
    """

    def __init__(self, *, stays: bool) -> None:
        self._stays = stays
        self._moves = np.zeros(_WIDTH, dtype=np.int32)
        self._value = np.zeros(1, dtype=np.int32)
        self._value_at_end = np.zeros(1, dtype=np.int32)

    def add(self, automaton: Automaton[Any], value: Sequence[int], value_at_end: Sequence[int]) -> int:
        """Take in an automaton; its first state.

        `value` says what it means to be in a state, `value_at_end` what, if the number ends there; 0: nothing.
        """
        before = len(self._value) - FIRST
        moves = np.zeros((len(automaton.moves) - FIRST, _WIDTH), dtype=np.int32)
        moves[:, :END] = automaton.moves[FIRST:]
        moves[moves != DEAD] += before
        if self._stays:
            moves[:, END] = np.arange(len(moves)) + before + FIRST
        self._moves = np.concatenate([self._moves, moves.reshape(-1) * _WIDTH])
        self._value = np.concatenate([self._value, np.array(value[FIRST:], dtype=np.int32)])
        self._value_at_end = np.concatenate([self._value_at_end, np.array(value_at_end[FIRST:], dtype=np.int32)])
        return (before + FIRST) * _WIDTH

    def last_value(self, digits: Digits, start: NDArray[np.int64], state: NDArray[np.int32]) -> NDArray[np.int32]:
        """The last value that is not 0 on each number's way from its first state; `start`: where its digits begin."""
        found = np.zeros(len(start), dtype=np.int32)
        rows = np.flatnonzero(state)
        state, at = state.take(rows), start.take(rows)
        while len(rows):
            digit = digits.flat.take(at)
            number = state // _WIDTH
            here = np.where(digit == END, self._value_at_end.take(number), self._value.take(number))
            hits = np.flatnonzero(here)
            found[rows.take(hits)] = here.take(hits)
            state = self._moves.take(state + digit)
            alive = np.flatnonzero(state)
            rows, state, at = rows.take(alive), state.take(alive), at.take(alive) + 1
        return found

    def value_of_all(
        self, digits: Digits, start: NDArray[np.int64], length: NDArray[np.int64], state: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """The value at the end of all of each number's digits; `length`: how many they are."""
        at = start.copy()
        for _ in range(min(int(length.max(initial=0)), MOST_DIGITS + MOST_ADDED)):
            state = self._moves.take(state + digits.flat.take(at))
            at += 1
        return self._value_at_end.take(state // _WIDTH)

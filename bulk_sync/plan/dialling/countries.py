"""Which countries' rules are at hand? All that a file has asked for often enough, side by side in a few tables."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from bulk_sync.plan.dialling import country
from bulk_sync.plan.dialling.digits import END, MOST_ADDED, MOST_DIGITS
from bulk_sync.plan.dialling.machine import Machine
from bulk_sync.plan.dialling.pattern import Unsupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOWHERE = -1
"""The place of a region that phonenumbers does not know, or of none."""

OFTEN = 40
"""Rows of a country in a chunk from which on its tables are worth making: some milliseconds, as that many rows take."""

_UNASKED, _READY, _LEFT = 0, 1, 2


class Countries:
    """The rules of every region (and of calling codes without one), a place for each.

    `code`: the calling code of a place; `main`: the place whose rules a calling code goes by. `first_general`,
    `first_national`, `first_international`, `first_valid`: first states in the machines of these names. `lengths`: a
    `ValidationResult` for each number of digits. `cuts`: what the values of the two prefix machines mean.
    """

    def __init__(self) -> None:
        owners = {region: code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() for region in regions}
        without = {str(code): code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if regions == ("001",)}
        codes = {region: owners[region] for region in sorted(SUPPORTED_REGIONS)} | without
        self._places = {name: place for place, name in enumerate(codes)}
        self.names = tuple(codes)
        self.code = np.array(list(codes.values()), dtype=np.int64)
        main = {
            code: self._places[str(code) if str(code) in without else regions[0]]
            for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
        }
        self.main = np.array([main[code] for code in self.code.tolist()], dtype=np.int64)
        self.code_digits = np.array([len(str(code)) for code in self.code.tolist()], dtype=np.int64)
        self.by_first_digits = _by_first_digits(main)
        self.general, self.valid = Machine(stays=True), Machine(stays=True)
        self.national, self.international = Machine(stays=False), Machine(stays=False)
        self.first_general, self.first_valid, self.first_national, self.first_international = (
            np.zeros(len(codes), dtype=np.int32) for _ in range(4)
        )
        self.lengths = np.zeros((len(codes), MOST_DIGITS + MOST_ADDED + 1), dtype=np.int8)
        self.cuts = [country.Cut(0)]
        self._state = np.zeros(len(codes), dtype=np.int8)

    def place(self, region: str | None) -> int:
        """The place of a region, or NOWHERE."""
        return self._places[region] if region in SUPPORTED_REGIONS else NOWHERE

    def at_hand(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the rules of these places can be used; those that are asked for often enough are made first."""
        asked = np.bincount(places, minlength=len(self.names))
        for place in np.flatnonzero((self._state == _UNASKED) & (asked >= OFTEN)).tolist():
            try:
                self._make(place)
                self._state[place] = _READY
            except Unsupported:
                self._state[place] = _LEFT
        at_hand: NDArray[np.bool_] = self._state.take(places) == _READY
        return at_hand

    def ends(self) -> NDArray[np.int64]:
        """How many digits each of `cuts` takes away."""
        return np.array([cut.end for cut in self.cuts], dtype=np.int64)

    def _make(self, place: int) -> None:
        code = int(self.code[place])
        name = self.names[place]
        rules = country.metadata(code, "001" if name == str(code) else name)
        self.lengths[place] = country.lengths(rules)
        automaton, matches = country.general(rules)
        self.first_general[place] = self.general.add(automaton, matches, matches)
        self.first_national[place] = self._with_cuts(self.national, country.national_prefix(rules))
        self.first_international[place] = self._with_cuts(self.international, country.international_prefix(rules))
        if place == self.main[place]:
            valid, verdicts = country.validity(code)
            self.first_valid[place] = self.valid.add(valid, verdicts, verdicts)

    def _with_cuts(self, machine: Machine, prefix: country.Prefix | None) -> int:
        if prefix is None:
            return 0
        automaton, behind, at_end = prefix
        return machine.add(automaton, [self._number(cut) for cut in behind], [self._number(cut) for cut in at_end])

    def _number(self, cut: country.Cut | None) -> int:
        if cut is None:
            return 0
        if cut not in self.cuts[1:]:
            self.cuts.append(cut)
        return self.cuts.index(cut, 1)


def _by_first_digits(main: dict[int, int]) -> NDArray[np.int64]:
    """The place of each calling code, at its digits in base END + 1; END fills short codes up to three digits."""
    places = np.full((END + 1,) * 3, NOWHERE, dtype=np.int64)
    for code, place in main.items():
        places[tuple(int(digit) for digit in str(code))] = place
    return places.reshape(-1)


@cache
def known_countries() -> Countries:
    """The rules that this process has made so far."""
    return Countries()

"""Which digits lead where? Patterns, tried on every string of digits at once.

An automaton here counts digits as it goes: a state belongs to one number of digits read, so that what depends on a
number's length can be told at its state. `whole` says which of several patterns match all digits of a number; `leading`
how a pattern matches at the beginning of a number, with the choices of `re.match` (the first alternative that matches
wins, not the longest match).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from bulk_sync.plan.dialling.digits import MOST_DIGITS
from bulk_sync.plan.dialling.pattern import AtEnd, Digit, Fork, Mark, Matched, Program, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_STATES = 60_000
"""An automaton that has more is not worth its memory (the largest that metadata 9.0.43 asks for has 2,000)."""

DEAD, FIRST = 0, 1

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Automaton(Generic[Key]):
    """`moves[s][d]` is the state after digit d in state s, DEAD where nothing can match any more.

    `keys[s]` says what the state stands for, `depths[s]` how many digits lead there.
    """

    moves: list[list[int]]
    keys: list[Key]
    depths: list[int]


def _grown(nothing: Key, first: Key, after: Callable[[Key, int], Sequence[Key]]) -> Automaton[Key]:
    """The states that up to MOST_DIGITS digits reach; `after` gives the ten keys behind a key at a depth.

    Raises:
        Unsupported: there are too many of them.
    """
    moves, keys, depths = [[0] * 10, [0] * 10], [nothing, first], [0, 0]
    layer = range(FIRST, FIRST + 1)
    for depth in range(MOST_DIGITS):
        known: dict[Key, int] = {nothing: DEAD}
        for state in layer:
            for digit, key in enumerate(after(keys[state], depth)):
                if key not in known:
                    known[key] = len(keys)
                    keys.append(key)
                    depths.append(depth + 1)
                    moves.append([0] * 10)
                moves[state][digit] = known[key]
        if len(keys) > MOST_STATES:
            raise Unsupported
        layer = range(layer.stop, len(keys))
    return Automaton(moves, keys, depths)


def whole(programs: Sequence[Program]) -> Automaton[frozenset[int]]:
    """For numbers of up to MOST_DIGITS digits: `~n` is in the key of a state where program n matches all digits.

    Raises:
        Unsupported: there are too many states, or a pattern asks for the end.
    """
    steps = _Steps(programs)
    return _grown(frozenset(), steps.first(), steps.after)


class _Steps:
    """The steps of several programs, one behind the other. A key holds places of digits to take, and ~n for matches."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self._steps = [step for each in programs for step in each.steps]
        self._program = [number for number, each in enumerate(programs) for _ in each.steps]
        self._begins = [sum(len(each.steps) for each in programs[:number]) for number in range(len(programs))]
        self._reached: dict[int, frozenset[int]] = {}
        self._behind: dict[int, list[tuple[int, frozenset[int]]]] = {}

    def first(self) -> frozenset[int]:
        """The key before the first digit."""
        return frozenset[int]().union(*map(self._from, self._begins))

    def after(self, key: frozenset[int], _: int) -> list[frozenset[int]]:
        """The keys behind each digit."""
        behind: list[set[int]] = [set() for _ in range(10)]
        for place in key:
            for digit, reached in self._behind[place] if place in self._behind else self._moves(place):
                behind[digit] |= reached
        return [frozenset(each) for each in behind]

    def _moves(self, place: int) -> list[tuple[int, frozenset[int]]]:
        """The digits that a place takes, and what can be reached behind each."""
        step = self._steps[place] if place >= 0 else None
        moves = [(digit, self._from(place + 1)) for digit in _digits(step.allowed)] if isinstance(step, Digit) else []
        self._behind[place] = moves
        return moves

    def _from(self, place: int) -> frozenset[int]:
        """What can be reached from a place without a digit."""
        if place not in self._reached:
            match self._steps[place]:
                case Digit():
                    found = frozenset((place,))
                case Matched():
                    found = frozenset((~self._program[place],))
                case Fork(to):
                    begin = self._begins[self._program[place]]
                    found = frozenset[int]().union(*(self._from(begin + at) for at in to))
                case Mark():
                    found = self._from(place + 1)
                case AtEnd():
                    raise Unsupported
            self._reached[place] = found
        return self._reached[place]


@cache
def _digits(allowed: int) -> tuple[int, ...]:
    return tuple(digit for digit in range(10) if allowed >> digit & 1)


class Lead(NamedTuple):
    """How a pattern matched at the beginning: the number of digits, and where each group begins and ends, if it did."""

    end: int
    groups: tuple[tuple[int, int] | None, ...]


class Threads(NamedTuple):
    """The ways to go on, most wanted first: steps that take a digit, and the marks so far.

    `lead` is the match that the digits read so far are, should no better one come; `lead_at_end` the same where the
    number ends here.
    """

    waiting: tuple[tuple[int, tuple[int, ...]], ...]
    lead: Lead | None
    lead_at_end: Lead | None


_NO_THREADS = Threads((), None, None)
_UNMARKED = -1


def leading(program: Program) -> Automaton[Threads]:
    """For numbers of up to MOST_DIGITS digits: the last match on the way is the one that `re.match` finds.

    Raises:
        Unsupported: there are too many states.
    """

    def threads(seeds: Sequence[tuple[int, tuple[int, ...]]], depth: int) -> Threads:
        waiting, lead = _followed(program, seeds, depth, at_end=False)
        return Threads(tuple(waiting), lead, _followed(program, seeds, depth, at_end=True)[1])

    def after(key: Threads, depth: int) -> list[Threads]:
        found = []
        for digit in range(10):
            seeds = [
                (at + 1, marks)
                for at, marks in key.waiting
                if isinstance(step := program.steps[at], Digit) and step.allowed >> digit & 1
            ]
            found.append(threads(seeds, depth + 1) if seeds else _NO_THREADS)
        return found

    unmarked = (_UNMARKED,) * (2 * program.groups)
    return _grown(_NO_THREADS, threads([(0, unmarked)], 0), after)


def _followed(
    program: Program, seeds: Sequence[tuple[int, tuple[int, ...]]], depth: int, *, at_end: bool
) -> tuple[list[tuple[int, tuple[int, ...]]], Lead | None]:
    """The steps that wait for a digit, in order, up to the first match; what is less wanted than a match is dropped."""
    waiting, seen = [], set()
    stack = list(reversed(seeds))
    while stack:
        at, marks = stack.pop()
        if at in seen:
            continue
        seen.add(at)
        match program.steps[at]:
            case Digit():
                waiting.append((at, marks))
            case Fork(to):
                stack += [(each, marks) for each in reversed(to)]
            case Mark(slot):
                stack.append((at + 1, (*marks[:slot], depth, *marks[slot + 1 :])))
            case AtEnd():
                stack += [(at + 1, marks)] if at_end else []
            case Matched():
                return waiting, Lead(depth, _spans(marks))
    return waiting, None


def _spans(marks: tuple[int, ...]) -> tuple[tuple[int, int] | None, ...]:
    return tuple((begin, end) if end != _UNMARKED else None for begin, end in zip(marks[::2], marks[1::2], strict=True))

r"""Which steps match a pattern of phonenumbers' metadata?

The metadata's patterns are regular expressions over digits, and use little of that language: digits, `[2-9]`, `\d`,
groups, `|`, `?`, `{m}`, `{m,n}` and `$`. Anything else is refused: then phonenumbers is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ANY_DIGIT = 0b11_1111_1111
"""A set of digits is a number with a bit for each of them."""


class Unsupported(Exception):
    """A pattern, or what is to be made of it, is of a kind that is not read here."""


@dataclass(frozen=True, slots=True)
class Digit:
    """Take one digit, if it is in the set."""

    allowed: int


@dataclass(frozen=True, slots=True)
class Fork:
    """Go on at each of these steps; the first is tried first, as backtracking would."""

    to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Note where a group begins (slot 2n) or ends (slot 2n + 1), n from 0."""

    slot: int


@dataclass(frozen=True, slots=True)
class AtEnd:
    """Go on only where no digit is left."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The pattern has matched."""


Step = Digit | Fork | Mark | AtEnd | Matched


@dataclass(frozen=True, slots=True)
class Program:
    """A pattern as steps; each but Fork and Matched goes on with the next. `groups`: how many groups it captures."""

    steps: tuple[Step, ...]
    groups: int


def program(pattern: str) -> Program:
    """The steps of a pattern.

    Raises:
        Unsupported: it uses more of the language of regular expressions than the metadata is known to use.
    """
    reading = _Reading(pattern)
    steps = reading.alternatives()
    if reading.at < len(pattern):
        raise Unsupported(pattern)
    return Program((*_placed(steps, 0), Matched()), reading.groups)


_ITEM = re.compile(r"(?P<digit>[0-9])|(?P<any>\\d)|\[(?P<set>[0-9-]+)\]|(?P<inner>\(\?:)|(?P<group>\()|(?P<end>\$)")
_QUANTIFIER = re.compile(r"(?P<maybe>\?)|\{(?P<least>\d+)(?:,(?P<most>\d+))?\}")
_RANGE = re.compile(r"([0-9])(?:-([0-9]))?")


@dataclass(slots=True)
class _Reading:
    """A pattern, read from left to right into steps whose forks name places relative to themselves."""

    pattern: str
    at: int = 0
    groups: int = field(default=0)

    def alternatives(self) -> list[Step]:
        """Sequences with `|` between them."""
        options = [self._sequence()]
        while self.pattern[self.at : self.at + 1] == "|":
            self.at += 1
            options.append(self._sequence())
        steps = options.pop()
        while options:
            first = options.pop()
            steps = [Fork((1, len(first) + 2)), *first, Fork((len(steps) + 1,)), *steps]
        return steps

    def _sequence(self) -> list[Step]:
        steps: list[Step] = []
        while self.pattern[self.at : self.at + 1] not in {"", "|", ")"}:
            steps += self._repeated(self._item())
        return steps

    def _item(self) -> list[Step]:
        item = _ITEM.match(self.pattern, self.at)
        if item is None:
            raise Unsupported(self.pattern)
        self.at = item.end()
        match item.lastgroup:
            case "digit":
                return [Digit(1 << int(item["digit"]))]
            case "any":
                return [Digit(ANY_DIGIT)]
            case "set":
                return [Digit(_allowed(item["set"], self.pattern))]
            case "end":
                return [AtEnd()]
            case "inner":
                return self._inside()
            case _:
                self.groups += 1
                slot = 2 * (self.groups - 1)
                return [Mark(slot), *self._inside(), Mark(slot + 1)]

    def _inside(self) -> list[Step]:
        steps = self.alternatives()
        if self.pattern[self.at : self.at + 1] != ")":
            raise Unsupported(self.pattern)
        self.at += 1
        return steps

    def _repeated(self, steps: list[Step]) -> list[Step]:
        quantifier = _QUANTIFIER.match(self.pattern, self.at)
        if quantifier is None:
            return steps
        self.at = quantifier.end()
        least = 0 if quantifier["maybe"] else int(quantifier["least"])
        most = 1 if quantifier["maybe"] else int(quantifier["most"] or least)
        optional: list[Step] = []
        for _ in range(most - least):
            optional = [Fork((1, len(steps) + len(optional) + 1)), *steps, *optional]
        return steps * least + optional


def _allowed(ranges: str, pattern: str) -> int:
    allowed, at = 0, 0
    while part := _RANGE.match(ranges, at):
        at = part.end()
        for digit in range(int(part[1]), int(part[2] or part[1]) + 1):
            allowed |= 1 << digit
    if at < len(ranges):
        raise Unsupported(pattern)
    return allowed


def _placed(steps: list[Step], start: int) -> list[Step]:
    """The steps with forks that name places in the program."""
    return [
        Fork(tuple(at + start + to for to in step.to)) if isinstance(step, Fork) else step
        for at, step in enumerate(steps)
    ]

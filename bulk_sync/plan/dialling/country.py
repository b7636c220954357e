"""What does phonenumbers' metadata say of one country, as automata?

Each function here mirrors one of phonenumbers' own, which its docstring names; where a metadata update brings something
that it does not mirror, `Unsupported` is raised, and the country is left to phonenumbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, ValidationResult

from bulk_sync.plan.dialling.automaton import Automaton, Lead, Threads, leading, whole
from bulk_sync.plan.dialling.digits import MOST_ADDED, MOST_DIGITS
from bulk_sync.plan.dialling.pattern import ANY_DIGIT, Digit, Fork, Matched, Program, Unsupported, program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TYPES = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)


def metadata(code: int, region: str) -> Any:  # noqa: ANN401  # phonenumbers has no types
    """The metadata of a region, or of a calling code that belongs to none (region 001)."""
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


def lengths(rules: Any) -> list[int]:  # noqa: ANN401  # phonenumbers has no types
    """What a national number of 0, 1, 2 … digits is, a `ValidationResult` each (`_test_number_length`)."""
    possible = rules.general_desc.possible_length
    if not possible or possible[0] < 0:
        raise Unsupported
    local = rules.general_desc.possible_length_local_only
    return [
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY
        if length in local
        else ValidationResult.IS_POSSIBLE
        if length in possible
        else ValidationResult.TOO_SHORT
        if length < possible[0]
        else ValidationResult.TOO_LONG
        if length > possible[-1]
        else ValidationResult.INVALID_LENGTH
        for length in range(MOST_DIGITS + MOST_ADDED + 1)
    ]


def general(rules: Any) -> tuple[Automaton[frozenset[int]], list[int]]:  # noqa: ANN401  # phonenumbers has no types
    """Which numbers match a country's general pattern: an automaton, and 1 at each state where they do."""
    automaton = whole([program(rules.general_desc.national_number_pattern or _unsupported())])
    return automaton, [int(~0 in key) for key in automaton.keys]


def validity(code: int) -> tuple[Automaton[frozenset[int]], list[int]]:
    """Which national numbers of a calling code are valid (`is_valid_number`): 1 at each state where they are."""
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    patterns = _Patterns()
    tests = [_region_test(metadata(code, region), patterns, alone=len(regions) == 1) for region in regions]
    automaton = whole(patterns.programs)

    def valid(key: frozenset[int], digits: int) -> bool:
        verdicts = (test(key, digits) for test in tests)
        return next((verdict for verdict in verdicts if verdict is not None), False)

    return automaton, [int(valid(key, depth)) for key, depth in zip(automaton.keys, automaton.depths, strict=True)]


class _Patterns:
    """The patterns of several regions, each once."""

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self._places: dict[tuple[str, bool], int] = {}

    def key(self, pattern: str, *, anything_behind: bool = False) -> int:
        """What stands in an automaton's key where the pattern matches."""
        place = self._places.setdefault((pattern, anything_behind), len(self.programs))
        if place == len(self.programs):
            steps = program(pattern)
            self.programs.append(_with_anything_behind(steps) if anything_behind else steps)
        return ~place


def _with_anything_behind(steps: Program) -> Program:
    at = len(steps.steps) - 1
    loop = (Fork((at + 1, at + 3)), Digit(ANY_DIGIT), Fork((at,)), Matched())
    return Program((*steps.steps[:-1], *loop), steps.groups)


def _region_test(rules: Any, patterns: _Patterns, *, alone: bool) -> Callable[[frozenset[int], int], bool | None]:  # noqa: ANN401  # no types
    """Whether a number is valid in this region; None: it is not this region's (`region_code_for_number`)."""
    first_digits = None
    if rules.leading_digits is not None and not alone:
        first_digits = patterns.key(rules.leading_digits, anything_behind=True)
    whole_plan = _description_test(rules.general_desc, patterns)
    skipped = {"mobile"} if rules.same_mobile_and_fixed_line_pattern else set()
    types = [_description_test(getattr(rules, name), patterns) for name in _TYPES if name not in skipped]

    def test(key: frozenset[int], digits: int) -> bool | None:
        known = whole_plan(key, digits) and any(each(key, digits) for each in types)
        if alone:
            return known
        if first_digits is not None:
            return known if first_digits in key else None
        return known or None

    return test


def _description_test(description: Any, patterns: _Patterns) -> Callable[[frozenset[int], int], bool]:  # noqa: ANN401  # no types
    """Whether a number fits a description: its length and its pattern (`_is_number_matching_desc`)."""
    if description is None or not description.national_number_pattern:
        return lambda _, __: False
    matched = patterns.key(description.national_number_pattern)
    possible = frozenset(description.possible_length)
    return lambda key, digits: matched in key and (not possible or digits in possible)


@dataclass(frozen=True, slots=True)
class Cut:
    """What becomes of the beginning of a number: its first `end` digits go, and `head` takes their place.

    `head` holds places in the number, or ~d for the digit d itself.
    """

    end: int
    head: tuple[int, ...] = ()


Prefix = tuple[Automaton[Threads], list[Cut | None], list[Cut | None]]
"""An automaton, and the cut to make at each of its states: the first where digits follow, the second at the end."""


def international_prefix(rules: Any) -> Prefix | None:  # noqa: ANN401  # phonenumbers has no types
    """The prefixes that are dialled here before a country code; None: there are none."""
    return _prefix(rules.international_prefix, lambda lead: Cut(lead.end))


def national_prefix(rules: Any) -> Prefix | None:  # noqa: ANN401  # phonenumbers has no types
    """The prefixes that are dialled inside the country, and what is to stand in their place.

    It mirrors `_maybe_strip_national_prefix_carrier_code`: the rule is for matches in which the last group took part.
    """
    rule = rules.national_prefix_transform_rule

    def cut(lead: Lead) -> Cut:
        if not rule or lead.groups[-1] is None:
            return Cut(lead.end)
        head = _head(rule, lead.groups)
        if len(head) > lead.end + MOST_ADDED:
            raise Unsupported
        return Cut(lead.end, head)

    return _prefix(rules.national_prefix_for_parsing, cut)


def _prefix(pattern: str | None, cut: Callable[[Lead], Cut]) -> Prefix | None:
    if not pattern:
        return None
    automaton = leading(program(pattern))
    return (
        automaton,
        [cut(key.lead) if key.lead else None for key in automaton.keys],
        [cut(key.lead_at_end) if key.lead_at_end else None for key in automaton.keys],
    )


_RULE_PART = re.compile(r"\\(?P<group>[1-9])|(?P<digit>[0-9])")


def _head(rule: str, groups: Sequence[tuple[int, int] | None]) -> tuple[int, ...]:
    head: list[int] = []
    at = 0
    while part := _RULE_PART.match(rule, at):
        at = part.end()
        if part["digit"]:
            head.append(~int(part["digit"]))
        elif span := groups[int(part["group"]) - 1]:
            head += range(*span)
    if at < len(rule):
        raise Unsupported(rule)
    return tuple(head)


def _unsupported() -> str:
    raise Unsupported

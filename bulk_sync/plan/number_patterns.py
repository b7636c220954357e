"""The numbering plans as patterns that RE2 can run over a column: libphonenumber's metadata, anchored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from bulk_sync.plan.numbering import NO_COUNTRY

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan"),
    "voicemail",
)


@dataclass(frozen=True, slots=True)
class Trunk:
    """What is dialled before national numbers at home, and goes behind the country code.

    `prefix`: its pattern, None where there is none; `rewrites`: it is not only dropped; `general`: the general form of
    the country's numbers, which has to fit what is left.
    """

    prefix: str | None
    rewrites: bool
    general: str


@dataclass(frozen=True, slots=True)
class CodePatterns:
    """The national numbers of a calling code: `valid` ones, in whichever of its countries, and their `general` form.

    `trunk`: that of the code's main country, by which libphonenumber reads what stands behind a code; `sizes`: how many
    digits they may have.
    """

    code: int
    valid: str
    general: str
    trunk: Trunk
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HomePatterns:
    """How numbers are dialled in a country: its trunk prefix, and the pattern of what is dialled before numbers abroad.

    `plain_abroad`: the latter, where it is one row of digits.
    """

    trunk: Trunk
    abroad: str
    plain_abroad: str | None


@cache
def code_patterns(code: int) -> CodePatterns | None:
    """The patterns of a calling code; None where it belongs to no country."""
    found = [_rules(region) for region in COUNTRY_CODE_TO_REGION_CODE[code] if region != NO_COUNTRY]
    if not found:
        return None
    kinds = [
        kind.national_number_pattern
        for each in found
        for kind in (getattr(each, name) for name in _KINDS)
        if kind is not None and kind.national_number_pattern
    ]
    main = found[0]
    sizes = main.general_desc.possible_length if main.general_desc else ()
    return CodePatterns(code, _any_of(dict.fromkeys(kinds)), _any_of(map(_general, found)), _trunk(main), sizes)


@cache
def home_patterns(region: str) -> HomePatterns:
    """The patterns of a country."""
    rules = _rules(region)
    abroad = rules.international_prefix or "00"
    return HomePatterns(_trunk(rules), f"^(?:{abroad})", abroad if abroad.isdigit() else None)


def _rules(region: str) -> PhoneMetadata:
    found = PhoneMetadata.metadata_for_region(region, None)
    if found is None:
        raise ValueError(f"{region} has no phone numbers")
    return found


def _trunk(rules: PhoneMetadata) -> Trunk:
    prefix = rules.national_prefix_for_parsing
    return Trunk(
        f"^(?:{prefix})" if prefix else None, bool(rules.national_prefix_transform_rule), _any_of([_general(rules)])
    )


def _general(rules: PhoneMetadata) -> str:
    return str(rules.general_desc.national_number_pattern) if rules.general_desc else "(?:)"


def _any_of(patterns: Iterable[str]) -> str:
    return f"^(?:{'|'.join(f'(?:{pattern})' for pattern in patterns)})$"

"""The numbering plans of the world: what phonenumbers (libphonenumber's metadata) says of a text of digits.

And the same as patterns that RE2 can run over a column: the metadata's own, anchored. And the countries' names.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING, cast

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from phonenumbers import PhoneNumberDesc

phonenumbers.enable_pattern_cache()  # else numbers of many countries push each other's patterns out of re's own cache

NO_COUNTRY = "001"
"""What libphonenumber calls the region of a code that belongs to no country (+800, +870)."""

_SHORT_PLANS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)


def parsed(text: str, region: str | None) -> PhoneNumber | None:
    """The number in a text of digits and separators, as it is dialled in `region`; None: there is none."""
    try:
        return phonenumbers.parse(text, region, keep_raw_input=True)
    except NumberParseException:
        return None


def is_given_out(number: PhoneNumber) -> bool:
    """Whether a number is valid: libphonenumber's word, which is not asked about lengths that no number has."""
    return len(national(number)) in _sizes(code_of(number)) and phonenumbers.is_valid_number(number)


@cache
def _sizes(code: int) -> frozenset[int]:
    """How many digits national numbers behind a calling code may have, in whichever of its countries."""
    forms = [_form(_rules(region, code)) for region in COUNTRY_CODE_TO_REGION_CODE.get(code, ())]
    return frozenset(size for form in forms for size in (*form.possible_length, *form.possible_length_local_only))


def may_be_valid(digits: str) -> bool:
    """Whether digits that begin with a calling code have a length that its numbers have, a trunk zero left out."""
    code, rest = split_code(digits)
    return code is not None and not _sizes(code).isdisjoint({len(rest), len(rest.removeprefix("0"))})


@lru_cache(maxsize=4096)
def is_valid(text: str, region: str | None) -> bool:
    """Whether a text of digits and separators is a valid number by itself."""
    number = parsed(text, region)
    return number is not None and is_given_out(number)


def is_possible(text: str, region: str | None) -> bool:
    """Whether it has a possible length, area code included."""
    number = parsed(text, region)
    return number is not None and phonenumbers.is_possible_number(number)


def is_same(text: str, other: str, region: str | None) -> bool:
    """Whether two texts of digits and separators are one number."""
    numbers = [parsed(each, region) for each in (text, other)]
    return len({number and e164(number) for number in numbers}) == 1


def is_mobile(number: PhoneNumber) -> bool:
    """Whether it is a mobile number, and can be nothing else."""
    return bool(phonenumbers.number_type(number) == PhoneNumberType.MOBILE)


def takes_letters(number: PhoneNumber) -> bool:
    """Whether it is of a kind that is written with letters: toll-free or of shared cost."""
    return phonenumbers.number_type(number) in {PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST}


def e164(number: PhoneNumber) -> str:
    """The number with its plus and its country code."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def calling_code(region: str | None) -> int | None:
    """The calling code of a country: 49 for DE."""
    return int(phonenumbers.country_code_for_region(region)) or None if region else None


def code_of(number: PhoneNumber) -> int:
    """The calling code of a number."""
    return int(number.country_code or 0)


def national(number: PhoneNumber) -> str:
    """The digits of a number behind its calling code."""
    return phonenumbers.national_significant_number(number)


def main_region(code: int) -> str | None:
    """The country that a calling code is above all: US for 1; None: it belongs to no country (800), or is none."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    return regions[0] if regions and regions[0] != NO_COUNTRY else None


def split_code(code: str | None) -> tuple[int | None, str]:
    """The calling code that some digits begin with, and what of the number stands behind it: 1787 is (1, "787")."""
    for size in (1, 2, 3) if code and not code.startswith("0") else ():
        if code and int(code[:size]) in COUNTRY_CODE_TO_REGION_CODE:
            return int(code[:size]), code[size:]
    return None, ""


@cache
def drops_a_zero(code: int) -> bool:
    """Whether national numbers of this code begin with a zero that goes behind the code (not so in Italy)."""
    region = main_region(code)
    return region is not None and _rules(region).national_prefix == "0"


def behind_a_zero(number: PhoneNumber) -> PhoneNumber | None:
    """The mobile number behind the zero of a number whose country keeps that (Italy); None: there is none so long."""
    digits, code = national(number), code_of(number)
    found = parsed(f"+{code}{digits[1:]}", None) if digits.startswith("0") else None
    example = phonenumbers.example_number_for_type(main_region(code), PhoneNumberType.MOBILE)
    if found is None or example is None or len(national(found)) != len(national(example)):
        return None
    return found if is_given_out(found) and is_mobile(found) else None


@cache
def has_six_digits(region: str | None) -> bool:
    """Whether ordinary numbers of a country have six digits, which then look like a date with a short year."""
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in _SHORT_PLANS] if region else []
    return any(len(phonenumbers.national_significant_number(each)) == 6 for each in examples if each is not None)


_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan"),
    "voicemail",
)


@dataclass(frozen=True, slots=True)
class Trunk:
    """What is dialled before national numbers at home, and goes behind the country code.

    `prefix`: its pattern, None where there is none; `rewrites`: it is not only dropped; `general`: the general form of
    the country's numbers, which has to fit what is left; `sizes`: how many digits they have, for where only a number
    without its area code would be left, libphonenumber drops nothing.
    """

    prefix: str | None
    rewrites: bool
    general: str
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CodePatterns:
    """The national numbers of a calling code: `valid` ones, in whichever of its countries, and their `general` form.

    `trunk`: that of the code's main country, by which libphonenumber reads what stands behind a code.
    """

    code: int
    valid: str
    general: str
    trunk: Trunk


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
    return CodePatterns(code, _any_of(dict.fromkeys(kinds)), _general(found), _trunk(found[0]))


@cache
def home_patterns(region: str) -> HomePatterns:
    """The patterns of a country."""
    rules = _rules(region)
    abroad = rules.international_prefix or "00"
    return HomePatterns(_trunk(rules), f"^(?:{abroad})", abroad if abroad.isdigit() else None)


def _rules(region: str, code: int = 0) -> PhoneMetadata:
    """What there is for every country, and by its calling code for what is none (+800)."""
    return cast("PhoneMetadata", PhoneMetadata.metadata_for_region_or_calling_code(code, region))


def _form(rules: PhoneMetadata) -> PhoneNumberDesc:
    """The general form of a country's numbers, which all have."""
    return cast("PhoneNumberDesc", rules.general_desc)


def _trunk(rules: PhoneMetadata) -> Trunk:
    prefix = rules.national_prefix_for_parsing
    pattern, rewrites = f"^(?:{prefix})" if prefix else None, bool(rules.national_prefix_transform_rule)
    return Trunk(pattern, rewrites, _general([rules]), tuple(_form(rules).possible_length))


def _general(plans: Iterable[PhoneMetadata]) -> str:
    return _any_of(str(_form(each).national_number_pattern) for each in plans)


def _any_of(patterns: Iterable[str]) -> str:
    return f"^(?:{'|'.join(f'(?:{pattern})' for pattern in patterns)})$"


def country_name(code: str | None, language: str = "en") -> str:
    """A country's name by its ISO code, or nothing; an entry may say that it is as in another language ("*aa")."""
    names = country_names().get(code or "", {})
    name = names.get(language, "")
    return names.get(name[1:], "") if name.startswith("*") else name


@cache
def country_names() -> Mapping[str, Mapping[str, str]]:
    """The countries' names, by ISO code and language, as phonenumbers carries them.

    Their module is looked for by itself, for the package around it loads where every number prefix of the world lies:
    half a second and 80 MB.
    """
    name = "phonenumbers.geodata.locale"
    spec = PathFinder.find_spec(name, [f"{place}/geodata" for place in phonenumbers.__path__])
    if spec is None or spec.loader is None:
        locale = importlib.import_module(name)
    else:
        locale = module_from_spec(spec)
        spec.loader.exec_module(locale)
    names: Mapping[str, Mapping[str, str]] = locale.LOCALE_DATA
    return names

"""The countries that cells name.

ISO 3166 codes (two or three letters), and names in the languages that headers are in (English, Spanish, Portuguese,
French, German): CLDR's, as phonenumbers carries them, and those of the ISO list. A country that is not known
is never replaced by `--region`.
"""

from __future__ import annotations

import gettext
import importlib
import re
from collections import defaultdict
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from bulk_sync.model import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

_LANGUAGES = ("es", "pt", "pt_BR", "fr", "de")
"""Beside English."""

_ALSO = {
    "greatbritain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northernireland": "GB",
    "america": "US",
    "unitedstatesofamerica": "US",
    "holland": "NL",
    "czechrepublic": "CZ",
    "ivorycoast": "CI",
    "burma": "MM",
    "macedonia": "MK",
    "swaziland": "SZ",
    "capeverde": "CV",
    "uae": "AE",
    "korea": "KR",
    "republicofkorea": "KR",
    "vatican": "VA",
    "vaticancity": "VA",
    "holysee": "VA",
    "britain": "GB",
    "republicofireland": "IE",
    "easttimor": "TL",
    "macau": "MO",
    "hongkongsar": "HK",
    "drcongo": "CD",
    "drc": "CD",
    "democraticrepublicofcongo": "CD",
    "democraticrepublicofthecongo": "CD",
    "sintmaarten": "SX",
    "kosovo": "XK",
    "eeuu": "US",
    "estadosunidosdeamerica": "US",
    "etatsunisdamerique": "US",
    "eua": "US",
    "inglaterra": "GB",
    "angleterre": "GB",
    "granbretana": "GB",
    "grabretanha": "GB",
    "grandebretagne": "GB",
    "schottland": "GB",
    "escocia": "GB",
    "ecosse": "GB",
    "hollande": "NL",
    "grossbritannien": "GB",
    "holanda": "NL",
    "brd": "DE",
    "mejico": "MX",
    "tschechischerepublik": "CZ",
    "republicacheca": "CZ",
    "republiquetcheque": "CZ",
    "irlandadelsur": "IE",
    "weissrussland": "BY",
    "bielorrusia": "BY",
}
"""What people write and neither list has."""


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """Two lists: codes in capitals, and folded names; each → ISO code of two letters."""
    import pycountry  # noqa: PLC0415  # 20 ms that only sheets with a country column pay

    codes = {code: code for code in (*_cldr(), *SUPPORTED_REGIONS)}
    english: dict[str, str] = {}
    others: defaultdict[str, set[str]] = defaultdict(set)
    for code in _cldr():
        english[_name(_cldr_name(code, "en"))] = code
        for language in _LANGUAGES:
            others[_name(_cldr_name(code, language))].add(code)
    translated = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True).gettext
        for language in _LANGUAGES
    ]
    for country in pycountry.countries:
        codes |= {country.alpha_2: country.alpha_2, country.alpha_3: country.alpha_2}
        for name in filter(None, (getattr(country, field, "") for field in ("name", "official_name", "common_name"))):
            english[_name(name)] = country.alpha_2
            for translate in translated:
                others[_name(translate(name))].add(country.alpha_2)
    names = {name: found.pop() for name, found in others.items() if len(found) == 1} | english
    names.pop("", None)
    return codes | {"UK": "GB"}, names | _ALSO


def _cldr_name(code: str, language: str) -> str:
    """A country's name in a language; an entry may say that it is the same as in another one ("*aa")."""
    names = _cldr().get(code, {})
    name = names.get(language, "")
    return names.get(name[1:], "") if name.startswith("*") else name


def english_name(code: str | None) -> str | None:
    """The English name of a country, by its ISO code."""
    return _cldr_name(code, "en") or None if code else None


@cache
def _cldr() -> Mapping[str, Mapping[str, str]]:
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


def _name(text: str) -> str:
    """A country's name as it is compared: "St. Lucia" is Saint Lucia, "&" is and, "The" says nothing."""
    plain = re.sub(r"\bst\b\.?", "saint", text.casefold()).replace("&", " and ")
    return fold(re.sub(r"^(?:the|el|la|los|las|le|les|die|der|das|o|os|as)\s+", "", plain.strip()))


def read_country(text: str) -> str | None:
    """The ISO code of the country that `text` names, or None.

    A code is letters, with dots perhaps; "N/A" is not Namibia.
    """
    code = text.strip().replace(".", "").upper()
    if code in SUPPORTED_REGIONS:
        return code  # a file with no country but --region needs no lists
    codes, names = _known()
    return codes.get(code) or names.get(_name(text))


def has_numbers(code: str) -> bool:
    """Whether a country has phone numbers of its own (Antarctica has none)."""
    return code in SUPPORTED_REGIONS


def is_calling_code(digits: str) -> bool:
    """Whether some country's numbers begin with these digits: its calling code, or 1 and the area code of an island."""
    is_number = digits.isdecimal() and not digits.startswith("0")
    return is_number and (int(digits) in COUNTRY_CODE_TO_REGION_CODE or (len(digits) == 4 and digits.startswith("1")))

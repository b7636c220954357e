"""Which country does a cell name?

ISO 3166 codes (two or three letters) and English names: CLDR's, as phonenumbers carries them, and those of the ISO
list. A country that nobody knows is never replaced by `--region`.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from bulk_sync.model import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

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
}
"""What people write and neither list has."""


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """Two lists: codes in capitals, and folded names; each → ISO code of two letters."""
    import pycountry  # noqa: PLC0415  # 20 ms that only sheets with a country column pay

    cldr = _cldr()
    names, codes = {}, {code: code for code in (*cldr, *SUPPORTED_REGIONS)}
    for code, by_language in cldr.items():
        name = by_language.get("en", "")
        names[_name(by_language.get(name[1:], "") if name.startswith("*") else name)] = code
    for country in pycountry.countries:
        codes |= {country.alpha_2: country.alpha_2, country.alpha_3: country.alpha_2}
        for field in ("name", "official_name", "common_name"):
            names[_name(getattr(country, field, ""))] = country.alpha_2
    names.pop("", None)
    return codes | {"UK": "GB"}, names | _ALSO


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
    return fold(re.sub(r"^the\s+", "", plain.strip()))


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

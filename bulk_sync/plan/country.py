"""Countries: what cells in the columns of countries and of calling codes name.

Known are ISO 3166 codes (two or three letters), and names in the languages that headers are in: CLDR's, as phonenumbers
carries them, and those of the ISO list. A country that is not known is never replaced by `--region`. Both kinds of cell
are read alike, for people fill either column with either thing: "DE", "Germany", "+49", "49".
"""

from __future__ import annotations

import gettext
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from phonenumbers import SUPPORTED_REGIONS

from bulk_sync.errors import Code
from bulk_sync.model import fold
from bulk_sync.plan import numbering
from bulk_sync.plan.values import Rejection, UnknownValue, quoted

_LANGUAGES = ("es", "pt", "pt_BR", "fr", "de", "it", "nl", "pl", "sv", "da", "nb", "cs", "tr", "ru")
"""Beside English."""

_ALSO = """
    GB: greatbritain england scotland wales northernireland britain inglaterra angleterre granbretana grabretanha
        grandebretagne schottland escocia ecosse grossbritannien
    US: america eeuu eua
    NL: hollande
    CI: ivorycoast
    AE: uae
    KR: korea republicofkorea
    VA: vaticancity holysee
    IE: republicofireland irlandadelsur
    TL: easttimor
    HK: hongkongsar
    CD: drcongo drc democraticrepublicofthecongo
    SX: sintmaarten
    XK: kosovo
    DE: brd
    MX: mejico
    BY: weissrussland
"""
"""What people write and neither list has, folded, by the code of the country."""


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """Two lists: codes in capitals, and folded names; each → ISO code of two letters."""
    import pycountry  # noqa: PLC0415  # 20 ms that only sheets with a country column pay

    codes = {code: code for code in (*numbering.country_names(), *SUPPORTED_REGIONS)}
    english: dict[str, str] = {}
    others: defaultdict[str, set[str]] = defaultdict(set)
    for code in numbering.country_names():
        english[_name(numbering.country_name(code, "en"))] = code
        for language in _LANGUAGES:
            others[_name(numbering.country_name(code, language))].add(code)
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
    return codes | {"UK": "GB"}, names | _also()


def _also() -> dict[str, str]:
    code, found = "", {}
    for word in _ALSO.split():
        if word.endswith(":"):
            code = word[:-1]
        else:
            found[word] = code
    return found


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
    calling, lead = numbering.split_code(digits) if digits.isdecimal() else (None, "")
    return calling is not None and (not lead or (calling == _NANP and len(lead) == 3))


_NANP = 1
"""The calling code that North American islands share, and write with their area code behind it."""

_CODE = re.compile(r"(?:\+|00)?\s*(\d[\d\s\-()]*)(?:\.0)?")
_CODE_BESIDE_A_NAME = re.compile(r"[^\d+]*(?:\+|00)?\s*(\d[\d\s-]*)(?:\.0)?[^\d+]*")


@dataclass(frozen=True, slots=True)
class Place:
    """What one cell says: a country (ISO code), or the digits of a calling code, which may go on (1787)."""

    region: str | None = None
    code: str | None = None

    def __str__(self) -> str:
        return self.region or f"+{self.code}"

    @property
    def calling(self) -> int | None:
        """The calling code of the country."""
        return numbering.split_code(self.code)[0] if self.code else numbering.calling_code(self.region)


def read_place(text: str) -> Place | Rejection:
    """A country or a calling code: DE, Deutschland, +49, 0049, 49, Germany (+49), 1-787."""
    code = _CODE.fullmatch(text) or _CODE_BESIDE_A_NAME.fullmatch(text)
    if code:
        digits = re.sub(r"\D", "", code[1])
        if is_calling_code(digits):
            return Place(code=digits)
        why = f"{quoted(text)} is not a country calling code. Write it like +44, or name the country."
        return UnknownValue(Code.UNKNOWN_COUNTRY, why, text)
    region = read_country(text)
    if region is None:
        why = f"{quoted(text)} is not a country. Write its name, its ISO code or its calling code: Spain, ES or +34."
        return UnknownValue(Code.UNKNOWN_COUNTRY, why, text)
    if not has_numbers(region):
        why = f"{quoted(text)} has no phone numbers of its own. Name the country that the number belongs to."
        return UnknownValue(Code.UNKNOWN_COUNTRY, why, text)
    return Place(region=region)

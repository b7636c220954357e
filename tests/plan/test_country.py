"""Countries and calling codes, as people write them."""

from types import SimpleNamespace

import phonenumbers
import pytest

from bulk_sync.plan import numbering
from bulk_sync.plan.country import has_numbers, is_calling_code, read_country

NAMES = """
    US: US; us; USA; U.S.A.; U.S.; United States; united states of america
    GB: GB; GBR; UK; United Kingdom; Great Britain; England | DE: Germany; DEU; Deutschland | MX: México; Mexico
    RU: Russia; Russian Federation | KR: South Korea; Korea, Republic of | KP: North Korea | VN: Vietnam; Viet Nam
    TR: Turkey; Türkiye | CZ: Czech Republic; Czechia | CI: Ivory Coast; Côte d’Ivoire | HK: Hong Kong | MO: Macau
    TW: Taiwan | BO: Bolivia | IR: Iran | NL: Netherlands; The Netherlands; Holanda | IE: Ireland | XK: Kosovo
    PR: Puerto Rico | AE: UAE | BA: Bosnia and Herzegovina; Bosnia & Herzegovina | TT: Trinidad & Tobago
    LC: St. Lucia; Saint Lucia | BS: The Bahamas | CD: Democratic Republic of the Congo | GE: Georgia | GN: Guinea
    GW: Guinea-Bissau | NE: Niger | NG: Nigeria | DM: Dominica | DO: Dominican Republic | ES: Spain; España; Espagne
    IT: Italia | NL: Nederland | PL: Polska | SE: Sverige | DK: Danmark | NO: Norge | CZ: Česko | RU: Россия
"""
CASES = [
    (name.strip(), code.strip())
    for entry in NAMES.replace("\n", "|").split("|")
    if entry.strip()
    for code, _, names in [entry.partition(":")]
    for name in names.split(";")
]


@pytest.mark.parametrize(("text", "code"), [*CASES, (" Spain ", "ES")])
def test_a_country_is_known_by_its_code_and_its_names(text, code):
    assert read_country(text) == code


@pytest.mark.parametrize(
    "text", ["Atlantis", "XX", "ZZ", "", " ", "-", "?", "+44", "44", "001", "N/A", "United", "Worldwide"]
)
def test_what_is_no_country_is_never_guessed(text):
    assert read_country(text) is None


def test_every_region_with_numbers_can_be_named_by_its_code():
    regions = phonenumbers.SUPPORTED_REGIONS
    assert [each for each in regions if {read_country(each), read_country(each.lower())} != {each}] == []
    assert (read_country("Antarctica"), has_numbers("AQ"), has_numbers("GB")) == ("AQ", False, True)


@pytest.mark.parametrize(("digits", "is_one"), [("44", 1), ("1", 1), ("1787", 1), ("4420", 0), ("178", 0), ("044", 0)])
def test_a_calling_code_is_one_of_a_country_or_of_an_island(digits, is_one):
    assert is_calling_code(digits) == bool(is_one)


def test_names_that_are_elsewhere_are_found_too(monkeypatch):
    found = numbering.country_names()
    monkeypatch.setattr(numbering, "PathFinder", SimpleNamespace(find_spec=lambda *_: None))
    assert numbering.country_names.__wrapped__() == found

import subprocess
import sys
from types import SimpleNamespace

import phonenumbers
import pytest

from bulk_sync.plan import numbering
from bulk_sync.plan.country import has_numbers, read_country


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("U.S.", "US"),
        ("United States", "US"),
        ("united states of america", "US"),
        ("UK", "GB"),
        ("GB", "GB"),
        ("GBR", "GB"),
        ("United Kingdom", "GB"),
        ("Great Britain", "GB"),
        ("England", "GB"),
        ("Germany", "DE"),
        ("DEU", "DE"),
        ("México", "MX"),
        ("Mexico", "MX"),
        ("Russia", "RU"),
        ("Russian Federation", "RU"),
        ("South Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("North Korea", "KP"),
        ("Vietnam", "VN"),
        ("Viet Nam", "VN"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("Czech Republic", "CZ"),
        ("Czechia", "CZ"),
        ("Ivory Coast", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("Hong Kong", "HK"),
        ("Macau", "MO"),
        ("Taiwan", "TW"),
        ("Bolivia", "BO"),
        ("Iran", "IR"),
        ("Netherlands", "NL"),
        ("The Netherlands", "NL"),
        ("Ireland", "IE"),
        ("Kosovo", "XK"),
        ("Puerto Rico", "PR"),
        ("UAE", "AE"),
        ("Bosnia and Herzegovina", "BA"),
        ("Bosnia & Herzegovina", "BA"),
        ("Trinidad & Tobago", "TT"),
        ("St. Lucia", "LC"),
        ("Saint Lucia", "LC"),
        ("The Bahamas", "BS"),
        ("Democratic Republic of the Congo", "CD"),
        ("Georgia", "GE"),
        ("Guinea", "GN"),
        ("Guinea-Bissau", "GW"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Dominica", "DM"),
        ("Dominican Republic", "DO"),
        (" Spain ", "ES"),
    ],
)
def test_a_country_is_known_by_its_code_and_its_english_names(text, code):
    assert read_country(text) == code


@pytest.mark.parametrize(
    "text", ["Atlantis", "XX", "ZZ", "", " ", "-", "?", "+44", "44", "001", "N/A", "United", "Worldwide"]
)
def test_what_is_no_country_is_never_guessed(text):
    assert read_country(text) is None


def test_every_region_with_numbers_can_be_named_by_its_code():
    missing = [
        region
        for region in phonenumbers.SUPPORTED_REGIONS
        if read_country(region) != region or read_country(region.lower()) != region
    ]
    assert missing == []


def test_a_country_may_have_no_numbers():
    assert read_country("Antarctica") == "AQ"
    assert not has_numbers("AQ")
    assert has_numbers("GB")


LOADED = """
import sys
from bulk_sync.plan import country, numbering
assert country.read_country("Germany") == "DE"
assert "phonenumbers.geodata" not in sys.modules
from phonenumbers.geodata.locale import LOCALE_DATA
assert numbering.country_names() == LOCALE_DATA
"""


def test_names_are_read_without_the_prefixes_of_the_world():
    subprocess.run([sys.executable, "-c", LOADED], check=True)


def test_names_that_are_elsewhere_are_found_too(monkeypatch):
    found = numbering.country_names()
    monkeypatch.setattr(numbering, "PathFinder", SimpleNamespace(find_spec=lambda *_: None))
    assert numbering.country_names.__wrapped__() == found

"""When do two names count as the same?"""

import pytest

from bulk_sync.plan.spelling import spelling

from .building import wide


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Spring Outreach", "spring-outreach"),
        ("Spring Outreach", "  SPRING   OUTREACH "),
        ("Spring\u00a0Outreach", "Spring_Outreach"),
        ("Rückgewinnung", "RUCKGEWINNUNG"),
        ("Straße", "STRASSE"),
        ("Ωμέγα", "ωμεγα"),
        ("Звонки — весна", "звонки весна"),
        ("Wave 1-2", "wave 1 2"),
        (wide("Spring"), "Spring"),
        ("John’s", "john's"),
        ("★ VIP", "★vip"),
        ("❤\ufe0f", "❤"),
        ("zero\u200bwidth", "Zerowidth"),
    ],
)
def test_case_spaces_hyphens_and_accents_do_not_count(one, other):
    assert spelling(one) == spelling(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Grade A+", "Grade A"),
        ("Offer 1.5", "Offer 15"),
        ("Wave 1-2", "Wave 12"),
        ("C#", "C"),
        ("की", "का"),  # vowel signs of Devanagari are marks, and letters
        ("がき", "かき"),
        ("กา", "กี"),
        ("★", "☆"),
        ("---", "--"),
        ("停止", "停"),
    ],
)
def test_what_makes_another_name_counts(one, other):
    assert spelling(one) != spelling(other)


@pytest.mark.parametrize("name", ["★", "---", "🔥🔥", "停止", "ЗВОНКИ", "हिन्दी", "!"])
def test_a_name_in_any_script_or_of_symbols_has_a_spelling(name):
    assert spelling(name)

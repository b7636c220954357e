"""When two names count as the same."""

import pytest

from bulk_sync.plan.spelling import spelling

from .building import wide

SAME = """Spring Outreach = spring-outreach; Spring Outreach =   SPRING   OUTREACH; Rückgewinnung = RUCKGEWINNUNG;
    Spring\u00a0Outreach = Spring_Outreach; Straße = STRASSE; Ωμέγα = ωμεγα; Звонки — весна = звонки весна;
    Wave 1-2 = wave 1 2; John\u2019s = john's; ★ VIP = ★vip; ❤\ufe0f = ❤; zero\u200bwidth = Zerowidth"""
ANOTHER = """Grade A+ = Grade A; Offer 1.5 = Offer 15; Wave 1-2 = Wave 12; C# = C; की = का; がき = かき; กา = กี; ★ = ☆;
    --- = --; 停止 = 停"""
"""Vowel signs of Devanagari are marks, and letters."""


def pairs(text):
    return [tuple(map(str.strip, pair.split("="))) for pair in text.split(";")]


@pytest.mark.parametrize(("one", "other"), [*pairs(SAME), (wide("Spring"), "Spring")])
def test_case_spaces_hyphens_and_accents_do_not_count(one, other):
    assert spelling(one) == spelling(other)


@pytest.mark.parametrize(("one", "other"), pairs(ANOTHER))
def test_what_makes_another_name_counts(one, other):
    assert spelling(one) != spelling(other)


@pytest.mark.parametrize("name", ["★", "---", "🔥🔥", "停止", "ЗВОНКИ", "हिन्दी", "!"])
def test_a_name_in_any_script_or_of_symbols_has_a_spelling(name):
    assert spelling(name)

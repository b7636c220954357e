# ruff: noqa: DTZ001  # the days of a spreadsheet have no time zone
from datetime import date, datetime, time, timedelta

import pytest

from bulk_sync.sources.cell_values import shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        (" 007 ", " 007 "),
        ("1.41556E+10", "1.41556E+10"),
        ("TRUE", "TRUE"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (4155552671.0, "4155552671"),
        (123456789012345.0, "123456789012345"),
        (-5.0, "-5"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1.5e20, "150000000000000000000"),
        (1234.5678, "1234.5678"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 9, 5), "2026-03-01 09:05"),
        (datetime(2026, 3, 1, 9, 5, 7), "2026-03-01 09:05:07"),
        (datetime(2026, 3, 1, 9, 4, 59, 999_900), "2026-03-01 09:05"),
        (datetime(2026, 3, 1, 23, 59, 59, 999_900), "2026-03-02"),
        (time(9, 5), "09:05"),
        (time(9, 4, 59, 999_900), "09:05"),
        (time(0, 0, 7), "00:00:07"),
        (timedelta(hours=30, minutes=5), "30:05"),
        (timedelta(seconds=-90), "-00:01:30"),
    ],
)
def test_a_value_is_shown_as_a_person_sees_it(value, text):
    assert shown(value) == text

"""Which patterns are read, and which are refused?"""

import pytest

from bulk_sync.plan.dialling.pattern import AtEnd, Digit, Fork, Mark, Matched, Unsupported, program


def test_a_pattern_becomes_steps():
    assert program("0(1[2-4])?$").steps == (
        Digit(0b1),
        Fork((2, 6)),
        Mark(0),
        Digit(0b10),
        Digit(0b11100),
        Mark(1),
        AtEnd(),
        Matched(),
    )


def test_alternatives_are_tried_in_their_order():
    assert program("1|2|3").steps == (
        Fork((1, 3)),
        Digit(0b10),
        Fork((7,)),
        Fork((4, 6)),
        Digit(0b100),
        Fork((7,)),
        Digit(0b1000),
        Matched(),
    )


def test_groups_are_counted():
    assert program(r"(?:0|90)(?:(1[245])(\d{2}))?").groups == 2


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=1)",
        "(?!1)2",
        "1*",
        "1+",
        "[^1]",
        "1.",
        "(1",
        "1)",
        "[1",
        "1{2",
        "a",
        "^1",
        r"\D",
        "(?P<a>1)",
        "[1-]",
        "1{,2}",
    ],
)
def test_what_is_not_known_here_is_refused(pattern):
    with pytest.raises(Unsupported):
        program(pattern)

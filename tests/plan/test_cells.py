import pandas as pd
import pytest

from bulk_sync.errors import Code
from bulk_sync.plan.column_parser import BLANK, ColumnParser
from bulk_sync.plan.rejection import Rejection, quoted, trimmed


def reading(text):
    return Rejection(Code.REJECTED, f"no {text}") if text.startswith("!") else text.upper()


@pytest.mark.parametrize(
    "text", ["x", " x ", "\tx\n", "\u00a0x\u00a0", "\ufeffx", "\u200bx\u200b", " \u200b x \u2060 ", "\u3000x"]
)
def test_what_nobody_sees_around_a_cell_is_not_part_of_it(text):
    assert trimmed(text) == "x"


@pytest.mark.parametrize("text", ["", " ", "\t", "\u00a0", "\u200b", "\ufeff", " \u200b \u2060 "])
def test_a_cell_of_what_nobody_sees_is_blank(text):
    cells = ColumnParser(reading)
    assert cells.numbers(pd.Series([text], dtype=str)).tolist() == [BLANK]


def test_values_count_up_from_zero_and_rejections_down_from_minus_two():
    cells = ColumnParser(reading)
    column = pd.Series(["a", "", "!x", "A ", "!y", "b", "!x"], dtype=str)
    assert cells.numbers(column).tolist() == [0, -1, -2, 0, -3, 1, -2]
    assert cells.values == ["A", "B"]
    assert cells.rejection(-2).why == "no !x"
    assert cells.rejection(-3).why == "no !y"


def test_numbers_mean_the_same_in_every_chunk():
    cells = ColumnParser(reading)
    assert cells.numbers(pd.Series(["a", "!x"], dtype=str)).tolist() == [0, -2]
    assert cells.numbers(pd.Series(["b", "!x", "a"], dtype=str)).tolist() == [1, -2, 0]
    assert cells.numbers(pd.Series([], dtype=str)).tolist() == []


def test_each_text_is_read_once():
    asked = []
    cells = ColumnParser(lambda text: asked.append(text) or text)
    for _ in range(3):
        cells.numbers(pd.Series(["a", "b", "a"], dtype=str))
    assert asked == ["a", "b"]


def test_texts_that_mean_the_same_share_a_number_and_the_first_spelling_stands():
    cells = ColumnParser(lambda text: text, same=str.casefold)
    assert cells.numbers(pd.Series(["Ab", "aB", "AB"], dtype=str)).tolist() == [0, 0, 0]
    assert cells.values == ["Ab"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("12", '"12"'),
        ("a\nb", '"a b"'),
        ("a\t  b", '"a b"'),
        ("x" * 40, f'"{"x" * 40}"'),
        ("x" * 41, f'"{"x" * 39}…"'),
        ("a\x1b[31m", '"a\ufffd[31m"'),
        ("a\0b", '"a\ufffdb"'),
        ("\udce9", '"\ufffd"'),
    ],
)
def test_a_cell_is_quoted_on_one_line_printable_and_cut(text, shown):
    assert quoted(text) == shown

"""A column as numbers, and cells as messages quote them."""

import pandas as pd
import pytest

from bulk_sync.errors import Code
from bulk_sync.plan.column_parser import BLANK, ColumnParser
from bulk_sync.plan.values import Rejection, quoted, trimmed


def upper(text):
    return Rejection(Code.REJECTED, f"no {text}") if text.startswith("!") else text.upper()


def numbers(parser, *texts):
    return parser.numbers(pd.Series(texts, dtype=str)).tolist()


AROUND = ["{}", " {} ", "\t{}\n", "\u00a0{}\u00a0", "\ufeff{}", "\u200b{}\u200b", " \u200b {} \u2060 ", "\u3000{}"]


@pytest.mark.parametrize("around", AROUND)
def test_what_nobody_sees_around_a_cell_is_not_part_of_it(around):
    assert trimmed(around.format("x")) == "x"
    assert numbers(ColumnParser(upper), around.format("")) == [BLANK]


def test_values_count_up_from_zero_and_rejections_down_from_minus_two_the_same_in_every_chunk():
    parser = ColumnParser(upper)
    assert numbers(parser, "a", "", "!x", "A ", "!y", "b", "!x") == [0, -1, -2, 0, -3, 1, -2]
    assert parser.values == ["A", "B"]
    assert [parser.rejection(number).why for number in (-2, -3)] == ["no !x", "no !y"]
    assert numbers(parser, "c", "!x", "a") == [2, -2, 0]
    assert numbers(parser) == []


def test_each_text_is_read_once():
    asked = []
    parser = ColumnParser(lambda text: asked.append(text) or text)
    for _ in range(3):
        numbers(parser, "a", "b", "a")
    assert asked == ["a", "b"]


def test_texts_that_mean_the_same_share_a_number_and_the_first_spelling_stands():
    parser = ColumnParser(lambda text: text, same=str.casefold)
    assert numbers(parser, "Ab", "aB", "AB") == [0, 0, 0]
    assert parser.values == ["Ab"]


SHOWN = {"12": '"12"', "a\nb": '"a b"', "a\t  b": '"a b"', "x" * 40: f'"{"x" * 40}"', "x" * 41: f'"{"x" * 39}…"'}
SHOWN |= {"a\x1b[31m": '"a\ufffd[31m"', "a\0b": '"a\ufffdb"', "\udce9": '"\ufffd"'}


@pytest.mark.parametrize("text", SHOWN)
def test_a_cell_is_quoted_on_one_line_printable_and_cut(text):
    assert quoted(text) == SHOWN[text]

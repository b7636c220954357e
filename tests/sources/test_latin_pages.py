# ruff: noqa: RUF001  # the letters that look like others are the point
import pytest

from bulk_sync.sources.latin_pages import latin_page


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("José", "cp1252"),
        ("¿Qué?", "cp1252"),
        ("O’Neil", "cp1252"),
        ("50 € – 3½ m²", "cp1252"),
        ("Simões", "cp1252"),
        ("Győző", "cp1250"),
        ("Łukasz Michał", "cp1250"),
        ("Jiří Dvořák", "cp1250"),
        ("Çağrı Güneş", "cp1254"),
        ("José", "mac-roman"),
        ("Müller", "cp850"),
    ],
)
def test_a_word_or_two_are_enough_to_tell_a_latin_page(text, page):
    assert latin_page([text.encode(page)]) == page


@pytest.mark.parametrize(
    ("text", "page"),
    [("田中", "cp932"), ("Иван", "cp1251"), ("张伟", "gb18030"), ("김철수", "cp949"), ("שרה", "cp1255")],
)
def test_words_of_other_scripts_are_in_no_latin_page(text, page):
    assert latin_page([text.encode(page)]) is None

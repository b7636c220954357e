import codecs

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources.encoding import given


@pytest.mark.parametrize(
    ("said", "meant"), [("latin1", "iso8859-1"), ("CP1252", "cp1252"), ("utf8", "utf-8"), (" UTF-16 ", "utf-16-le")]
)
def test_an_encoding_goes_by_any_of_its_names(file, said, meant):
    text = "phone\n1\n"
    assert given(file(text, encoding=meant), said).name == meant


@pytest.mark.parametrize("said", ["utf-8", "utf-8-sig"])
def test_the_byte_order_mark_is_no_part_of_the_first_header(file, said):
    assert given(file(codecs.BOM_UTF8 + b"phone\n"), said).bom == codecs.BOM_UTF8


def test_the_mark_tells_the_byte_order_of_utf_16(file):
    assert given(file(codecs.BOM_UTF16_BE + "phone".encode("utf-16-be")), "utf-16").name == "utf-16-be"


@pytest.mark.parametrize(
    "said", ["nope", "", "base64", "rot13", "idna", "punycode", "undefined", "unicode_escape", "\0"]
)
def test_what_is_no_encoding_of_files_is_refused_with_the_usual_ones(file, said):
    with pytest.raises(BadInput, match="utf-8, utf-16, cp1252"):
        given(file("phone\n"), said)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bytes_that_are_not_in_the_encoding_are_refused_with_their_row(file, end):
    data = f"phone{end}1{end}".encode() + "José".encode("cp1252") + end.encode()
    with pytest.raises(BadInput, match=r"a\.csv, row 3: .*utf-8"):
        given(file(data), "utf-8")


def test_a_file_cut_in_the_middle_of_a_character_is_refused(file):
    with pytest.raises(BadInput, match="row 2"):
        given(file("phone\né".encode()[:-1]), "utf-8")

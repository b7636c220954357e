import os

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources import open_table

from .whole import broken_in, known, rows_of


def test_a_plain_file_is_a_table_of_text(file):
    table = open_table(file("phone,status\r\n+14155552671,DNC\r\n007,NA\r\n1.41556E+10,null\r\n"))
    assert table.headers == ("phone", "status")
    assert table.has_header
    assert table.first_row == 2
    assert rows_of(table) == [["+14155552671", "DNC"], ["007", "NA"], ["1.41556E+10", "null"]]
    assert table.notes == ("UTF-8 text", "cells separated by commas")


def test_a_chunk_is_text_by_column_counted_from_0(file):
    chunks = list(open_table(file("a,b\n1,\n\n3,x\n")).chunks(2))
    assert [chunk.start for chunk in chunks] == [0, 2]
    for chunk in chunks:
        assert list(chunk.cells.columns) == [0, 1]
        assert {len(chunk.cells[column]) for column in (0, 1)} == {len(chunk.cells)}
        assert {type(cell) for record in chunk.cells.itertuples(index=False) for cell in record} == {str}
    assert rows_of(open_table(file("a,b\n1,\n\n3,x\n")), 2) == [["1", ""], ["", ""], ["3", "x"]]


def test_a_header_without_rows_is_a_table_of_no_rows(file):
    table = open_table(file("phone,status\n"))
    assert table.headers == ("phone", "status")
    assert list(table.chunks()) == []


@pytest.mark.parametrize("data", ["\n\n \n", "\ufeff", ",,\n", "sep=;\n"])
def test_a_file_of_nothing_but_blanks_is_refused(file, data):
    with pytest.raises(BadInput, match="nothing but blank lines"):
        open_table(file(data))


def test_blank_lines_before_the_header_count_as_rows_of_the_spreadsheet(file):
    table = open_table(file("\n\nphone\n1\n"))
    assert (table.headers, table.first_row) == (("phone",), 4)


def test_more_blank_lines_than_a_sample_do_not_hide_the_header(file):
    table = open_table(file("\n" * 500 + "phone,x\n1,2\n"))
    assert (table.headers, table.first_row) == (("phone", "x"), 502)


def test_the_hint_of_a_spreadsheet_is_no_row(file):
    table = open_table(file("sep=;\nphone;name\n1;Doe, John\n"))
    assert (table.headers, table.first_row) == (("phone", "name"), 2)
    assert rows_of(table) == [["1", "Doe, John"]]


def test_a_line_break_in_the_header_adds_no_row(file):
    assert open_table(file('phone,"the\nstatus"\n1,2\n')).first_row == 2


def test_without_a_header_columns_go_by_letters_and_the_first_line_is_a_row(file):
    table = open_table(file("+14155552671,DNC\n+14155552672\n"), looks_like_header=lambda cells: False)
    assert (table.headers, table.has_header, table.first_row) == (("A", "B"), False, 1)
    assert rows_of(table) == [["+14155552671", "DNC"], ["+14155552672", ""]]


def test_without_a_header_most_rows_say_how_many_columns_there_are(file):
    table = open_table(file("1\n2,x\n3,y\n4,z,\n"), looks_like_header=lambda cells: False, delimiter=",")
    assert table.headers == ("A", "B")


def test_a_title_above_the_header_is_passed_over(file):
    table = open_table(file("Contacts of May\n\nphone,status\n1,2\n"), recognises=known("phone", "status"))
    assert (table.headers, table.first_row) == (("phone", "status"), 4)
    assert rows_of(table) == [["1", "2"]]


def test_rows_that_are_too_short_are_filled_up_and_blank_overhang_is_no_trouble(file):
    table = open_table(file("a,b,c\n1\n2,x\n3,x,y, ,\n\n"))
    assert rows_of(table) == [["1", "", ""], ["2", "x", ""], ["3", "x", "y"], ["", "", ""]]
    assert broken_in(table) == {}


def test_a_row_with_too_many_cells_is_broken_and_says_how_many(file):
    table = open_table(file("a,b\n1,2\n1,Doe, John\n"))
    assert rows_of(table)[1] == ["1", "Doe"]
    assert list(broken_in(table)) == [1]
    assert "3 cells" in broken_in(table)[1]
    assert "2 headers" in broken_in(table)[1]


def test_broken_rows_are_numbered_within_their_chunk(file):
    chunks = list(open_table(file('a,b\n1,2\n1,2\n1,2,3\n1,"2\n')).chunks(2))
    assert [list(chunk.broken) for chunk in chunks] == [[], [0, 1]]


def test_duplicate_blank_and_odd_headers_stay_as_they_are(file):
    assert open_table(file('Phone, Teléfono ,,Phone,"a,b"\n')).headers == ("Phone", " Teléfono ", "", "Phone", "a,b")


def test_zero_bytes_survive_in_cells(file):
    table = open_table(file(b"phone,na\0me\n1,a\0b\n"))
    assert table.headers == ("phone", "na\0me")
    assert rows_of(table) == [["1", "a\0b"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_line(file, end):
    assert rows_of(open_table(file(end.join(["a,b", "1,2", "", "3,4"])))) == [["1", "2"], ["", ""], ["3", "4"]]


def test_separators_that_only_unicode_knows_end_no_line(file):
    assert rows_of(open_table(file("a,b\n1,x\u2028y\x0bz\x85\x1c\n"))) == [["1", "x\u2028y\x0bz\x85\x1c"]]


def test_one_column_takes_a_delimiter_that_its_cells_do_not_hold(file):
    assert open_table(file("name\nDoe, John\nRoe\n")).delimiter == "\t"
    assert open_table(file('name\n"Doe, John"\n')).delimiter == ","
    assert open_table(file("name\nDoe, John\n" + "x\n" * 500 + "a\tb\n")).delimiter == ";"
    assert open_table(file("name\nDoe\n", "a.tsv")).delimiter == "\t"
    assert rows_of(open_table(file("name\nDoe, John\n"))) == [["Doe, John"]]


def test_a_delimiter_said_by_hand_goes_before_the_hint_and_before_what_is_seen(file):
    table = open_table(file("sep=;\na,b;c\n1,2;3\n"), delimiter="comma")
    assert rows_of(table) == [["1", "2;3"]]


def test_headers_in_a_code_page_of_several_codes_are_read_before_they_are_judged(file):
    data = "電話,名前\n1,株式会社テスト\n2,田中太郎様です\n".encode("cp932") + b"3,\xfa\x5c\n"
    table = open_table(file(data), encoding="cp932", recognises=known("電話"))
    assert table.codec.opaque
    assert table.headers == ("電話", "名前")
    assert rows_of(table)[0] == ["1", "株式会社テスト"]


def test_a_file_that_changes_between_two_readings_is_refused(file):
    path = file("a,b\n1,2\n")
    table = open_table(path)
    rows_of(table)
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(BadInput, match=r"a\.csv changed while it was being read"):
        rows_of(table)


def test_a_file_that_changes_while_it_is_read_is_refused(file):
    path = file("a,b\n" + "1,2\n" * 10)
    chunks = open_table(path).chunks(2)
    next(chunks)
    os.utime(path, ns=(1, 1))
    with pytest.raises(BadInput, match="changed"):
        list(chunks)


def test_a_file_that_is_gone_is_refused(file):
    path = file("a,b\n1,2\n")
    table = open_table(path)
    path.unlink()
    with pytest.raises(BadInput, match="changed"):
        rows_of(table)


def test_the_widest_row_and_the_number_of_rows_are_known_with_and_without_a_reading(file):
    path = file("a,b\n1\n1,2,3,,\n\n")
    fresh, read = open_table(path), open_table(path)
    rows_of(read)
    assert (fresh.widest, fresh.row_count) == (read.widest, read.row_count) == (5, 3)

import codecs

import pandas as pd
import pytest

from bulk_sync.errors import BadInput
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.results import write_file
from bulk_sync.sources import open_table
from tests.sources.whole import OURS, known, outcomes, results, rows_of


def mirrored(file, data, name="a.csv", **opening):
    path = file(data, name)
    return results(path, path.with_name("out.csv"), opening=opening).read_bytes()


HEAD = b",sync_row,sync_result,sync_error"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_our_cells_stand_between_the_record_and_its_line_end(file, end):
    assert mirrored(file, b"a,b" + end + b"1,2" + end) == b"a,b" + HEAD + end + b"1,2,2,success," + end


def test_a_last_line_without_a_line_end_stays_without(file):
    assert mirrored(file, b"a\n1") == b"a" + HEAD + b"\n1,2,success,"


def test_mixed_line_ends_stay_mixed(file):
    assert mirrored(file, b"a\r\n1\n2\r3") == b"a" + HEAD + b"\r\n1,2,success,\n2,3,success,\r3,4,success,"


def test_quotes_blanks_and_line_breaks_in_cells_stay_as_they_are(file):
    data = b'"a" ,b\n "1","x\r\ny"\n\t1 ,"say ""hi"""\n'
    assert mirrored(file, data) == (b'"a" ,b' + HEAD + b'\n "1","x\r\ny",2,success,\n\t1 ,"say ""hi""",3,success,\n')


def test_short_and_blank_rows_are_filled_up_so_that_our_columns_line_up(file):
    assert mirrored(file, b"a,b,c\n1\n\n1,2\n") == (
        b"a,b,c" + HEAD + b"\n1,,,2,success,\n,,,3,success,\n1,2,,4,success,\n"
    )


def test_a_row_that_is_too_long_keeps_its_cells_and_widens_the_others(file):
    assert mirrored(file, b"a,b\n1,2\n1,Doe, John\n") == (
        b"a,b," + HEAD + b"\n1,2,,2,success,\n1,Doe, John,3,success,\n"
    )


def test_a_quote_that_is_never_closed_is_closed_so_that_the_rows_below_are_rows(file):
    out = mirrored(file, b'a,b\n1,"x\n2,y\n')
    assert out == b"a,b" + HEAD + b'\n1,"x",2,success,\n2,y,3,success,\n'


def test_a_byte_order_mark_stays_and_none_is_added(file):
    mark = codecs.BOM_UTF8
    assert mirrored(file, mark + b"a,b\n1,2\n") == mark + b"a,b" + HEAD + b"\n1,2,2,success,\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_stay(file, encoding):
    out = mirrored(file, "phone,naïve\r\n12345,x\r\n".encode(encoding))
    assert out == "phone,naïve,sync_row,sync_result,sync_error\r\n12345,x,2,success,\r\n".encode(encoding)


def test_bytes_that_are_no_text_stay(file):
    data = "ñandú,b\n".encode() + b"1,\xff\xe9\n" + "más y más,ñ\n".encode()
    assert mirrored(file, data) == (
        "ñandú,b".encode() + HEAD + b"\n1,\xff\xe9,2,success,\n" + "más y más,ñ,3,success,\n".encode()
    )


def test_what_the_encoding_cannot_hold_becomes_a_question_mark_in_our_cells_only(file):
    path = file("phone,name\n1,José Núñez\n".encode("cp1252"))
    out = results(path, path.with_name("o.csv"), sync_error="José 张 \udcff")
    assert out.read_bytes().splitlines()[1] == "1,José Núñez,2,success,José ? ?".encode("cp1252")


def test_a_code_page_of_several_codes_stays_byte_for_byte(file):
    row = "株式会社".encode("cp932") + b"\xed\x40,\xfa\x5c"
    path = file("電話,名前\n".encode("cp932") + row + b"\n")
    out = results(path, path.with_name("o.csv"), opening={"encoding": "cp932"}, sync_error="電話")
    assert out.read_bytes().splitlines()[1] == row + b",2,success," + "電話".encode("cp932")


def test_the_hint_and_the_rows_above_the_header_stay_as_they_are(file):
    data = b"sep=;\r\nContacts, May\r\n\r\nphone;status\r\n1;2\r\n"
    out = mirrored(file, data, recognises=known("phone", "status"))
    assert out == data.replace(b"status", b"status;sync_row;sync_result;sync_error").replace(b"1;2", b"1;2;4;success;")


def test_a_file_without_a_header_gets_one_and_its_rows_keep_their_numbers(file):
    out = mirrored(file, b"1,x\r\n2,y,z\r\n", looks_like_header=lambda cells: False)
    assert out == b"A,B,C" + HEAD + b"\r\n1,x,,1,success,\r\n2,y,z,2,success,\r\n"


def test_the_columns_of_an_earlier_run_are_replaced_and_never_doubled(file):
    data = b'SYNC_ROW,a,"sync_result" ,"b",Sync_Error\r\n9,"1",old,2,"x,\ny"\r\n8,3\r\n'
    assert mirrored(file, data) == b'a,"b"' + HEAD + b'\r\n"1",2,2,success,\r\n3,,3,success,\r\n'


def test_results_of_results_are_the_same_results(file):
    path = file(b'a,b\n1,"x\n\n2,y,z\n3\n')
    once = results(path, path.with_name("1.csv"))
    assert results(once, path.with_name("2.csv")).read_bytes() == once.read_bytes()


def test_a_row_that_may_have_shifted_keeps_all_its_cells(file):
    out = mirrored(file, b"a,sync_row,b\n1,9,x\n1,2,3,4\n")
    assert out == b"a,b,," + HEAD + b"\n1,x,,,2,success,\n1,2,3,4,3,success,\n"


def test_our_cells_are_quoted_where_the_delimiter_asks_for_it(file):
    path = file("a;b\n1;2\n")
    out = results(path, path.with_name("o.csv"), sync_error='a;b "c"\nd, e')
    assert out.read_text().splitlines(keepends=True)[1:] == ['1;2;2;success;"a;b ""c""\n', 'd, e"\n']


def test_our_cells_are_never_run_as_formulas_and_those_of_the_file_are_not_touched(file):
    path = file("a,b\n=1+1,@x\n")
    out = results(path, path.with_name("o.csv"), sync_result="+14155552671", sync_error="=cmd|' /C calc'!A0")
    assert out.read_text().splitlines()[1] == "=1+1,@x,2,+14155552671,'=cmd|' /C calc'!A0"


def test_zero_bytes_in_cells_survive(file):
    assert mirrored(file, b"a,b\n1,x\0y\n") == b"a,b" + HEAD + b"\n1,x\0y,2,success,\n"


def test_one_column_with_commas_stays_one_column(file):
    path = file("name\nDoe, John\nRoe\n")
    out = results(path, path.with_name("o.csv"))
    table = open_table(out, recognises=known("name"))
    assert table.headers == ("name", *OURS)
    assert [row[:2] for row in rows_of(table)] == [["Doe, John", "2"], ["Roe", "3"]]


def test_a_table_without_rows_gets_our_headers(file):
    assert mirrored(file, b"phone,status\n") == b"phone,status" + HEAD + b"\n"


def test_results_may_take_the_place_of_the_input(file):
    path = file("a\n1\n")
    results(path, path)
    assert path.read_text() == "a,sync_row,sync_result,sync_error\n1,2,success,\n"


def test_chunks_of_any_size_give_the_same_results(file):
    path = file('a,b\n1,"x\n2,y\n\n3,z,\n' * 50)
    whole = results(path, path.with_name("1.csv")).read_bytes()
    assert results(path, path.with_name("2.csv"), size=7).read_bytes() == whole


@pytest.mark.parametrize("change", [-1, 1])
def test_outcomes_that_do_not_fit_the_rows_write_nothing(file, change):
    path = file("a\n1\n2\n")
    table, out = open_table(path), path.with_name("o.csv")
    frame = pd.DataFrame({name: ["x"] * (2 + change) for name in OURS})
    with pytest.raises(ValueError, match="rows"):
        write_file(table, out, [frame], sync_columns=OURS)
    assert not out.exists()


def test_an_input_that_changed_meanwhile_writes_nothing(file):
    path = file("a\n1\n2\n")
    table, out = open_table(path), path.with_name("o.csv")
    frames = list(outcomes(table))
    path.write_text("a\n1\n2\n3\n")
    with pytest.raises(BadInput, match="changed"):
        write_file(table, out, frames, sync_columns=OURS)
    assert [entry.name for entry in path.parent.iterdir()] == ["a.csv"]


def test_a_file_that_holds_only_our_columns_keeps_no_blank_one(file):
    path = file(",".join(SYNC_COLUMNS) + "\n" + "x," * (len(SYNC_COLUMNS) - 1) + "x\n")
    table, out = open_table(path), path.with_name("o.csv")
    frames = [pd.DataFrame({name: ["y"] for name in SYNC_COLUMNS})]
    write_file(table, out, frames, sync_columns=SYNC_COLUMNS)
    assert out.read_text() == ",".join(SYNC_COLUMNS) + "\n" + ",".join(["y"] * len(SYNC_COLUMNS)) + "\n"

import pandas as pd
import pytest

from bulk_sync.results.writers import write_file
from bulk_sync.sources import open_table
from bulk_sync.sources.header import STILL_SHIFTED, EarlierRun

from .whole import broken_in, results, rows_of

COLUMNS = ("sync_row", "sync_result", "sync_code")


def run(path, out):
    """Results that call the broken rows unreadable, and the others updated."""
    table = open_table(path, delimiter="," if path.suffix == ".csv" else None)
    broken = broken_in(table)
    codes = ["unreadable_row" if at in broken else "updated" for at in range(len(rows_of(table)))]
    worked = ["success" if code == "updated" else "error" for code in codes]
    rows = [str(at) for at in range(len(codes))]
    frame = pd.DataFrame({"sync_row": rows, "sync_result": worked, "sync_code": codes})
    write_file(table, out, [frame], sync_columns=COLUMNS)
    return out


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_row_that_was_too_wide_is_still_unreadable_in_the_results(file, suffix):
    path = file("phone,name,status\n+14155552671,Doe, John,DNC\n+14155552672,Roe,DNC\n")
    once = run(path, path.with_name("once" + suffix))
    assert broken_in(open_table(once)) == {0: STILL_SHIFTED}
    twice = run(once, path.with_name("twice" + suffix))
    assert broken_in(open_table(twice)) == {0: STILL_SHIFTED}


def test_a_row_whose_cells_were_moved_is_in_order(file):
    data = "phone,name,status,,sync_row,sync_code\n1,Doe John,DNC,,2,unreadable_row\n2,Roe,DNC,a note,3,updated\n"
    assert broken_in(open_table(file(data))) == {}


@pytest.mark.parametrize("headers", [["phone", "", "x"], ["phone", "", "sync_row"]])
def test_without_codes_there_was_no_earlier_run(headers):
    assert EarlierRun.of(headers) == EarlierRun()


@pytest.mark.parametrize("headers", [["phone", "sync_code"], ["", "a", "sync_code"]])
def test_other_blank_headers_mean_nothing(headers):
    columns = {at: [f"cell {at}"] for at in range(len(headers) - 1)} | {len(headers) - 1: ["unreadable_row"]}
    assert EarlierRun.of(headers).still_broken(pd.DataFrame(columns)) == {}


def test_an_ordinary_file_with_a_column_that_has_no_header_is_in_order(file):
    path = file("phone,,\n1,a note,\n")
    assert broken_in(open_table(path)) == {}
    assert broken_in(open_table(results(path, path.with_name("out.csv")))) == {}

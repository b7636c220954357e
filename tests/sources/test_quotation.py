import csv

from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.sources.quotation import split

RAW = st.text(alphabet='ab,"; ', max_size=30)


@given(RAW)
def test_the_pieces_joined_are_the_raw_text(raw):
    assert ",".join(split(raw, ",").pieces) == raw


@given(RAW)
def test_the_cells_are_those_that_a_lenient_csv_reader_finds(raw):
    assert split(raw, ",").cells == (next(csv.reader([raw])) or [""])


@given(RAW)
def test_unclosed_means_that_a_reader_would_go_on_into_the_next_line(raw):
    reader = csv.reader([raw + "\n", "x"])
    next(reader)
    assert split(raw, ",").unclosed == (reader.line_num == 2)


@given(RAW)
def test_a_quotation_mark_closes_what_is_unclosed(raw):
    found = split(raw, ",")
    if found.unclosed:
        closed = split(raw + '"', ",")
        assert not closed.unclosed
        assert closed.cells == found.cells

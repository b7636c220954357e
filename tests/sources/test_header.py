from dataclasses import replace

from bulk_sync.sources.header import Header, Judge, find_header

from .whole import known

ANY = Judge()
FIELDS = known("phone", "status")


def test_a_title_above_the_header_is_not_the_header():
    rows = [["Contacts, exported today"], [], ["phone", "status"], ["1", "x"]]
    assert find_header(rows, FIELDS) == Header(2, present=True)
    assert find_header([["Status"], ["phone", "status"]], FIELDS) == Header(1, present=True)


def test_one_known_word_in_a_row_of_data_does_not_make_it_a_header():
    assert find_header([["number"], ["phone", "x"]], FIELDS) == Header(0, present=True)


def test_a_header_that_is_known_is_not_given_up_for_one_below_the_first_row_of_data():
    data = replace(FIELDS, looks_like_header=lambda row: not row[0].isdigit())
    assert find_header([["phone", "other"], ["1", "x"], ["phone", "status"]], data) == Header(0, present=True)


def test_a_row_that_names_more_than_a_name_and_its_value_above_it_is_the_header():
    assert find_header([["phone", "other"], ["phone", "status"]], FIELDS) == Header(1, present=True)


def test_the_row_that_holds_what_was_named_by_hand_is_the_header():
    by_hand = replace(FIELDS, named=lambda row: row.count("who"))
    assert find_header([["phone", "status"], ["x"], ["who", "what"]], by_hand) == Header(2, present=True)


def test_the_header_of_results_is_known_by_what_a_run_added():
    assert find_header([["Title"], ["a", "sync_result"], ["b", "success"]], ANY) == Header(1, present=True)


def test_a_remark_is_no_header_but_a_header_may_begin_with_its_sign():
    assert find_header([["# my list"], ["who"], ["1"]], ANY) == Header(1, present=True)
    assert find_header([["#", "phone", "status"], ["1", "2", "3"]], FIELDS) == Header(0, present=True)

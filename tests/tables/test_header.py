from bulk_sync.tables.header import Header, Judge, find_header, lettered

from .whole import known

ANY = Judge(lambda _: True, lambda _: 0)
FIELDS = Judge(lambda _: True, known("phone", "status"))


def test_the_first_row_that_is_not_blank_is_the_header():
    assert find_header([[], [" ", ""], ["phone"], ["1"]], ANY) == Header(2, present=True)


def test_a_row_that_does_not_look_like_one_is_no_header():
    assert find_header([[], ["+14155552671"]], Judge(lambda _: False, lambda _: 0)) == Header(1, present=False)


def test_a_title_above_the_header_is_not_the_header():
    rows = [["Contacts, exported today"], [], ["phone", "status"], ["1", "x"]]
    assert find_header(rows, FIELDS) == Header(2, present=True)
    assert find_header([["Status"], ["phone", "status"]], FIELDS) == Header(1, present=True)


def test_one_known_word_in_a_row_of_data_does_not_make_it_a_header():
    assert find_header([["number"], ["phone", "x"]], FIELDS) == Header(0, present=True)


def test_a_header_that_is_known_is_not_given_up_for_a_later_one():
    assert find_header([["phone", "other"], ["phone", "status"]], FIELDS) == Header(0, present=True)


def test_rows_that_are_all_blank_have_no_header():
    assert find_header([[], [" "]], ANY) is None


def test_a_file_without_headers_has_the_letters_of_a_spreadsheet():
    assert lettered(28)[-3:] == ("Z", "AA", "AB")

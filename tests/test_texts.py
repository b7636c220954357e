import numpy as np

from bulk_sync.texts import Few, Grid, Numbers


def test_a_column_of_few_texts_reads_like_a_list_of_them():
    column = Few(("", "yes"), np.array([1, 0, 1]))
    assert list(column) == ["yes", "", "yes"]
    assert len(column) == 3
    assert column[1] == ""
    assert list(column[1:]) == ["", "yes"]


def test_a_column_of_numbers_reads_like_a_list_of_texts_and_0_is_blank():
    column = Numbers(np.array([14155552671, 0, 7]), "+")
    assert list(column) == ["+14155552671", "", "+7"]
    assert (column[0], column[1], len(column)) == ("+14155552671", "", 3)
    assert list(column[1:]) == ["", "+7"]
    assert list(Numbers(np.array([2, 3]))) == ["2", "3"]


def test_a_grid_gives_its_columns_its_records_and_its_rows_between_two_positions():
    grid = Grid({"a": ["1", "2", "3"], "b": Few(("x", "y"), np.array([0, 1, 1]))}, 3)
    assert len(grid) == 3
    assert grid["a"] == ["1", "2", "3"]
    assert list(grid.records()) == [("1", "x"), ("2", "y"), ("3", "y")]
    part = grid.between(1, 10)
    assert (len(part), list(part.records())) == (2, [("2", "y"), ("3", "y")])


def test_a_grid_without_columns_still_has_rows():
    assert len(Grid({}, 4).between(1, 3)) == 2

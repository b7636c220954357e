import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources.dialect import detect_delimiter, given_delimiter, hinted_delimiter
from bulk_sync.sources.header import Judge

from .whole import known

ANY = Judge(lambda _: True, lambda _: ())
FIELDS = Judge(lambda _: True, known("phone", "status", "name"))


def detected(text, judge=ANY, *, tabs=False):
    return detect_delimiter(text.splitlines(keepends=True), judge, tabs_expected=tabs)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_plain_file_is_found(delimiter):
    assert detected("a,b,c\n1,2,3\n4,5,6\n".replace(",", delimiter)) == delimiter


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("phone;price\n1;2,5\n3;4,5\n", ";"),
        ("1,5;2,5\n3,5;4,5\n", ";"),
        ("phone;name\n1;Doe, John\n2;Roe, Jane\n3;Poe\n", ";"),
        ("phone\tname\n1\tDoe, John\n2\tRoe, Jane\n", "\t"),
        ("phone|note\n1|a, b; c\n2|d, e; f\n", "|"),
        ('phone,note\n1,"a; b"\n2,"c; d"\n', ","),
        ('phone,note\n1,"a;\nb"\n2,"c;\nd"\n', ","),
        ("phone,note\n1,a; b\n2,c; d\n3,e\n", ","),
        ("phone,status,name\n1\n2,x\n3,x,y\n4,x,y,z\n", ","),
    ],
)
def test_decimal_commas_and_commas_in_names_do_not_fool_it(text, delimiter):
    assert detected(text) == delimiter


def test_headers_that_are_known_are_the_strongest_evidence():
    text = "phone,status,name;nick\n1;2,x,y;z\n3;4,x,y;z\n"
    assert detected(text, FIELDS) == ","


def test_a_title_above_the_header_does_not_count():
    assert detected("Export; of, today\n\nphone,status\n1,2\n3,4\n", FIELDS) == ","


@pytest.mark.parametrize("text", ["phone\n1\n2\n", "name\nDoe, John\nRoe\n", "", "\n\n"])
def test_one_column_has_no_delimiter(text):
    assert detected(text) is None


def test_among_equals_the_suffix_decides():
    assert detected("a,b\tc\n1,2\t3\n", tabs=True) == "\t"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("tab", "\t"),
        ("\\t", "\t"),
        ("\t", "\t"),
        ("Comma", ","),
        ("semicolon", ";"),
        ("pipe", "|"),
        ("^", "^"),
        (" ", " "),
    ],
)
def test_a_delimiter_goes_by_its_name_or_itself(said, meant):
    assert given_delimiter(said) == meant


@pytest.mark.parametrize("said", ["", ",,", '"', "\n", "\r", "\0", "nothing"])
def test_what_cannot_separate_cells_is_refused(said):
    with pytest.raises(BadInput, match="comma, semicolon, tab, pipe"):
        given_delimiter(said)


@pytest.mark.parametrize(("line", "delimiter"), [("sep=;\r\n", ";"), ("SEP=,\n", ","), ("sep=\t", "\t")])
def test_the_hint_of_a_spreadsheet_names_the_delimiter(line, delimiter):
    assert hinted_delimiter(line) == delimiter


@pytest.mark.parametrize("line", ["sep=\n", "separator\n", "sep=;,\n", "sep=;x\n", ""])
def test_other_first_lines_are_no_hint(line):
    assert hinted_delimiter(line) is None

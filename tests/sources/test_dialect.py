import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources.dialect import detect_delimiter, given_delimiter, hinted_delimiter
from bulk_sync.sources.header import Judge

from .whole import known

ANY = Judge()
FIELDS = known("phone", "status", "name")


def detected(text, judge=ANY, *, tabs=False):
    return detect_delimiter(text.splitlines(keepends=True), judge, tabs_expected=tabs)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        *(("a,b,c\n1,2,3\n4,5,6\n".replace(",", delimiter), delimiter) for delimiter in ",;\t|"),
        ("phone;price\n1;2,5\n3;4,5\n", ";"),
        ("1,5;2,5\n3,5;4,5\n", ";"),
        ("phone;name\n1;Doe, John\n2;Roe, Jane\n3;Poe\n", ";"),
        ("phone\tname\n1\tDoe, John\n2\tRoe, Jane\n", "\t"),
        ("phone|note\n1|a, b; c\n2|d, e; f\n", "|"),
        ('phone,note\n1,"a; b"\n2,"c; d"\n', ","),
        ('phone,note\n1,"a;\nb"\n2,"c;\nd"\n', ","),
        ("phone,note\n1,a; b\n2,c; d\n3,e\n", ","),
        ("phone,status,name\n1\n2,x\n3,x,y\n4,x,y,z\n", ","),
        *((text, None) for text in ("phone\n1\n2\n", "name\nDoe, John\nRoe\n", "", "\n\n")),
    ],
)
def test_decimal_commas_and_commas_in_names_do_not_fool_it(text, delimiter):
    assert detected(text) == delimiter


def test_headers_that_are_known_are_the_strongest_evidence_and_the_suffix_the_last():
    assert detected("phone,status,name;nick\n1;2,x,y;z\n3;4,x,y;z\n", FIELDS) == ","
    assert detected("Export; of, today\n\nphone,status\n1,2\n3,4\n", FIELDS) == ","
    assert detected("a,b\tc\n1,2\t3\n", tabs=True) == "\t"


SAID = {"tab": "\t", "\\t": "\t", "\t": "\t", "Comma": ",", "semicolon": ";", "pipe": "|", "^": "^", " ": " "}


@pytest.mark.parametrize(("said", "meant"), SAID.items())
def test_a_delimiter_goes_by_its_name_or_itself(said, meant):
    assert given_delimiter(said) == meant


@pytest.mark.parametrize("said", ["", ",,", '"', "\n", "\r", "\0", "nothing"])
def test_what_cannot_separate_cells_is_refused(said):
    with pytest.raises(BadInput, match="comma, semicolon, tab, pipe"):
        given_delimiter(said)


HINTS = {"sep=;\r\n": ";", "SEP=,\n": ",", "sep=\t": "\t"}
NO_HINTS = dict.fromkeys(["sep=\n", "separator\n", "sep=;,\n", "sep=;x\n", ""])


@pytest.mark.parametrize(("line", "delimiter"), (HINTS | NO_HINTS).items())
def test_the_hint_of_a_spreadsheet_names_the_delimiter(line, delimiter):
    assert hinted_delimiter(line) == delimiter

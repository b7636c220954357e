"""How does the empty sheet look? Read back by two other libraries, and as the XML that it is."""

import re
import zipfile

import pytest
import python_calamine

from bulk_sync.errors import BadInput
from bulk_sync.results.template import EXAMPLE_PHONE, Words, check_template, write_template

STATUSES = ["active", "paused", "DNC", 'it\'s, "odd"', "=HYPERLINK(1)"]
CAMPAIGNS = [f"Campaign {number}, a long name to pass 255 characters together" for number in range(40)] + [
    "2024",
    "1-2",
]


@pytest.fixture
def template(tmp_path):
    out = tmp_path / "template.xlsx"
    write_template(out, Words(STATUSES, CAMPAIGNS, ["How to."], [("active", "goes on"), ("-", "")]))
    return out


def xml(path, part):
    with zipfile.ZipFile(path) as archive:
        return archive.read(part).decode()


def test_the_first_sheet_is_the_one_to_fill_in(template):
    book = python_calamine.CalamineWorkbook.from_path(template)
    assert book.sheet_names == ["Contacts", "Lists", "How to fill this in"]
    rows = book.get_sheet_by_index(0).to_python()
    assert rows == [["Phone", "Status", "Campaign", "Country"], [EXAMPLE_PHONE, "paused", CAMPAIGNS[0], "US"]]


def test_the_words_of_the_lists_are_text_whatever_they_begin_with(template):
    rows = python_calamine.CalamineWorkbook.from_path(template).get_sheet_by_name("Lists").to_python()
    assert [row[0] for row in rows[1:6]] == STATUSES
    assert [row[1] for row in rows[1:]] == CAMPAIGNS
    assert "<f>" not in xml(template, "xl/worksheets/sheet2.xml")


def test_the_drop_downs_cover_the_whole_columns_and_every_word(template):
    rules = re.findall(r"<dataValidation .*?</dataValidation>", xml(template, "xl/worksheets/sheet1.xml"))
    found = {re.search(r'sqref="(.*?)"', rule)[1]: re.search(r"<formula1>(.*?)</formula1>", rule)[1] for rule in rules}
    assert found == {"B2:B1048576": "Lists!$B$2:$B$6", "C2:C1048576": "Lists!$C$2:$C$43"}
    assert all('type="list"' in rule and 'errorStyle="warning"' in rule for rule in rules)
    assert all(len(text) < 256 for rule in rules for text in re.findall(r'error(?:Title)?="(.*?)"', rule))


def test_every_column_to_fill_in_is_text_in_cells_that_do_not_exist_yet(template):
    styles = xml(template, "xl/styles.xml")
    formats = re.findall(r'<xf [^>]*numFmtId="(\d+)"', re.search(r"<cellXfs.*?</cellXfs>", styles, re.DOTALL)[0])
    columns = re.findall(r"<col [^>]*>", xml(template, "xl/worksheets/sheet1.xml"))
    assert len(columns) == 4
    for column in columns:
        assert formats[int(re.search(r'style="(\d+)"', column)[1])] == "49"  # the built-in number of "@"


@pytest.mark.parametrize(
    ("name", "says"),
    [("a.csv", ".xlsx"), ("folder.xlsx", "not a file"), ("there.xlsx", "--force"), ("no/a.xlsx", "folder")],
)
def test_where_a_template_cannot_go(name, says, tmp_path):
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "there.xlsx").write_text("mine")
    with pytest.raises(BadInput, match=says):
        check_template(tmp_path / name, force=False)


def test_a_disk_that_refuses_it_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xlsxwriter.workbook.Workbook._store_workbook", full)
    with pytest.raises(BadInput, match="No space left"):
        write_template(tmp_path / "t.xlsx", Words(["paused"], [], [], []))
    assert list(tmp_path.iterdir()) == []

import gzip
import zipfile

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources.input_file import InputFile
from bulk_sync.sources.sniff import Kind, kind_of


def kind(path):
    """What kind of file is there?"""
    return kind_of(InputFile.at(path))


REFUSED = [
    (b"%PDF-1.7\n", "PDF"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
    (b"GIF89a", "image"),
    (gzip.compress(b"phone\n1\n", mtime=0), "compressed"),
    (b"7z\xbc\xaf\x27\x1c\0\x04", "archive"),
    (b"Rar!\x1a\x07\0", "archive"),
    (b"SQLite format 3\0", "database"),
    (b"PAR1\x15\x04", "data file"),
    (b"{\\rtf1\\ansi", "text document"),
    (b"\x7fELF\x02\x01", "program"),
    (b"<html><table><tr><td>phone</td></tr></table></html>", "web page"),
    (b"\xef\xbb\xbf<!DOCTYPE html>\n<html>", "web page"),
    ("<html><body>".encode("utf-16"), "web page"),
    (b"<table>\n<tr>", "web page"),
    (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn">', "XML spreadsheet"),
    (b'<?xml version="1.0"?><contacts><c/></contacts>', "XML file"),
    (b'{"contacts": []}', "JSON"),
    (b'[{"phone": "1"}]', "JSON"),
    (b'  [\n  {\n "phone": 1}]', "JSON"),
    (b"BEGIN:VCARD\r\nVERSION:2.1\r\nTEL;CELL:+14155552671\r\nEND:VCARD\r\n", "vCard"),
    (b"\x09\x08\x06\0\0\0\x10\0", "Excel 4"),
    (bytes(range(256)) * 8, "not a text file"),
]


@pytest.mark.parametrize(("data", "said"), REFUSED)
def test_what_is_no_spreadsheet_is_named_and_refused(file, data, said):
    with pytest.raises(BadInput, match=rf"^a\.csv is .*{said}.*\.$"):
        kind(file(data))


@pytest.mark.parametrize(
    "data",
    [
        b"phone\n1\n",
        b"<phone>,x\n1,2\n",
        b"[phone],status\n1,2\n",
        b"{x},y\n",
        b"a\0b,c\n",
        b"BM,x\n1,2\n",
        b"II,x\n",
        b'"a""b"\n',
    ],
)
def test_text_is_text_however_it_begins(file, data):
    assert kind(file(data, "a.xlsx")) is Kind.TEXT


def test_an_empty_file_is_refused(file):
    with pytest.raises(BadInput, match=r"a\.csv is empty"):
        kind(file(b""))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"no file .*nowhere\.csv"):
        kind(tmp_path / "nowhere.csv")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(BadInput, match="is a folder"):
        kind(tmp_path)


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        kind(tmp_path / ("x" * 5000))
    with pytest.raises(BadInput, match="cannot be read"):
        kind(tmp_path / "a\0b")


def test_a_file_that_the_system_will_not_open_is_refused(file, monkeypatch):
    path = file("phone\n")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(BadInput, match="may not be read"):
        kind(path)


def zipped(path, **parts):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return path


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("word__document.xml", "Word document"),
        ("ppt__presentation.xml", "presentation"),
        ("Index__Document.iwa", "Apple Numbers"),
        ("contacts.csv", "ZIP archive"),
        ("xl__styles.xml", "damaged workbook"),
    ],
)
def test_a_zip_that_is_no_workbook_is_named_and_refused(tmp_path, part, said):
    with pytest.raises(BadInput, match=said):
        kind(zipped(tmp_path / "a.xlsx", **{part: "x"}))


def test_a_workbook_is_known_by_what_is_inside_and_not_by_its_name(tmp_path):
    assert kind(zipped(tmp_path / "a.csv", **{"xl__workbook.xml": "x"})) is Kind.XLSX
    assert kind(zipped(tmp_path / "b.csv", **{"xl__workbook.bin": "x"})) is Kind.XLSB
    ods = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
    assert kind(zipped(tmp_path / "c.csv", **ods)) is Kind.ODS


def test_a_zip_that_was_cut_short_is_refused(file):
    with pytest.raises(BadInput, match="damaged or was cut short"):
        kind(file(b"PK\x03\x04" + b"x" * 100))


def test_an_ods_with_a_password_is_refused(tmp_path):
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF__manifest.xml": "<encryption-data/>",
    }
    with pytest.raises(BadInput, match="password"):
        kind(zipped(tmp_path / "a.ods", **parts))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(("name", "said"), [("EncryptedPackage", "password"), ("WordDocument", "not a spreadsheet")])
def test_an_old_office_file_that_cannot_be_read_is_refused(file, name, said):
    with pytest.raises(BadInput, match=said):
        kind(file(OLE + b"\0" * 600 + name.encode("utf-16-le")))

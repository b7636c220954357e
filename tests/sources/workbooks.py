"""Real workbooks for the tests."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import openpyxl

if TYPE_CHECKING:
    from pathlib import Path


def xlsx(path: Path, rows: list[list], *, sheet: str = "Contacts", empty_first: bool = False) -> Path:
    """A workbook whose text cells are text, whatever they start with."""
    book = openpyxl.Workbook()
    book.active.title = "Empty" if empty_first else sheet
    target = book.create_sheet(sheet) if empty_first else book.active
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                cell = target.cell(at, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"
    book.save(path)
    return path


_NAMES = " ".join(
    f'xmlns:{short}="urn:{name}"'
    for short, name in {
        "office": "oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }.items()
)


def ods(path: Path, tables: str) -> Path:
    """A sheet as LibreOffice writes it, from the XML of its tables."""
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<?xml version="1.0"?>{manifest}')
        archive.writestr(
            "content.xml", f'<?xml version="1.0"?><office:document-content {_NAMES}>{body}</office:document-content>'
        )
    return path


def ods_cell(text: str, kind: str = "string", **attributes: str) -> str:
    about = "".join(f' {name.replace("__", ":").replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<table:table-cell office:value-type="{kind}"{about}><text:p>{text}</text:p></table:table-cell>'

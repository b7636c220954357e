"""XLSB workbooks made record by record ([MS-XLSB] 2.1.4), and XLS ones whose compound document is spoiled."""

import struct

from tests.workbook_parts import links, packed

_BLANK, _SHORT_NUMBER, _ERROR, _BOOL, _REAL, _TEXT, _SHARED, _SHORT_TEXT = 1, 2, 3, 4, 5, 6, 7, 17


def _record(number, data=b""):
    kind = bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80, number >> 7])
    length = len(data)
    size = b""
    while True:
        length, low = length >> 7, length & 0x7F
        size += bytes([low | (0x80 if length else 0)])
        if not length:
            return kind + size + data


def _wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le", "surrogatepass")


def row_of(number, *, hidden=False):
    """The record that begins a row."""
    return _record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0x10 if hidden else 0, 0, 0))


def cell(column, value, style=0):
    """The record of a cell: None for a blank one, bytes for an error's code, a whole number for a short one's bits."""
    match value:
        case None:
            kind, data = _BLANK, b""
        case bytes():
            kind, data = _ERROR, value
        case bool():
            kind, data = _BOOL, bytes([value])
        case str():
            kind, data = _TEXT, _wide(value)
        case int():
            kind, data = _SHORT_NUMBER, struct.pack("<I", value)
        case _:
            kind, data = _REAL, struct.pack("<d", value)
    return _record(kind, struct.pack("<II", column, style) + data)


def short_cell(text):
    """The record of a text in the column behind the last cell, as SheetJS writes it."""
    return _record(_SHORT_TEXT, struct.pack("<I", 0) + _wide(text))


def shared(column, number):
    """The record of a cell with the shared text of this number."""
    return _record(_SHARED, struct.pack("<III", column, 0, number))


def rows_of(rows, hidden=()):
    """The records of some rows, from the first on."""
    return b"".join(
        row_of(at, hidden=at in hidden) + b"".join(cell(column, value) for column, value in enumerate(row))
        for at, row in enumerate(rows)
    )


def xlsb(path, records, *, state=0, texts=None, formats=None, merges=(), from_1904=False):
    """A workbook of one sheet, "Contacts"; `records` are those of its rows, `texts` those that its cells share.

    `formats` are the number formats of its styles, behind the general one.
    """
    targets = [("rId1", "worksheet", "worksheets/sheet1.bin")]
    targets += [("rId2", "sharedStrings", "sharedStrings.bin")] if texts is not None else []
    sheet = _record(156, struct.pack("<II", state, 1) + _wide("rId1") + _wide("Contacts"))
    book = _record(153, struct.pack("<III", from_1904, 0, 0))
    merged = b"".join(_record(176, struct.pack("<4I", *merge)) for merge in merges)
    extent = _record(0x94, struct.pack("<4I", 0, 0, 0, 0))
    rows = [records] if isinstance(records, bytes) else records
    found = {
        "_rels/.rels": links(("rId1", "officeDocument", "xl/workbook.bin")),
        "xl/workbook.bin": _record(0x83) + book + _record(0x8F) + sheet + _record(0x90) + _record(0x84),
        "xl/_rels/workbook.bin.rels": links(*targets),
        "xl/worksheets/sheet1.bin": [
            _record(0x81) + extent + _record(0x91),
            *rows,
            _record(0x92) + merged + _record(0x82),
        ],
    }
    if texts is not None:
        items = b"".join(_record(19, b"\0" + _wide(text)) for text in texts)
        found["xl/sharedStrings.bin"] = _record(159, struct.pack("<II", len(texts), len(texts))) + items + _record(160)
    if formats is not None:
        codes = [_record(44, struct.pack("<H", 164 + at) + _wide(code)) for at, code in enumerate(formats)]
        styles = [_record(47, struct.pack("<HH12x", 0, at)) for at in (0, *range(164, 164 + len(formats)))]
        inherited = _record(626) + _record(47, struct.pack("<HH12x", 0xFFFF, 14)) + _record(627)
        found["xl/styles.bin"] = b"".join([*codes, inherited, _record(617), *styles, _record(618)])
    return packed(path, found)


_NONE, _END, _TABLE = -1, -2, -3


def _entry(name, kind, *, left=_NONE, right=_NONE, child=_NONE, start=_END, size=0):
    text = (name + "\0").encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB3i", len(text), kind, 1, left, right, child)
    return head + bytes(36) + struct.pack("<iII", start, size, 0)


def compound(path, entries, short=(_END,)):
    """A compound document ([MS-CFB]) of these entries under its root; `short` says which short sector follows which."""
    root = _entry("Root Entry", 5, child=1, start=2, size=64 * len(short))
    directory = b"".join([root, *entries]).ljust(-(-(len(entries) + 1) // 4) * 512, b"\0")
    sectors = len(directory) // 512
    table = [_TABLE, _END, _END, *range(4, 3 + sectors), _END]  # the table, short ones' table, short ones, directory
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<8i", 1, 3, 0, 4096, 1, 1, _END, 0) + struct.pack("<109i", 0, *[_NONE] * 108)
    pages = [struct.pack(f"<{len(page)}i", *page).ljust(512, b"\xff") for page in (table, short)]
    path.write_bytes(header + b"".join(pages) + bytes(512) + directory)
    return path


def chain_without_end(path):
    """An XLS file whose records stand in a short sector that is followed by itself."""
    return compound(path, [_entry("Workbook", 2, start=0, size=64)], short=[0])


def tangled_names(path):
    """An XLS file in which each of 40 names stands twice in the tree, under the one before it."""
    names = [_entry(f"name{at}", 2, left=at + 1, right=at + 1) for at in range(1, 40)]
    return compound(path, [*names, _entry("Workbook", 2)])

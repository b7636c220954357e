"""Workbooks made part by part, as no library writes them: with other names and spellings, and those made to harm."""

import zipfile

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    LINK: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
"""What the namespaces are in a Strict Open XML Spreadsheet."""

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def text_cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def rows_xml(rows):
    """Rows of texts and numbers, with their places."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for column, value in enumerate(row):
            place = f"{chr(65 + column)}{number}"
            cells.append(text_cell(place, value) if isinstance(value, str) else f'<c r="{place}"><v>{value}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return "".join(lines)


def links(*targets):
    """A part of relationships: (ID, kind, target)."""
    found = "".join(
        f'<Relationship Id="{name}" Type="{LINK}/{kind}" Target="{target}"/>' for name, kind, target in targets
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'


def parts(sheet, *, strings=None, styles=None, state="visible"):
    """The parts of a workbook of one sheet, "Contacts", whose rows are the XML `sheet`."""
    more = [("rId2", "sharedStrings", "sharedStrings.xml")] if strings is not None else []
    more += [("rId3", "styles", "styles.xml")] if styles is not None else []
    kinds = {"/xl/workbook.xml": "sheet.main+xml", "/xl/worksheets/sheet1.xml": "worksheet+xml"}
    kinds |= {"/xl/sharedStrings.xml": "sharedStrings+xml"} if strings is not None else {}
    kinds |= {"/xl/styles.xml": "styles+xml"} if styles is not None else {}
    overrides = "".join(f'<Override PartName="{name}" ContentType="{_TYPE}.{kind}"/>' for name, kind in kinds.items())
    found = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/>{overrides}</Types>',
        "_rels/.rels": links(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}"><sheets><sheet name="Contacts" sheetId="1" '
        f'state="{state}" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": links(("rId1", "worksheet", "worksheets/sheet1.xml"), *more),
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>'
        f"{sheet}</sheetData></worksheet>",
    }
    if strings is not None:
        found["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    if styles is not None:
        found["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    return found


def packed(path, found, compression=zipfile.ZIP_DEFLATED):
    """A package of parts: texts, bytes, or a sequence of them."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in found.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in [data] if isinstance(data, str | bytes) else data:
                    part.write(piece.encode() if isinstance(piece, str) else piece)
    return path

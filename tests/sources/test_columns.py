"""Which column holds which field: by hand, by its header, by what it holds; two equally good ones are refused."""

import re
import shlex

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.sources.columns import choose, described, find, is_ours, known_headers, looks_like_header, summary

SPRING = "d290f1ee-6c54-4b01-90e6-d701748f0851"
IDS = [f"7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a{number:02d}" for number in range(10)]
PHONES = [f"415555{number:04d}" for number in range(10)]
PAUSED = ["paused"] * 10

LOOKS = {
    "phone": lambda cell: cell.strip().lstrip("+").isdigit() and len(cell.strip()) >= 10,
    "status": lambda cell: cell.strip().lower() in {"paused", "active", "dnc"},
    "uuid": lambda cell: len(cell.strip()) == 36 and cell.count("-") == 4,
    "code": lambda cell: cell.strip().lstrip("+0") in {"1", "34", "44", "49", "55", "61"},
    "country": lambda cell: cell.strip().upper() in {"US", "GB", "DE", "ES", "GERMANY"},
}


def chosen(headers, *columns, **by_hand):
    """The fields found, as {field: header}; `columns` are the cells below the headers, none by default."""
    found = columns_of(headers, *columns, **by_hand)
    return {field: found.headers[at] for field, at in found.fields.items()}


def columns_of(headers, *columns, **by_hand):
    """The columns found."""
    names = headers.split(",") if isinstance(headers, str) else list(headers)
    sample = [list(cells) for cells in columns] or [["x"]] * len(names)
    return choose(names, sample, {name.replace("__", "."): column for name, column in by_hand.items()}, LOOKS)


@pytest.mark.parametrize(
    ("headers", "by_hand", "fields"),
    [
        ("Phone,Status", {}, "phone=Phone status=Status"),
        ("Name,Mobile,Notes,Outcome", {}, "phone=Mobile status=Outcome name=Name"),
        ("teléfono,ESTADO,campaña", {}, "phone=teléfono status=ESTADO campaign=campaña"),
        ("Telefonnummer,Status,Land", {}, "phone=Telefonnummer status=Status country=Land"),
        ("ContactID,TZ,Phone,var.plan", {}, "id=ContactID timezone=TZ phone=Phone var.plan=var.plan"),
        ("phone,campaign,campaign_id", {}, "phone=phone campaign=campaign_id"),
        ("ID,ContactID,Status", {}, "id=ContactID status=Status"),
        ("phone,status,sync_phone,sync_row", {}, "phone=phone status=status"),
        ("id,name", {}, "id=id name=name"),
        ("phone,customVariables.email", {}, "phone=phone var.email=customVariables.email"),
        ("phone,status,name,full name,tz,time zone", {}, "phone=phone status=status"),
        ("Phone,Mobile,Outcome", {"phone": "Mobile"}, "phone=Mobile status=Outcome"),
        ("Phone,Status,Outcome", {"status": "Outcome"}, "phone=Phone status=Outcome"),
        ("Phone,Name,Status", {"campaign": "Status", "status": ""}, "phone=Phone campaign=Status name=Name"),
        ("id,phone,status", {"id": ""}, "phone=phone status=status"),
        ("phone,status,Mail", {"var__email": "Mail"}, "phone=phone status=status var.email=Mail"),
        ("Whatever,status,sync_phone", {"phone": "sync_phone"}, "phone=sync_phone status=status"),
        ("phone,A,status", {"status": "A"}, "phone=phone status=A"),
        ("Tel,Tel,Status", {"phone": "B"}, "phone=Tel status=Status"),
    ],
)
def test_columns_are_found_by_their_headers_and_by_hand(headers, by_hand, fields):
    assert chosen(headers, **by_hand) == dict(pair.split("=") for pair in fields.split(" "))


@pytest.mark.parametrize(
    ("headers", "option"),
    [
        ("Phone,Mobile,Status", "--map phone=Phone"),
        ("phone,Phone,status", "--map phone=A"),
        ("Mobile Phone,Phone,Status", '--map "phone=Mobile Phone"'),
        ("phone,Status,Outcome", "--map status="),
        ("phone,Campaign ID,campaign_id", "--map campaign="),
        ("phone,Campaign,Campaign Name", "--map campaign="),
        ("phone,status,Country,Land", "--map country="),
        ("id,Name,Full name", "--map name="),
        ("phone,status,var.email,customVariables.email", "--map var.email="),
        ("id,contact id,Contact-ID,status", "--map id="),
    ],
)
def test_two_equally_good_columns_are_refused_with_both_and_the_map_that_settles_it(headers, option):
    with pytest.raises(BadInput) as refused:
        chosen(headers)
    said = str(refused.value)
    assert option in said or option.replace("--map ", '--map "') in said
    assert said.count("column ") == 2
    field, _, column = shlex.split(re.search(r'--map ("[^"]*"|\S+)', said)[1].rstrip(".,;"))[0].partition("=")
    assert field in chosen(headers, **{field.replace(".", "__"): column})


def test_a_blank_column_is_no_rival_unless_it_is_filled_further_down():
    fields = {"phone": "Mobile", "status": "Status"}
    assert chosen("Phone,Mobile,Status", ["", " "], PHONES[:2], ["paused"] * 2) == fields
    assert chosen("Phone,Phone 2,Status", [""], [PHONES[0]], ["paused"])["phone"] == "Phone 2"
    assert chosen("Phone,Mobile", [""], [""]) == {"phone": "Phone"}
    with pytest.raises(BadInput, match="--map phone=Phone"):
        choose(["Phone", "Mobile"], [[""], [PHONES[0]]], {}, LOOKS, lambda at: False)


@pytest.mark.parametrize(
    ("headers", "by_hand", "said"),
    [
        *(
            ("Mobile,Status", by_hand, ['"Mobile" (column A), "Status" (column B)', *by_hand.values()])
            for by_hand in ({"phone": "Nobody"}, {"phone": "Z"}, {"phone": "AAA"}, {"status": "?"})
        ),
        ("Tel,Tel,Status", {"phone": "Tel"}, ["--map phone=A"]),
        ("Mobile,Status", {"telephone": "Mobile"}, ["telephone"]),
        *(
            (headers, {}, ["--map phone=COLUMN"])
            for headers in ("Name,Notes", "Status,Notes", "sync_row,sync_phone", "")
        ),
        (",".join(f"c{number}" for number in range(50)), {}, ["and 30 more"]),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_what_there_is(headers, by_hand, said):
    with pytest.raises(BadInput) as refused:
        chosen(headers, **by_hand)
    assert all(words in str(refused.value) for words in said)


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("country code", ["44", "+49", "0034"], "code"),
        ("Country", ["44", "49", "34"], "code"),
        ("country code", ["GB", "DE", "ES"], "country"),
        ("phone_code", ["GB", "DE", "ES"], "country"),
        ("phone_code", ["44", "49", ""], "code"),
        ("prefix", ["44", "49", "34"], "code"),
        ("prefix", ["Mr", "Ms", "Dr"], None),
        ("Vorwahl", ["+44", "0049", "+34"], "code"),
        ("ISO country code", ["44", "49", "34"], "country"),
        ("country code", ["", "", ""], "country"),
        ("dial code", ["red", "blue", "green"], None),
    ],
)
def test_what_a_column_of_codes_holds_decides_what_it_is(header, cells, field):
    found = choose(["Phone", header], [PHONES[:3], cells], {}, LOOKS).fields
    assert found == ({"phone": 0} if field is None else {"phone": 0, field: 1})


def test_area_codes_beside_numbers_that_lack_them_are_refused_and_the_advice_settles_it():
    headers, columns = ["Area code", "Phone"], [["415", "212"], ["5552671", "5552672"]]
    with pytest.raises(BadInput, match="--map phone=Phone"):
        choose(headers, columns, {}, LOOKS)
    whole, words = [["415", "212"], ["+1 (415) 5552671", "2125552672"]], [["Bay", "NY"], columns[1]]
    for cells, by_hand in ((columns, {"phone": "Phone"}), (whole, {}), (words, {})):
        assert choose(headers, cells, by_hand, LOOKS).fields == {"phone": 1}


@pytest.mark.parametrize(
    ("headers", "columns", "fields"),
    [
        (
            ",number,Column3,Unnamed: 3",
            (["Anna", "Bo"], PHONES[:2], ["paused", "DNC"], [SPRING] * 2),
            {"phone": "number", "status": "Column3", "campaign": "Unnamed: 3"},
        ),
        ("phone,what,owner_id,fax", (PHONES, PAUSED, [SPRING] * 10, PHONES[::-1]), {"phone": "phone"}),
        ("A,B,C", (PHONES, PAUSED, ["note"] * 10), {"phone": "A", "status": "B"}),
        ("A,B", (IDS, ["active"] * 10), {"id": "A", "status": "B"}),
        ("A,B,C", (IDS, [SPRING] * 10, ["active"] * 10), {"id": "A", "campaign": "B", "status": "C"}),
        ("F1,F2,F3", (["paused"] * 4, IDS[:4], [SPRING] * 4), {"status": "F1", "id": "F2", "campaign": "F3"}),
        ("number,status", (["", PHONES[0], " ", ""], ["paused"] * 4), {"phone": "number", "status": "status"}),
        ("number,status", (PHONES[:8] + ["?"] * 2, PAUSED), {"phone": "number", "status": "status"}),
        (
            "phone,country,status",
            (PHONES, PHONES, PAUSED),
            {"phone": "phone", "country": "country", "status": "status"},
        ),
        ("phone,status,Order number", (PHONES, PAUSED, IDS), {"phone": "phone", "status": "status"}),
        ("id,fax,status", (IDS, PHONES, PAUSED), {"id": "id", "status": "status"}),
        ("Phone,Notes", ([], []), {"phone": "Phone"}),
    ],
)
def test_what_headers_do_not_say_the_cells_do(headers, columns, fields):
    assert chosen(headers, *columns) == fields


@pytest.mark.parametrize(
    ("headers", "columns", "option"),
    [
        ("who,what,owner_id,fax", (["Anna"] * 10, PAUSED, [SPRING] * 10, PHONES), "--map phone=fax"),
        ("number,status", (PHONES[:7] + ["?"] * 3, PAUSED), "--map phone=COLUMN"),
        ("status,sync_phone", (PAUSED, PHONES), "--map phone=COLUMN"),
        *(
            ("Column1,Column2,status", (PHONES, other, PAUSED), "--map phone=Column1")
            for other in (PHONES[::-1], PHONES[:3] + ["?"] * 7, PHONES[:1])
        ),
    ],
)
def test_what_cells_do_not_say_either_is_refused(headers, columns, option):
    with pytest.raises(BadInput, match=option):
        chosen(headers, *columns)


@pytest.mark.parametrize("header", ["Phone,Status,Name", '"Name";"Tel\u00e9fono"', "Status\tContact ID"])
def test_a_column_that_holds_whole_rows_is_said_to(header):
    with pytest.raises(BadInput, match=r"\(column A\) holds whole rows .*Text to Columns"):
        chosen([header, "", ""], *[["x"]] * 3)


ROWS = {
    True: ["Phone|Status", "Nobody|Knows", "Teléfono|x", "phone|DNC", "|", "Anna|Smith"],
    False: [
        *("4155552671|DNC", "Anna|DNC", "4155552671|DNC|mobile", "4155552671|active|cell", "Name|4155552671"),
        *(f"{IDS[0]}|Land", "|paused"),
    ],
}


@pytest.mark.parametrize(("row", "is_header"), [(row, known) for known, rows in ROWS.items() for row in rows])
def test_a_first_row_is_told_from_headers(row, is_header):
    assert looks_like_header(row.split("|"), LOOKS) is is_header


def test_the_line_about_columns_says_what_was_taken_why_and_what_was_left_alone():
    headers = ["who", "Mobile", "Column3", "Full Name", "B2", "Alt Phone"]
    sample = [["x"], [PHONES[0]], ["paused"], ["Anna"], [SPRING], [PHONES[1]]]
    assert summary(headers, choose(headers, sample, {"campaign": "E"}, LOOKS)) == (
        'Columns: campaign from "B2" (column E) as --map says, phone from "Mobile" (column B), '
        'status from "Column3" (column C) going by what it holds. '
        'Not sent: "Full Name" (column D). To send it, add --map "name=Full Name". '
        'Phone numbers that are not used: "Alt Phone" (column F).'
    )


@pytest.mark.parametrize(
    ("headers", "by_hand", "said", "unsaid"),
    [
        ("phone", {}, "--map status=COLUMN", "Not sent"),
        ("phone,notes", {}, "--map status=COLUMN", "Not sent"),
        ("phone,name,timezone", {}, "--map status=COLUMN", "as --map says"),
        ("phone,status", {}, 'status from "status"', "--map"),
        ("id,Name,status", {}, 'name from "Name"', "Not sent"),
        ("phone,Name,status", {"name": "Name"}, 'name from "Name" (column B) as --map says', "Not sent"),
    ],
)
def test_the_line_about_columns_asks_for_what_is_missing(headers, by_hand, said, unsaid):
    found = columns_of(headers, **by_hand)
    line = summary(found.headers, found)
    assert (said in line, unsaid in line) == (True, False)


def test_a_column_is_named_as_a_person_would_look_for_it():
    found = [described(headers, at) for headers, at in ((["Mobile"], 0), (["A"], 0), ([" "], 0), (["x"] * 30, 27))]
    assert found == ['"Mobile" (column A)', "column A", "column A", '"x" (column AB)']
    assert (find(["a", "Phone"], "phone", "phone"), find(["a", "Phone"], " ", "phone")) == (1, None)
    assert known_headers(["Phone", "Outcome", "Notes", "", "var.x"]) == {"phone", "status", "var.x"}
    assert all(is_ours(name) and is_ours(f" {name.upper()} ") for name in SYNC_COLUMNS)
    assert not is_ours("sync") and not is_ours("phone")

"""Which column holds the number to dial, and which do not?

By their headers; under a header that says nothing, by what they hold; and where two would do, the person says which.
"""

import pytest

from .preview import DATA

ANNA, BEN, CARA = "+14155552671", "+14155552672", "+14155552673"
UUIDS = [f"6ba7b810-9dad-11d1-80b4-00c04fd430c{number}" for number in range(4)]


def sheet(head, *rows, delimiter=","):
    return "".join(delimiter.join(row) + "\n" for row in (head, *rows))


# ---------------------------------------- a header that means something is believed


def test_the_ids_of_owners_are_no_campaigns(previews):
    seen = previews(DATA / "14-owner-uuid-as-campaign.csv")
    assert seen.code == 0
    assert len(seen.sends) == 8
    assert "campaign" not in seen.said.split("Columns:")[1].split(".")[0]


@pytest.mark.parametrize(
    "header",
    ["owner_id", "Agent ID", "account", "Order", "Vendedor", "Angelegt von", "responsable", "lead_source", "Segment"],
)
def test_a_column_of_shared_ids_moves_nobody_under_a_header_of_its_own(previews, header):
    seen = previews(sheet(["phone", "status", header], *([ANNA[:-1] + str(n), "DNC", UUIDS[n % 2]] for n in range(8))))
    assert seen.codes == ["updated"] * 8
    assert "campaign from" not in seen.said


@pytest.mark.parametrize("header", ["Fax", "Agent", "Assistant's Phone", "Referred by", "Filiale", "Emergency contact"])
def test_numbers_of_somebody_else_are_never_dialled(previews, header):
    seen = previews(sheet([header, "Status"], [ANNA, "active"], [BEN, "active"]))
    assert seen.code == 2
    assert f"--map phone={header}" in seen.said or f'--map "phone={header}"' in seen.said


@pytest.mark.parametrize(
    "header", ["", "A", "Column1", "Unnamed: 0", "Spalte 1", "Columna1", "Field1", "numbers", "F1"]
)
def test_under_a_header_that_says_nothing_what_the_column_holds_decides(previews, header):
    seen = previews(sheet([header, "Status", "Notes"], [ANNA, "DNC", "x"], [BEN, "paused", "y"]))
    assert seen.sends == {"2": ANNA, "3": BEN}
    assert "going by what it holds" in seen.said


def test_a_column_that_the_header_names_is_preferred_to_one_that_reads_better(previews):
    seen = previews(sheet(["Phone", "Column2", "Status"], ["n/a", ANNA, "DNC"], ["n/a", BEN, "DNC"]))
    assert seen.sends == {}
    assert set(seen.codes) == {"invalid_phone"}


# ---------------------------------------- two equally good columns: a question


def test_two_columns_of_an_address_book_are_a_question_and_the_answer_settles_it(previews):
    seen = previews(DATA / "26-google-contacts-second-phone.csv")
    assert seen.code == 2
    assert '"Phone 1 - Value" (column C)' in seen.said
    assert '"Phone 2 - Value" (column E)' in seen.said
    assert seen.advised() == ["--map", "phone=Phone 1 - Value"]
    settled = previews(DATA / "26-google-contacts-second-phone.csv", *seen.advised())
    assert settled.sends == {"2": ANNA}
    assert settled.codes[1] != "updated"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mobile Phone", "Home Phone"),
        ("Business Phone", "Home Phone"),
        ("Phone 1", "Phone 2"),
        ("phone1", "phone2"),
        ("Phone", "Mobile"),
        ("Cell", "WhatsApp"),
        ("Teléfono móvil", "Teléfono de casa"),
        ("Teléfono 1", "Teléfono 2"),
        ("Celular", "Telefone residencial"),
        ("Téléphone (domicile)", "Téléphone (bureau)"),
        ("Tél. 1", "Tél. 2"),
        ("Telefon privat", "Telefon geschäftlich"),
        ("Handy", "Festnetz"),
        ("Cellulare", "Telefono ufficio"),
        ("Mobiel", "Telefoon thuis"),
        ("Column1", "Column2"),
        ("", "Field2"),
    ],
)
def test_two_equally_good_columns_are_a_question_whatever_share_of_them_reads(previews, one, other):
    file = sheet([one, other, "Status"], *([ANNA if n < 1 else "see note", BEN, "DNC"] for n in range(3)))
    seen = previews(file)
    assert seen.code == 2
    assert "column A" in seen.said
    assert "column B" in seen.said
    assert previews(file, *seen.advised()).sends == {"2": ANNA}, "the others are its duplicates, or cannot be read"


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_a_blank_column_is_no_rival(previews, blank):
    head = ["First Name", "Home Phone", "Business Phone", "Mobile Phone", "Status"]
    seen = previews(sheet(head, ["Ann", blank, blank, ANNA, "DNC"], ["Bo", blank, blank, BEN, "paused"]))
    assert seen.sends == {"2": ANNA, "3": BEN}


def test_a_column_is_blank_only_if_it_is_so_to_its_end(previews):
    rows = [[ANNA, "", "DNC"]] * 1_500 + [["", BEN, "DNC"]]
    assert previews(sheet(["Mobile Phone", "Home Phone", "Status"], *rows)).code == 2


def test_a_second_number_gives_way_and_that_is_said(previews):
    seen = previews(sheet(["Phone", "Phone 2", "Status"], [ANNA, BEN, "DNC"]))
    assert seen.sends == {"2": ANNA}
    assert 'Phone numbers that are not used: "Phone 2" (column B).' in seen.said


@pytest.mark.parametrize(
    "header", ["Do Not Call", "DNC", "DoNotCall", "Opted out", "No llamar", "Is DNC?", "OptOut_date"]
)
def test_a_column_that_may_say_who_must_not_be_called_is_named_where_it_is_not_used(previews, header):
    seen = previews(sheet(["Phone", "Status", header], [ANNA, "active", "TRUE"]))
    assert f'Not used: "{header}" (column C). If it says who must not be called, write DNC' in seen.said
    assert "Not used" not in previews(sheet(["Phone", header], [ANNA, "DNC"]), "--map", f"status={header}").said


@pytest.mark.parametrize("header", ["Mailing Country", "Business Country/Region", "BillingCountry", "Kraj"])
def test_a_column_that_may_be_the_country_of_the_numbers_is_named_where_it_is_not_used(previews, header):
    file = sheet(["Phone", "Status", header], ["20 7946 0958", "DNC", "UK"])
    said = previews(file).said
    assert f'Not used: "{header}" (column C). If it is the country of the numbers, add --map' in said
    used = previews(file, "--map", f"country={header}")
    assert used.sends == {"2": "+442079460958"}
    assert "Not used" not in used.said + previews(file, "--map", "country=").said


# ---------------------------------------- columns that hold part of a number


CODES = {
    ("44", "49", "1"): ["phone_code", "Country Code", "dial code", "prefijo", "Ländervorwahl", "ISD", "País", "cc"],
    ("+44", "+49", "+1"): ["country_code", "Calling code", "Prefix", "indicatif", "DDI", "Country"],
    ("0044", "0049", "001"): ["Código de país", "Prefisso internazionale", "phone_code", "Country", "cc"],
}


@pytest.mark.parametrize(("codes", "header"), [(codes, header) for codes in CODES for header in CODES[codes]])
def test_a_column_of_calling_codes_is_one_and_that_is_said(previews, header, codes):
    numbers = ("2079460958", "3012345678", "4155552671")
    rows = [[code, number, "DNC"] for code, number in zip(codes, numbers, strict=True)]
    seen = previews(sheet([header, "Phone", "Status"], *rows))
    assert f'code from "{header}" (column A)' in seen.said


@pytest.mark.parametrize("header", ["Country Code", "Código de país", "Ländercode", "phone_code", "Dial code"])
def test_a_column_of_iso_codes_is_a_country_whatever_it_is_called(previews, header):
    seen = previews(sheet([header, "Phone", "Status"], ["GB", "2079460958", "DNC"], ["DE", "030 12345678", "DNC"]))
    assert f'country from "{header}" (column A)' in seen.said
    assert seen.sends == {"2": "+442079460958", "3": "+493012345678"}


@pytest.mark.parametrize("header", ["Vorwahl", "Prefisso"])
def test_what_most_people_call_an_area_code_is_a_calling_code_only_where_it_is_written_as_one(previews, header):
    seen = previews(sheet([header, "Phone", "Status"], ["+44", "2079460958", "DNC"], ["0049", "3012345678", "DNC"]))
    assert f'code from "{header}" (column A)' in seen.said
    seen = previews(sheet([header, "Phone", "Status"], ["231", "4567890", "DNC"]), "--region", "DE")
    assert seen.code == 2
    assert "area codes" in seen.said


@pytest.mark.parametrize("header", ["Country Code", "Prefix", "phone_code"])
def test_an_area_code_is_no_calling_code_of_the_same_figures(previews, header):
    seen = previews(sheet([header, "Phone", "Status"], ["020", "76543210", "DNC"]), "--region", "GB")
    assert "+2076543210" not in seen.sends.values()


def test_a_prefix_of_names_is_no_code(previews):
    seen = previews(sheet(["Prefix", "Phone", "Status"], ["Mr", ANNA, "DNC"], ["Ms", BEN, "DNC"]))
    assert seen.sends == {"2": ANNA, "3": BEN}
    assert "code from" not in seen.said
    assert "country from" not in seen.said


def test_the_person_may_name_the_column_of_codes(previews):
    seen = previews(sheet(["x", "Phone", "Status"], ["44", "2079460958", "DNC"]), "--map", "code=x")
    assert 'code from "x" (column A) as --map says' in seen.said


@pytest.mark.parametrize("header", ["Area code", "DDD", "Vorwahl", "Lada", "Prefijo", "Indicatif régional"])
def test_numbers_that_lack_their_area_codes_are_not_dialled(previews, header):
    rows = [["030", "6530123", "DNC"], ["0171", "30123456", "active"]]
    seen = previews(sheet([header, "Phone", "Status"], *rows), "--region", "DE")
    assert seen.code == 2
    assert "area code" in seen.said
    assert previews(sheet([header, "Phone", "Status"], *rows), "--region", "DE", *seen.advised()).code != 2


# ---------------------------------------- countries


def test_a_country_is_found_by_its_header_in_spanish(previews):
    seen = previews(DATA / "18-country-not-needed.csv")
    assert 'country from "País" (column C)' in seen.said
    assert seen.sends["4"] == "+14155552672"


# ---------------------------------------- headers among the rows


def test_rows_under_headers_of_other_columns_are_not_sent(previews):
    rows = [[ANNA, BEN, "DNC"], ["Agent phone", "Phone", "Status"], [BEN, CARA, "active"], ["", "", ""]]
    again = [["Phone", "Agent phone", "Status"], [CARA, BEN, "paused"]]
    seen = previews(sheet(["Phone", "Agent phone", "Status"], *rows, *again))
    assert seen.codes == ["updated", "unreadable_row", "unreadable_row", "blank", "invalid_phone", "updated"]
    assert seen.sends == {"2": ANNA, "7": CARA}
    assert "headers stand again in row 3" in seen.rows[2]["sync_error"]


def test_headers_of_other_columns_hold_for_all_rows_below_them(previews):
    many = [[f"+1415555{number:04d}", "active"] for number in range(2_600, 2_640)] * 1_500
    seen = previews(sheet(["Phone", "Status"], [ANNA, "DNC"], ["Fax", "Status"], *many))
    assert seen.sends == {"2": ANNA}


@pytest.mark.parametrize(
    "again", [["Phone", "Status", "Name"], ["PHONE ", "status", "Agent"], ["Mobile number", "Disposition", ""]]
)
def test_the_same_headers_again_change_nothing(previews, again):
    seen = previews(sheet(["Phone", "Status", "Name"], [ANNA, "DNC", "Anna"], again, [BEN, "paused", "Ben"]))
    assert seen.sends == {"2": ANNA, "4": BEN}


def test_a_legend_and_headers_with_a_gap_keep_nobody_below_them_from_being_sent(previews):
    rows = [
        [ANNA, "DNC", "US"],
        ["", "Status", "Count"],
        [BEN, "DNC", "US"],
        ["Phone", "Status", ""],
        [CARA, "DNC", "US"],
    ]
    seen = previews(sheet(["Phone", "Status", "Country"], *rows))
    assert seen.sends == {"2": ANNA, "4": BEN, "6": CARA}


def test_a_status_that_nobody_knows_is_no_header(previews):
    seen = previews(sheet(["Phone", "Status"], ["n/a", "Status unknown"], [ANNA, "DNC"]))
    assert seen.sends == {"3": ANNA}


def test_a_file_without_headers_has_no_letters_for_headers(previews):
    seen = previews(f"n/a,B\n{ANNA},DNC\n{BEN},paused\n{CARA},paused\n+14155552674,paused\n+14155552675,paused\n")
    assert len(seen.sends) == 5

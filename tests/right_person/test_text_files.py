"""Which rows does a text file hold, whatever stands above, between and in them?"""

import pytest

from .preview import DATA, rows_of

pytestmark = pytest.mark.trial

ANNA, BEN, CARA = "+14155552671", "+14155552672", "+14155552673"
ROWS = f"{ANNA},DNC\n{BEN},paused\n"

# ---------------------------------------------------------------------------------------- lines above the header


def test_lines_of_a_name_and_a_value_above_the_header_are_skipped_and_said(previews):
    file = DATA / "20-key-value-preface.csv"
    seen = previews(file)
    assert seen.code == 0
    assert seen.sends == {"5": ANNA, "6": BEN}
    assert "header in row 4 (2 rows above it skipped)" in seen.said
    assert seen.text.splitlines()[:3] == file.read_text().splitlines()[:3], "they stay where and as they were"
    by_hand = previews(file, "--map", "phone=Phone")
    assert by_hand.sends == seen.sends


PREFACES = {
    "a title": "Contacts of May\n",
    "a title and a blank line": "Contacts of May\n\n",
    "a title in quotation marks, with a comma": '"Report, exported by ""Al"""\n',
    "a title of two lines": '"Report\nof May"\n',
    "a title and delimiters": "Report,,,\n,,,\n",
    "names and values": "Campaign,Spring\nDate,2026-05-01\nAgent,Al\n",
    "a name of ours and a value": "Status,all\nCountry,US\n",
    "the number of a contact's list": "Contact ID,4711\n",
    "the number of the support": "Support,+1 800 555 0199\nPhone,+1 415 555 0100\n",
    "another language": "Kampagne,Frühling\nErstellt am,01.05.2026\n\n",
    "many lines": "".join(f"Note {n},value {n}\n" for n in range(40)),
    "remarks": "# exported by crm 4.2\n# 2 rows\n",
    "a remark with delimiters": "# a, b and c\n#,,\n",
}


HEADS = [(",", "Phone,Status"), (";", "Teléfono,Estado"), ("\t", "Rufnummer,Status"), (";", "Tél.,Statut")]


@pytest.mark.parametrize("preface", PREFACES)
@pytest.mark.parametrize("turn", [0, 1])
def test_whatever_stands_above_the_header_is_skipped(previews, preface, turn):
    delimiter, head = HEADS[(list(PREFACES).index(preface) + turn * 2) % 4 if turn else 0]
    preface = PREFACES[preface]
    preface = preface if '"' in preface or "#" in preface else preface.replace(",", delimiter)
    text = preface + (head + "\n" + ROWS).replace(",", delimiter)
    seen = previews(text)
    above = len(preface.splitlines()) - ("\n" in preface.rstrip("\n") and '"' in preface)
    assert seen.sends == {str(above + 2): ANNA, str(above + 3): BEN}
    assert seen.text.startswith(preface)
    assert seen.text.count("\n") == text.count("\n"), "as many rows as there were"
    assert f"header in row {above + 1} (" in seen.said


@pytest.mark.parametrize("by_hand", ["phone=Rufnr_1", "phone=rufnr 1"])
def test_the_header_is_the_row_that_holds_what_was_named_by_hand(previews, by_hand):
    text = "Liste,vom Mai\nStand,2026\n\nRufnr_1;x,Status,Notiz\n".replace(";", ",") + f"{ANNA},x,DNC,y\n"
    refused = previews(text)
    assert refused.code == 2
    assert "--map phone=" in refused.said
    seen = previews(text, "--map", by_hand)
    assert seen.sends == {"5": ANNA}


def test_the_header_of_a_list_of_one_column_may_stand_below_a_title(previews):
    seen = previews(f"Never call again\nPhone\n{ANNA}\n", "--map", "status=")
    assert seen.rows[0]["sync_row"] == "3"
    assert seen.rows[0]["sync_phone"] == ANNA


def test_somebody_above_the_header_is_not_passed_over(previews):
    seen = previews(f"{ANNA},DNC\nPhone,Status\n{BEN},paused\n")
    assert seen.code == 2
    assert "Row 1" in seen.said
    assert "row 2" in seen.said


def test_a_file_without_a_header_may_begin_with_a_remark(previews):
    seen = previews(f"# numbers\n{ROWS}")
    assert seen.sends == {"2": ANNA, "3": BEN}
    assert len(seen.rows) == 3


@pytest.mark.parametrize("head", ["#,Phone,Status", "# Phone,Phone 2,Status", "#Nr,Telefon,Status"])
def test_a_header_may_begin_with_the_sign_of_a_remark(previews, head):
    seen = previews(f"{head}\n1,{ANNA},DNC\n" if "2" not in head else f"{head}\n{ANNA},,DNC\n")
    assert seen.sends == {"2": ANNA}


def test_results_with_lines_above_the_header_can_be_read_again(previews):
    once = previews(DATA / "20-key-value-preface.csv")
    again = previews(once.text)
    assert again.sends == once.sends
    assert again.text.splitlines()[3].count("sync_row") == 1


# ------------------------------------------------------------------------------------- a delimiter that nobody guesses


@pytest.mark.parametrize(
    ("delimiter", "head"),
    [
        *((delimiter, "Phone,Status") for delimiter in "^~:¦*#="),
        *zip(
            "^:#=", ["Teléfono,Estado", "ID,Status", "Phone,Name,Status,Notes", "Phone,Name,Status,Notes"], strict=True
        ),
    ],
)
def test_a_delimiter_that_nobody_guesses_is_hinted_at_and_the_hint_works(previews, delimiter, head):
    name = "6ba7b810-9dad-11d1-80b4-00c04fd430c8" if head.startswith("ID") else ANNA
    row = ",".join({"Name": "Doe; John", "Notes": "a note"}.get(field, "DNC") for field in head.split(",")[1:])
    text = f"{head}\n{name},{row}\n".replace(",", delimiter)
    seen = previews(text)
    assert seen.code == 2
    assert seen.advised() == ["--delimiter", delimiter]
    assert previews(text, *seen.advised()).codes == ["updated"]


def test_a_space_is_hinted_at_by_its_name(previews):
    text = f"Phone Status\n{ANNA} DNC\n"
    seen = previews(text)
    assert seen.advised() == ["--delimiter", "space"]
    assert previews(text, *seen.advised()).sends == {"2": ANNA}


def test_a_delimiter_is_hinted_at_without_a_header_too(previews):
    text = f"{ANNA}^DNC\n{BEN}^paused\n"
    seen = previews(text)
    assert seen.advised() == ["--delimiter", "^"]
    assert previews(text, *seen.advised()).sends == {"1": ANNA, "2": BEN}


@pytest.mark.parametrize(
    "head", ["Phone Number", "Mobile Phone", "Phone #", "Phone: Mobile", "Phone/Mobile", "Tel. Nr."]
)
def test_a_header_of_several_words_is_no_hint(previews, head):
    seen = previews(f"{head}\n{ANNA}\n", "--map", "phone=A")
    assert seen.rows[0]["sync_phone"] == ANNA


def test_a_header_that_commas_part_is_not_parted_by_its_spaces(previews):
    seen = previews(f"Phone (old),Phone (new),Status\n{BEN},{ANNA},DNC\n")
    assert '--map "phone=Phone (old)" or --map "phone=Phone (new)"' in seen.said
    assert "space" not in seen.said


# ------------------------------------------------------------------------------------------------------------ comments


def test_rows_that_begin_with_a_hash_are_comments_and_counted(previews):
    seen = previews(f"Phone,Status\n#{ANNA},active\n{BEN},DNC\n# until here, last week, by Al, and Bo\n #x,\n")
    assert seen.code == 0
    assert seen.codes == ["blank", "updated", "blank", "blank"]
    assert seen.sends == {"3": BEN}
    assert "3 rows beginning with # left out as comments." in seen.said
    assert "#" in seen.rows[0]["sync_error"]


STOPPING = [
    f"#{ANNA},DNC",
    f"# {ANNA},do not call",
    f"#{ANNA},Do-Not-Contact",
    f"#{ANNA},PAUSED",
    f"#,{ANNA},DNC",
    f'"#{ANNA}",dnc',
    f"#{ANNA},,DNC",
    f"  #{ANNA},Not Interested",
    "# DNC,",
    f"#{ANNA},Never call again",
    f"#{ANNA},no llamar",
    f"#{ANNA},,Opted-out",
]


@pytest.mark.parametrize("many", [0, 3_000])
def test_a_comment_that_says_to_stop_is_refused_and_named(previews, many):
    above = "".join(f"+1212555{n:04d},paused\n" for n in range(many))
    seen = previews(f"Phone,Status\n{above}" + "".join(f"{row}\n" for row in STOPPING) + f"{CARA},active\n")
    assert seen.code == 1
    for at, (row, text) in enumerate(zip(seen.rows[many:-1], STOPPING, strict=True), start=many + 2):
        assert (row["sync_result"], row["sync_code"]) == ("error", "unreadable_row"), text
        assert f"Row {at}" in row["sync_error"]
    assert seen.rows[-1]["sync_code"] == "updated"
    assert "comments" not in seen.said


def test_a_row_that_begins_with_a_hash_and_names_a_contact_further_on_is_no_mere_comment(previews):
    orders = f"Order,Phone,Status\n#1001,{ANNA},active\n#1002,{BEN},active\n# 2 orders, of 26.11., by Al\n"
    seen = previews(orders)
    assert seen.code == 1
    assert seen.codes == ["unreadable_row", "unreadable_row", "blank"]
    assert "names a contact. Nothing of it is sent: remove the #" in seen.rows[0]["sync_error"]


def test_what_a_spreadsheet_shows_instead_of_a_number_is_no_comment(previews):
    errors = ["#N/A", "#REF!", "#NV", "#WERT!", "#¡VALOR!", "########"]
    seen = previews("Phone,Status\n" + "".join(f"{error},active\n" for error in errors) + f"{BEN},DNC\n")
    assert seen.codes == [*["invalid_phone"] * len(errors), "updated"]


@pytest.mark.parametrize(
    ("encoding", "many"),
    [("utf-8", 2), ("utf-16", 2), ("cp1252", 2), ("utf-8", 2_000), ("utf-16", 2_000), ("cp932", 2_000)],
)
def test_comments_are_found_in_any_encoding_and_far_down(previews, encoding, many):
    rows = "".join(f"+1212555{n:04d};paused;Name\n" for n in range(many))
    text = f"Phone;Status;Name\n{rows}#{ANNA};active;x\n{rows}#{BEN};DNC;y\n"
    options = [] if encoding.startswith("utf") else ["--encoding", encoding]
    seen = previews(text, *options, encoding=encoding)
    assert [seen.codes[many], seen.codes[-1]] == ["blank", "unreadable_row"]
    assert {ANNA, BEN}.isdisjoint(seen.sends.values())


def test_comments_and_lines_above_the_header_are_the_same_in_a_workbook(previews):
    import openpyxl

    book = openpyxl.Workbook()
    rows = ["Campaign,Spring", "", "Phone,Status", f"#{ANNA},active", f"#{BEN},DNC", f"{CARA},DNC", "#N/A,active"]
    for row in rows:
        book.active.append(row.split(","))
    book.save(previews.folder / "made.xlsx")
    seen = previews(previews.folder / "made.xlsx", "-o", "out.csv", name="list.xlsx")
    assert "header in row 3 (1 row above it skipped)" in seen.said
    found = rows_of((previews.folder / "out.csv").read_text(encoding="utf-8-sig"))
    assert [row["sync_row"] for row in found] == ["4", "5", "6", "7"]
    assert [row["sync_code"] for row in found] == ["blank", "unreadable_row", "updated", "invalid_phone"]


def test_a_comment_stays_one_when_its_results_are_read_again(previews):
    once = previews(f"Phone,Status\n#{ANNA},active\n#{BEN},DNC\n{CARA},DNC\n")
    assert previews(once.text).codes == once.codes == ["blank", "unreadable_row", "updated"]


# ------------------------------------------------------------------------------------------- records and their marks


def test_a_record_whose_marks_are_right_is_one_row_whatever_its_lines_look_like(previews):
    file = DATA / "09-two-lines-in-first-cell.csv"
    seen = previews(file)
    assert len(seen.rows) == 2
    assert seen.rows[0]["Phone"] == "415-555-2671\n415-555-2672"
    assert seen.rows[0]["sync_code"] != "updated"
    assert seen.sends == {"3": CARA}
    assert [row["sync_row"] for row in seen.rows] == ["2", "3"]


RIGHT = {
    "two numbers in the first cell": f'"{ANNA}\n{BEN}",DNC,',
    "a list in a note": f'{CARA},paused,"said:\n{ANNA},DNC,x\n{BEN},DNC,y"',
    "a list in a note, which begins with a line break": f'{CARA},paused,"\n{ANNA},DNC,x\n"',
    "notes around a line of another width": f'{CARA},paused,"a\n{ANNA},DNC"',
    "two cells of several lines": f'"{CARA}","paused\n{ANNA},DNC,x","{BEN}\n{ANNA},DNC,y"',
    "marks in the text": f'{CARA},paused,"a ""list"":\n""{ANNA}"",DNC,x\n{BEN},DNC,""y"""',
    "too few cells": f'"{CARA}\n{ANNA},DNC,x"',
    "too many cells": f'{CARA},paused,x,"{ANNA}\n{BEN},DNC,y",z',
    "a long list": f'{CARA},paused,"' + f"{ANNA},DNC,x\n" * 3_000 + '"',
    "a list longer than a reader takes": f'{CARA},paused,"' + f"{ANNA},DNC,x\n" * 20_000 + '"',
}


@pytest.mark.parametrize("record", RIGHT.values(), ids=RIGHT)
@pytest.mark.parametrize(
    ("delimiter", "end", "encoding", "many"),
    [(",", "\n", "utf-8", 1), (";", "\r\n", "utf-8", 1_500), (",", "\r\n", "utf-16", 1), (";", "\n", "utf-16", 1_500)],
)
def test_no_line_of_a_rightly_quoted_record_is_sent(previews, record, delimiter, end, encoding, many):
    others = "".join(f"+1212555{n:04d},DNC,\n" for n in range(many))
    text = f"Phone,Status,Note\n{others}{record}\n+14155559999,paused,\n"
    seen = previews(text.replace(",", delimiter).replace("\n", end), encoding=encoding)
    assert len(seen.rows) == many + 2
    assert {ANNA, BEN}.isdisjoint(seen.sends.values())
    assert seen.rows[-1]["sync_phone"] == "+14155559999"
    assert seen.rows[-1]["sync_row"] == str(many + 3)


WRONG = {
    "text behind the closing mark": f'"{ANNA}\n{BEN}" x,DNC,',
    "text behind the closing mark of a note": f'{ANNA},paused,"said:\n{BEN},DNC,old" extra',
    "a space before the opening mark": f'{ANNA}, paused, "said\n{BEN}, DNC, x"',
    "a mark in the text": f'{ANNA},paused,"he said "stop\n{BEN},DNC,now"',
    "lines between": f'{ANNA},paused,"said:\n{CARA},DNC,x\n{CARA},DNC,y\n{BEN},DNC,old" extra',
    "a closing mark at the beginning of a line": f'{ANNA},paused,"said:\n{BEN},DNC,x\n" extra',
    "a mark in an earlier cell": f'{ANNA},"paused" or "so,x\n{BEN}","DNC",y',
    "doubled marks between": f'{ANNA},paused,"said:\n{BEN},DNC,""x""\n{CARA},DNC,old" extra',
}


@pytest.mark.parametrize("record", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize(("end", "many"), [("\n", 1), ("\r\n", 1_500)])
def test_no_line_of_a_record_whose_marks_are_wrong_is_sent(previews, record, end, many):
    others = "".join(f"+1212555{n:04d},DNC,\n" for n in range(many))
    text = f"Phone,Status,Note\n{others}{record}\n+14155559999,paused,\n".replace("\n", end)
    seen = previews(text)
    assert seen.code == 1
    assert len(seen.rows) == many + 2 + record.count("\n"), "a row for each line"
    torn = seen.rows[many:-1]
    assert {row["sync_code"] for row in torn} == {"unreadable_row"}
    assert all("quotation mark" in row["sync_error"] for row in torn)
    assert seen.rows[-1]["sync_phone"] == "+14155559999"
    again = previews(seen.text)
    assert again.codes == seen.codes, "a half is no row in the results either"


@pytest.mark.parametrize("many", [0, 100, 3_000])
def test_two_marks_that_are_missing_make_no_row_of_many(previews, many):
    """The first row would get the status of the last."""
    others = "".join(f"+1212555{n:04d},n,paused\n" for n in range(many))
    seen = previews(f'Phone,Note,Status\n{ANNA},"called,DNC\n{others}{BEN},TV 32",active\n{CARA},n,DNC\n')
    assert seen.codes == ["unreadable_row", "updated"]
    assert "look like rows of their own" in seen.rows[0]["sync_error"]
    assert seen.sends == {"3": CARA}
    assert previews(seen.text).codes == seen.codes


def test_a_cell_of_two_lines_before_or_behind_the_number_is_no_missing_mark(previews):
    rows = f'"12 High Street\nLondon",{ANNA},DNC,x\nPark Lane,{BEN},paused,"tel, 020 7946 0958,\nsee, b"\n'
    assert previews(f"Address,Phone,Status,Note\n{rows}").sends == {"2": ANNA, "3": BEN}
    seen = previews(f'Note,Phone,Status\n"called,{ANNA},DNC\nTV 32",{BEN},active\n')
    assert seen.codes == ["unreadable_row"]


def test_a_note_whose_lines_begin_with_days_is_no_row_of_many(previews):
    """Calls are logged so, and such a line may have as many delimiters as a row."""
    note = "2026-11-24 10:15 called, no answer, again\n25.11.2026 10:30 called, said no, DNC"
    seen = previews(f'Phone,Note,Status\n{ANNA},"{note}",DNC\n{BEN},n,paused\n')
    assert seen.sends == {"2": ANNA, "3": BEN}


def test_a_torn_row_is_sent_when_somebody_says_that_it_was_corrected(previews):
    seen = previews(f'Phone,Status,Note\n{ANNA},paused,"said\n{BEN},DNC,x" y\n')
    corrected = seen.text.replace("unreadable_row", "", 1)
    assert previews(corrected).sends == {"2": ANNA}


def test_a_mark_that_nothing_closes_costs_its_own_row_only(previews):
    others = "".join(f"+1212555{n:04d},DNC,\n" for n in range(1_500))
    seen = previews(f'Phone,Status,Note\n{ANNA},DNC,"stray\n{others}{BEN},DNC,"a note"\n{CARA},paused,5" pipe\n')
    assert seen.codes.count("unreadable_row") == 1
    assert len(seen.sends) == 1_502


# ------------------------------------------------------------------------------------------- rows out of all proportion


@pytest.mark.parametrize(
    ("wide", "narrow", "fill", "out"),
    [(80_000, 20_000, ",", "out.csv"), (80_000, 20_000, "x,", "out.xlsx"), (200_000, 12_000, ",", "out.xlsx")],
)
def test_a_row_that_makes_results_out_of_all_proportion_is_named_and_nothing_is_sent(previews, wide, narrow, fill, out):
    seen = previews(f"Phone,Status\n{BEN},DNC\n{ANNA},DNC{fill * wide}\n" + "1,\n" * narrow, "-o", out)
    assert seen.code == 2
    assert f"Row 3 of list.csv has {wide + 2:,} cells" in seen.said


def test_a_header_of_more_columns_than_a_spreadsheet_has_is_refused(previews):
    seen = previews("Report\nPhone,Status" + ",x" * 20_000 + "\n" + f"{ANNA},DNC\n" * 2_000)
    assert seen.code == 2
    assert "Row 2 of list.csv has 20,002 cells" in seen.said


def test_rows_of_different_widths_are_fine_as_long_as_the_results_are(previews):
    seen = previews(f"Phone,Status\n{ANNA},DNC{',' * 16_384}\n" + f"{BEN},paused\n" * 200)
    assert seen.sends == {"2": ANNA, "3": BEN}
    assert len({len(row) for row in seen.rows}) == 1


def test_a_file_of_one_endless_line_is_refused_in_a_sentence(previews):
    seen = previews(b"Phone,Status " * 2_000_000)
    assert seen.code == 2
    assert "which is not a row of a table" in seen.said

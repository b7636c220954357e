"""Whose number is a cell? Of every file here, whom the command sends to: nobody but the person meant."""

import shutil

import pytest

from bulk_sync import sandbox
from tests.desk import desk

from .preview import DATA

WHATSAPP = [f"49151{number:08d}" for number in range(10_000_000, 10_001_500)]
"""German mobile numbers as WhatsApp shows them; each of them is another valid number as it stands."""


def people(numbers):
    return [sandbox.SandboxContact(phone=f"+{number}") for number in numbers]


@pytest.fixture
def crm(tmp_path, monkeypatch, capsys):
    """A desk whose CRM has these contacts."""
    monkeypatch.setenv("COLUMNS", "300")

    def with_contacts(numbers=("14155552671",)):
        return desk(tmp_path, monkeypatch, capsys, people(numbers))

    return with_contacts


CASES = [
    ("01-de-cc-no-plus", "DE", ["ambiguous_phone"] * 5),
    ("03-note-behind-number-de", "DE", ["invalid_phone"] * 4 + ["+4930123456"]),
    ("07-slash-second-number-de", "DE", ["ambiguous_phone"] * 4),
    ("12-date-text-as-phone", "LV", ["invalid_phone"] * 2),
    ("13-phone-code-column", "US", ["+442079460958", "invalid_phone", "+14155552671"]),
    ("18-country-not-needed", "US", ["+34612345678", "+14155552671", "+14155552672"]),
    ("27-tel-two-numbers", "US", ["ambiguous_phone"]),
]


def fates(rows):
    """The number that a row would be sent to, or the word of why it would not."""
    read = {"would_send", "skipped"}  # skipped: a duplicate of another spelling
    return [row["sync_phone"] if row["sync_result"] in read else row["sync_code"] for row in rows]


@pytest.mark.parametrize(("name", "region", "expected"), CASES)
def test_the_files_that_were_read_wrongly(previews, name, region, expected):
    assert fates(previews(DATA / f"{name}.csv", "--region", region).rows) == expected


CELLS = {
    # a note behind a number, or before it
    "030 1234567 Anna": ("DE", "invalid_phone"),
    "01 23 45 67 89 STOP": ("FR", "invalid_phone"),
    "020 7946 0958 DND": ("GB", "invalid_phone"),
    "612 345 678 no llamar": ("ES", "invalid_phone"),
    "(11) 96123-4567 Joao": ("BR", "invalid_phone"),
    "Dr. Weber 030 1234567": ("DE", "invalid_phone"),
    "0412 345 678 AH": ("AU", "invalid_phone"),
    "415-555-2671 ask for Bob": ("US", "invalid_phone"),
    "415-555-CALL-NOW": ("US", "invalid_phone"),
    "030 1234567 (9-17)": ("DE", "ambiguous_phone"),
    "030 1234567 ?": ("DE", "invalid_phone"),
    "1) 030 1234567": ("DE", "invalid_phone"),
    # a letter for a figure is no "or" (o in Spanish, i in Polish)
    "030 123456O": ("DE", "invalid_phone"),
    "030 123456O.": ("DE", "invalid_phone"),
    "O30 1234567": ("DE", "invalid_phone"),
    "041 234778O": ("FI", "invalid_phone"),
    "030 123456 I": ("DE", "invalid_phone"),
    "Tel. u. WhatsApp 0151 12345678": ("DE", "+4915112345678"),
    # an hour is not dialled
    "030 1234567 18h": ("DE", "invalid_phone"),
    "030 1234567 9-17 h": ("DE", "invalid_phone"),
    "030 1234567 (9-17h)": ("DE", "invalid_phone"),
    "021 8350184 5 p.m.": ("ID", "invalid_phone"),
    "01 23 45 67 89 h": ("FR", "+33123456789"),
    "030 123 45 67 h": ("DE", "+49301234567"),
    # nor is a date
    "030 123456 26.11.26": ("DE", "invalid_phone"),
    "26.11. 030 1234567": ("DE", "invalid_phone"),
    "030 12345 26-11-26": ("DE", "invalid_phone"),
    "0664 12345 9-17": ("AT", "invalid_phone"),
    "(0 30) 3 45 67-12": ("DE", "+49303456712"),
    "01 10.11.12.26": ("FR", "+33110111226"),
    # the place in a list of somebody's numbers
    "Tel 2 030 1234567": ("DE", "invalid_phone"),
    "Handy2 0151 12345678": ("DE", "invalid_phone"),
    "2 030 1234567": ("DE", "invalid_phone"),
    "[2] 030 1234567": ("DE", "invalid_phone"),
    "2.015123456789": ("DE", "invalid_phone"),
    "2- 021 210 853": ("LA", "invalid_phone"),
    "8 029 123-45-67": ("BY", "+375291234567"),  # 8 is what is dialled there before the 0
    "0 30 1234567": ("DE", "+49301234567"),
    # labels and extensions
    "Mobil: 0151 12345678": ("DE", "+4915112345678"),
    "612345678 (casa)": ("ES", "+34612345678"),
    "Trabajo 91 123 45 67": ("ES", "+34911234567"),
    "Portable : 06 12 34 56 78": ("FR", "+33612345678"),
    "Cel. (11) 96123-4567": ("BR", "+5511961234567"),
    "Tel.-Nr. 030 1234567": ("DE", "+49301234567"),
    "WhatsApp +4915112345678": ("DE", "+4915112345678"),
    "415-555-2671 (cell)": ("US", "+14155552671"),
    "11 2345-6789 ramal 12": ("BR", "+551123456789"),
    "91 123 45 67 int. 5": ("ES", "+34911234567"),
    "030 123456 DW 12": ("DE", "+4930123456"),
    "+39 06 1234567 Fax": ("IT", "invalid_phone"),
    "Télécopie 01 23 45 67 89": ("FR", "invalid_phone"),
    # letters
    "1-800-FLOWERS": ("US", "+18003569377"),
    "1-800-555-TELL": ("US", "+18005558355"),
    "0800 FLOWERS1": ("GB", "invalid_phone"),
    "1300 FLOWER": ("AU", "invalid_phone"),
    "0800-FLOWERS": ("DE", "+498003569377"),
    "0800 123456 STOP": ("DE", "invalid_phone"),
    "0800 12345 STOP": ("AT", "invalid_phone"),
    "0800 1234 Anna": ("DE", "invalid_phone"),
    # second numbers
    "030 1234567 und 030 7654321": ("DE", "ambiguous_phone"),
    "030 1234567 & 68": ("DE", "ambiguous_phone"),
    "612345678 y 612345679": ("ES", "ambiguous_phone"),
    "(11) 96123-4567 e 96123-4568": ("BR", "ambiguous_phone"),
    "06 12 34 56 78 et 06 12 34 56 79": ("FR", "ambiguous_phone"),
    "020 7946 0958 or 020 7946 0959": ("GB", "ambiguous_phone"),
    "0171 1234567 ::: 0171 1234568": ("DE", "ambiguous_phone"),
    "01 58858 01 58859": ("AT", "ambiguous_phone"),
    "4155552671\n4155552672": ("US", "ambiguous_phone"),
    "030\n1234567": ("DE", "ambiguous_phone"),
    "Tel: 030 1234567\n": ("DE", "+49301234567"),
    "4155552671/72": ("US", "ambiguous_phone"),
    "06221/123456": ("DE", "+496221123456"),
    "0171/2345685": ("DE", "+491712345685"),  # 2345685 would be valid by itself, and nobody means that
    "(0221) / 9876543": ("DE", "+492219876543"),
    "0316/7654321": ("AT", "+433167654321"),
    "0171/2345685/86": ("DE", "ambiguous_phone"),
    "0171/0172 2345685": ("DE", "ambiguous_phone"),
    "030 1234567~68": ("DE", "ambiguous_phone"),
    "03-1234-5678\uff5e9": ("JP", "ambiguous_phone"),
    "49301234567~8": ("DE", "ambiguous_phone"),
    "~030 1234567": ("DE", "+49301234567"),
    "8~612 34567": ("LT", "+37061234567"),
    "(8 ~5) 212 3456": ("LT", "+37052123456"),
    "8~10 44 20 7946 0958": ("RU", "+442079460958"),
    "8~030 1234567": ("DE", "invalid_phone"),
    "030 1234567..68": ("DE", "ambiguous_phone"),
    "030 12345-10...19": ("DE", "ambiguous_phone"),
    "030 1234567...": ("DE", "+49301234567"),
    "030 1234567 (68": ("DE", "ambiguous_phone"),
    "0171 (1234567": ("DE", "+491711234567"),
    "030 2345685/2345686": ("DE", "ambiguous_phone"),
    # the same number in two spellings is two numbers to whoever reads the cell
    "(415) 555-2671 ::: +1 415-555-2671": ("US", "ambiguous_phone"),
    # an area code behind a plus is no country code
    "+(201) 555-0123": ("US", "invalid_phone"),
    "+ (649) 239-2752": ("US", "invalid_phone"),
    "+(1649) 239-2752": ("US", "+16492392752"),
    "+(49) 30 1234567": ("US", "+49301234567"),
    # dates and fractions
    "26/11/2026": ("LV", "invalid_phone"),
    "26-11-2026 14:30": ("LV", "invalid_phone"),
    "2026.11.26": ("NO", "invalid_phone"),
    "2026-11-26T14:30:00Z": ("DE", "invalid_phone"),
    "26.11.26": ("DE", "invalid_phone"),
    "26.11.27": ("NC", "+687261127"),
    "301234567.5": ("DE", "invalid_phone"),
    "301234567,25": ("DE", "invalid_phone"),
    "301234567.0": ("DE", "+49301234567"),
    # scientific
    "1.4155552691E+10": ("US", "+14155552691"),
    "1,4155552691E+10": ("US", "+14155552691"),
    "1.41555E+10": ("US", "mangled_phone"),
    # a code that stands twice, and a zero behind a code
    "+494915112345678": ("DE", "ambiguous_phone"),
    "0049 4915112345678": ("DE", "ambiguous_phone"),
    "+38338344123456": ("XK", "ambiguous_phone"),
    "38344123456": ("XK", "ambiguous_phone"),
    "468123456": ("SE", "ambiguous_phone"),
    "6281234567890": ("ID", "+6281234567890"),
    "+46 46 8123456": ("SE", "ambiguous_phone"),
    "+44 44 20 7946 0958": ("GB", "invalid_phone"),
    "33612345678": ("FR", "+33612345678"),
    "447400123456": ("GB", "+447400123456"),
    "49 (0)171 1234567": ("DE", "+491711234567"),
    "+49 0171 1234567": ("DE", "+491711234567"),
    "+44 (0)20 7946 0958": ("US", "+442079460958"),
    "+39 06 1234567": ("IT", "+39061234567"),
    # a zero in brackets, where mobile numbers have none and others keep theirs
    "+39 (0)392 1234567": ("IT", "ambiguous_phone"),
    "+39(0)351-1234567": ("DE", "ambiguous_phone"),
    "0039 (0) 392 1234567": ("DE", "ambiguous_phone"),
    "+39 (0)35 1234567": ("IT", "+390351234567"),
    "+39 (0)6 12345678": ("DE", "+390612345678"),
    # numbers of elsewhere
    "0044 20 7946 0958": ("US", "invalid_phone"),
    "33612345679": ("US", "invalid_phone"),
    "+5215512345678": ("US", "invalid_phone"),
}


@pytest.mark.parametrize("region", sorted({region for region, _ in CELLS.values()}))
def test_other_cells_of_these_kinds(previews, region):
    asked = {cell: fate for cell, (there, fate) in CELLS.items() if there == region}
    rows = "".join(f'"{cell}",active\n' for cell in asked)
    assert dict(zip(asked, fates(previews(f"Phone,Status\n{rows}", "--region", region).rows), strict=True)) == asked


ADVICE = {
    "0044 20 7946 0958": "write + instead of 00, +442079460958",
    "33612345678": "a number of France: add the + if that is meant, +33612345678",
    "+5215512345678": "Mexico gave up the 1 behind +52 in 2019: if the mobile number +525512345678 is meant",
    "+44 44 20 7946 0958": "The country code 44 is there twice. If +442079460958 is meant",
    "4155552671 DNC": "DNC",
    "26.11.2026": "is a date",
    "415_555_2671": "is in pieces (415 and 555 and 2671)",
    "+1+4155552671": "is in pieces (+1 and +4155552671)",
}


@pytest.mark.parametrize(("cell", "words"), ADVICE.items())
def test_the_advice_fits_the_number(previews, cell, words):
    assert words in previews(f"Phone,Status\n{cell},active\n").rows[0]["sync_error"]


@pytest.mark.parametrize("reading", ["+4915112345678", "+49 (0)4915112345678"])
def test_both_readings_are_named_and_the_advice_works_when_it_is_followed(previews, reading):
    why = previews("Phone,Status\n4915112345678,DNC\n", "--region", "DE").rows[0]["sync_error"]
    assert "+4915112345678" in why
    assert "+494915112345678" in why
    assert reading in why
    followed = previews(f"Phone,Status\n{reading},DNC\n", "--region", "DE").rows[0]
    assert followed["sync_phone"] == "+" + "".join(filter(str.isdigit, reading.replace("(0)", "")))


@pytest.mark.parametrize(
    ("option", "expected"), [("--plus-missing", "+4915112345678"), ("--no-plus-missing", "+494915112345678")]
)
def test_an_option_decides_for_all_such_numbers_and_for_no_others(previews, option, expected):
    text = "Phone,Status\n4915112345678,DNC\n0151 12345679,DNC\n+494915112345678,DNC\n442079460958,DNC\n"
    rows = previews(text, "--region", "DE", option).rows
    assert fates(rows)[:3] == [expected, "+4915112345679", "ambiguous_phone"]
    assert rows[3]["sync_phone"] in {"", "+49442079460958"}  # digits of another country's code are no such number


def test_the_summary_names_the_option_the_count_and_the_way_out(crm):
    with crm() as at:
        at.sheet([["4915112345678", "DNC"], ["4915112345679", "DNC"], ["+14155552671", "DNC"]])
        done = at("rows.csv", "--region", "DE")
        said = " ".join(done.screen.split())
        assert "2 numbers can be read as two different numbers" in said
        assert "retry rows.results.csv --plus-missing" in said.replace(f"{at.work}/", "")
        assert set(at.sent) == {"+14155552671"}
        at("retry", "rows.results.csv", "--plus-missing", "--max-errors", "100%")
        assert set(at.sent) == {"+14155552671", "+4915112345678", "+4915112345679"}


@pytest.mark.trial
def test_a_whatsapp_list_whose_contacts_the_crm_knows_is_sent_right(crm):
    with crm(WHATSAPP) as at:
        at.sheet([[number, "paused"] for number in WHATSAPP])
        done = at("rows.csv", "--region", "DE", "--rate", "100/s")
        assert done.code == 0
        assert set(at.sent) == {f"+{number}" for number in WHATSAPP}
        assert at.statuses({f"+{number}" for number in WHATSAPP}) == {"paused"}
        assert "1,500 numbers begin with the country code" in done.screen
        assert "Of 20 of them, 20 are contacts with the + and 0 without it" in " ".join(done.screen.split())


def test_contacts_that_the_crm_has_as_they_stand_are_read_so(crm):
    with crm([f"49{number}" for number in WHATSAPP[:10]]) as at:
        at.sheet([[number, "paused"] for number in WHATSAPP[:10]])
        at("rows.csv", "--region", "DE")
        assert set(at.sent) == {f"+49{number}" for number in WHATSAPP[:10]}


@pytest.mark.parametrize(
    "known",
    [
        WHATSAPP[:2],  # two are too few
        [*WHATSAPP[:8], f"49{WHATSAPP[9]}"],  # one that is known the other way speaks against all
        ["14155552671"],  # nobody is known
    ],
)
def test_what_the_crm_does_not_show_for_certain_is_not_guessed(crm, known):
    with crm(known) as at:
        at.sheet([[number, "paused"] for number in WHATSAPP[:10]])
        assert at("rows.csv", "--region", "DE").code == 1
        assert at.codes() == ["ambiguous_phone"] * 10
        assert not at.sent


def test_a_preview_asks_the_crm_too_and_offline_it_does_not(crm):
    with crm(WHATSAPP[:10]) as at:
        at.sheet([[number, "paused"] for number in WHATSAPP[:10]])
        at("rows.csv", "--region", "DE", "--dry-run", "-o", "seen.csv")
        assert {row["sync_phone"] for row in at.rows("seen.csv")} == {f"+{number}" for number in WHATSAPP[:10]}
        at("rows.csv", "--region", "DE", "--dry-run", "--offline", "-o", "unseen.csv")
        assert at.codes("unseen.csv") == ["ambiguous_phone"] * 10


def test_what_was_decided_for_a_run_holds_for_resume_and_retry(crm):
    """Also where the CRM would not show it any more: here, nobody is left who would."""
    with crm(WHATSAPP[:12]) as at:
        at.sheet([[number, "paused"] for number in WHATSAPP[:12]])
        assert at("rows.csv", "--region", "DE", "--max-writes", "4").code == 5
        for number in WHATSAPP[:12]:
            if f"+{number}" not in at.sent:
                at.api.store.delete(at.api.store.by_phone(f"+{number}").id, 0.0)
        at("resume", "--max-errors", "100%", "--max-writes", "100")
        assert set(at.sent) <= {
            f"+{number}" for number in WHATSAPP[:12]
        }  # a search may find out before that nobody is left
        assert at.codes() == ["updated"] * 4 + ["contact_not_found"] * 8
        rows = at.rows()
        rows[0]["status"] = "fulfilled"
        at.rewrite(rows)
        at("retry", "rows.results.csv", "--max-errors", "100%")
        assert [row["sync_phone"] for row in at.rows()] == [f"+{number}" for number in WHATSAPP[:12]]
        assert at.status(f"+{WHATSAPP[0]}") == "fulfilled"


def test_nobody_is_created_from_digits_that_are_two_numbers(crm):
    with crm(WHATSAPP[:5]) as at:
        campaign = "550e8400-e29b-41d4-a716-446655440000"
        at.sheet([[number, "active"] for number in [*WHATSAPP[:6], "+4915212345678"]])
        for options in ([], ["--plus-missing"]):
            at("rows.csv", "--region", "DE", "--create-missing", campaign, "--max-errors", "100%", "--fresh", *options)
            assert at.codes()[5] == "contact_not_found"
        assert at.api.store.by_phone(f"+{WHATSAPP[5]}") is None
        assert at.api.store.by_phone("+4915212345678") is not None


@pytest.mark.parametrize(("name", "region", "expected"), CASES)
def test_a_run_reaches_only_whom_the_file_means(crm, name, region, expected):
    with crm() as at:
        shutil.copy(DATA / f"{name}.csv", at.work)
        at(f"{name}.csv", "--region", region, "--max-errors", "100%")
        assert set(at.sent) == {fate for fate in expected if fate.startswith("+")}

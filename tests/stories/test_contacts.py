"""samples/contacts.csv from end to end: every row's fate is the one that the README explains."""

import csv
import io
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx
import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from bulk_sync.errors import Code
from bulk_sync.model import SYNC_COLUMNS
from tests.stories.conftest import Run, sandbox

OTHER_CODES = {
    14: "duplicate",
    16: "merged",
    17: "superseded",
    19: "superseded",
    25: "campaign_not_found",
    28: "unknown_status",
    42: "blank",
    43: "missing_phone",
    44: "invalid_phone",
    45: "invalid_phone",
    46: "mangled_phone",
    47: "ambiguous_phone",
    48: "unknown_country",
    49: "invalid_phone",
    50: "invalid_phone",
    51: "unknown_status",
    52: "unknown_status",
    53: "unknown_campaign",
    54: "nothing_to_change",
    55: "unknown_country",
    56: "contact_not_found",
    57: "unreadable_row",
}
"""Of the rows of contacts.csv, by their number; all others are `updated`."""

RESULT = {code.word: code.result.value for code in Code}


def results(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), delimiter=delimiter))


@dataclass(frozen=True)
class Synced:
    """contacts.csv, synced once: the file before and after, the process, and what the API then holds, by number."""

    before: bytes
    after: bytes
    rows: list[dict[str, str]]
    done: subprocess.CompletedProcess[bytes]
    contacts: dict[str, dict[str, object]]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Synced:
    tmp_path = tmp_path_factory.mktemp("synced")
    run = Run(tmp_path)
    with sandbox(tmp_path, "--writes", "1000/s") as api:
        before = (run.folder / "contacts.csv").read_bytes()
        done = run("contacts.csv", "-v", "--log-format", "json", api=api)
        page = httpx.get(f"{api.url}/contacts?limit=100", headers={"X-API-Key": api.key}, trust_env=False).json()
    assert (run.folder / "contacts.csv").read_bytes() == before
    out = run.folder / "contacts.results.csv"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "ledger.db" for path in written)
    assert not [path for path in written if api.key.encode() in path.read_bytes()], "the key is in a file"
    assert api.key.encode() not in done.stdout + done.stderr
    contacts = {contact["phoneNumber"]: contact for contact in page["contacts"]}
    return Synced(before, out.read_bytes(), results(out), done, contacts)


def test_every_row_of_the_sample_gets_its_code(synced: Synced) -> None:
    assert synced.done.returncode == 1, synced.done.stderr.decode()
    assert [row["sync_row"] for row in synced.rows] == [str(number) for number in range(2, 60)]
    expected = {number: OTHER_CODES.get(number, "updated") for number in range(2, 60)}
    assert {int(row["sync_row"]): row["sync_code"] for row in synced.rows} == expected
    assert {int(row["sync_row"]): row["sync_result"] for row in synced.rows} == {
        n: RESULT[c] for n, c in expected.items()
    }
    assert {row["sync_run"] for row in synced.rows} != {""}
    for row in synced.rows:
        assert (row["sync_error"] == "") == (row["sync_result"] == "success"), row
        assert (row["sync_retryable"] != "") == (row["sync_result"] == "error"), row
        assert (row["sync_http_status"] == "200") == (row["sync_result"] == "success"), row


def test_every_byte_of_the_sample_is_still_there(synced: Synced) -> None:
    position = 0
    for line in synced.before.split(b"\r\n"):
        found = synced.after.find(line, position)
        assert found >= 0, line
        position = found + len(line)


def test_the_api_holds_what_the_file_says(synced: Synced) -> None:
    stands = synced.contacts
    assert stands["+12025550101"]["status"] == "DNC"
    assert stands["+15125550164"]["status"] == "DNC"
    assert "Renewals" not in [campaign["name"] for campaign in stands["+15125550164"]["campaigns"]]
    assert stands["+14045550126"]["status"] == "paused"
    assert [campaign["id"] for campaign in stands["+14045550126"]["campaigns"]] == [
        "38b71cb5-fb6e-5d5d-9fe0-6df52775046f"
    ]
    assert stands["+353850000123"]["status"] == "DNC"


def test_messages_name_the_cell_and_the_remedy(synced: Synced) -> None:
    said = {int(row["sync_row"]): row["sync_error"] for row in synced.rows}

    assert "B46" in said[46]
    assert "Format the column as text" in said[46]
    assert "Did you mean active?" in said[52]
    assert said[55].index("C55") < said[55].index("D55") < said[55].index("E55")
    assert "Row 13" in said[14]
    assert "Row 18" in said[17]
    assert "Row 18" in said[19]


def test_the_log_tells_every_call_and_masks_the_numbers(synced: Synced) -> None:
    lines = [json.loads(line) for line in synced.done.stderr.decode().splitlines()]
    assert len([line for line in lines if line.get("code") == "updated"]) == 36
    assert b"2025550101" not in synced.done.stderr


def test_the_workbook_keeps_its_look_and_gets_the_same_codes(samples) -> None:
    assert samples("contacts.xlsx").code == 1
    out = samples.work / "contacts.results.xlsx"
    book = openpyxl.load_workbook(out)
    sheet = book["Contacts"]
    header = [cell.value for cell in sheet[1]]
    assert header[:7] == ["Name", "Mobile", "Country", "Outcome", "Campaign ID", "Notes", "Last call"]
    assert header[7:] == list(SYNC_COLUMNS)
    code = header.index("sync_code")
    rows = {number: row[code].value for number, row in enumerate(sheet.iter_rows(min_row=2), start=2)}
    # a workbook has no unquoted commas
    assert rows == {n: OTHER_CODES.get(n, "updated") for n in range(2, 60)} | {57: "contact_not_found"}
    assert sheet.column_dimensions["A"].width == 20
    assert sheet["G2"].number_format == "d mmm yyyy"
    assert sheet["B6"].value == 7135550188
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref is not None
    assert book.sheetnames == ["Contacts", "Read me"]
    again = CalamineWorkbook.from_path(str(out)).get_sheet_by_name("Contacts").to_python()
    assert [row[code] for row in again[1:]] == list(rows.values())


def test_contacts_by_their_id(samples) -> None:
    assert samples("by-id.csv", "--variables", "replace").code == 1
    codes = {int(row["sync_row"]): row["sync_code"] for row in samples.rows("by-id.results.csv", delimiter=";")}
    others = {
        8: "merged",
        10: "invalid_timezone",
        11: "name_too_long",
        12: "invalid_phone",
        13: "invalid_variables",
        14: "rejected",
        15: "invalid_id",
        16: "contact_not_found",
        17: "nothing_to_change",
    }
    assert codes == {number: others.get(number, "updated") for number in range(2, 18)}


def test_variables_are_not_replaced_unasked(samples) -> None:
    maria = samples.api.store.by_id("2011f161-3079-5278-a8d9-4915b9f5f7fe")
    samples.sheet([(maria.id, "maria.reyes@example.com")], "mail.csv", head=("id", "var.email"))
    samples("mail.csv")
    assert samples.codes("mail.results.csv") == ["updated"]
    assert set(maria.variables) > {"email"}
    assert samples.api.store.by_phone(maria.phone).variables == maria.variables | {"email": "maria.reyes@example.com"}


@pytest.mark.parametrize("sample", ["contacts.xlsx", "by-id.csv"])
def test_a_dry_run_sends_nothing_and_says_what_it_would(samples, sample: str) -> None:
    done = samples(sample, "--dry-run", "-o", "preview.csv")
    assert (done.code, samples.sent.total()) == (1, 0)
    assert "Nothing was sent" in done.screen
    text = (samples.work / "preview.csv").read_text(encoding="utf-8-sig")
    assert "would_send" in text
    assert "success" not in text


def test_the_demo_needs_no_key_and_no_network(run: Run) -> None:
    done = run("contacts.csv", "--sandbox")

    assert done.returncode == 1, done.stderr.decode()
    said = done.stderr.decode()
    assert "Sandbox" in said
    assert "Done: 38 of 38 updates (" in said
    assert "Results: contacts.results.csv" in said
    assert done.stdout == b""


def test_the_demo_knows_the_contacts_of_any_file(run: Run) -> None:
    (run.folder / "mine.csv").write_text("phone,status\n+14155550199,paused\n+442079460958,DNC\n")

    assert run("mine.csv", "--sandbox").returncode == 0

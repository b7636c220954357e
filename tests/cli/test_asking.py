"""`statuses`, `campaigns`, `check` and `template`, against APIs over sockets."""

import csv
import json
import sys

import openpyxl
import pytest

from bulk_sync import sandbox
from bulk_sync.catalog import query
from bulk_sync.cli.root import run_root
from bulk_sync.send import tries
from tests.fake_api import fake_api
from tests.skipped_waits import skip_waits

KEY = "gua_a1b2c3d4_a-secret-that-nobody-may-see"
SPRING, OTHER = "d290f1ee-6c54-4b01-90e6-d701748f0851", "550e8400-e29b-41d4-a716-446655440000"
ODD = [
    {"id": SPRING, "name": "=Spring, 1/2"},
    {"id": OTHER, "name": " 2024 ", "status": "paused"},
    {"id": "38b71cb5-fb6e-5d5d-9fe0-6df52775046f", "name": "Twice"},
    {"id": "552bd5ba-26a5-5246-b88b-e569d9a4dd18", "name": "Twice"},
]
BOTH = {"/contacts/statuses": [{"name": "vip", "label": "V.I.P."}], "/campaigns": {"data": ODD}}


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """`command(api, *arguments)` → exit code, standard output, standard error; `key=None`: there is none."""
    for name in ("GUAYABA_API_KEY", "BULK_SYNC_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(api, *arguments, key=KEY):
        monkeypatch.setenv("BULK_SYNC_BASE_URL", api.url)
        monkeypatch.setenv("BULK_SYNC_API_KEY", key or "")
        monkeypatch.setattr(sys, "argv", ["bulk-sync", *arguments])
        try:
            run_root()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        out, err = capsys.readouterr()
        assert KEY not in out + err
        assert "Traceback" not in err
        return code, out, err

    monkeypatch.setattr(tries, "FIRST_PAUSE", 0.001)
    skip_waits(monkeypatch)
    return run


@pytest.fixture
def real():
    """The sandbox, with a key of the tests."""
    with sandbox.running() as running:
        yield running


def test_the_statuses_of_the_sandbox(command, real):
    code, out, err = command(real, "statuses", key=real.key)
    assert (code, err) == (0, "")
    assert "already-customer" in out
    entries = json.loads(command(real, "statuses", "--json", key=real.key)[1])
    assert [each["name"] for each in entries][:4] == ["active", "paused", "fulfilled", "DNC"]
    by_name = {each["name"]: each for each in entries}
    assert by_name["callback-requested"] == {
        "name": "callback-requested", "labels": ["Callback Requested"], "terminal": False, "system": False,
    }  # fmt: skip
    assert len(entries) == 11


def test_the_campaigns_of_the_sandbox(command, real):
    assert "Trade Fair Leads" in command(real, "campaigns", key=real.key)[1]
    entries = json.loads(command(real, "campaigns", "--json", key=real.key)[1])
    assert entries[0] == {"id": SPRING, "name": "Spring Outreach", "paused": False}
    assert [each["name"] for each in entries if each["paused"]] == ["Trade Fair Leads"]


@pytest.mark.parametrize("name", ["statuses", "campaigns"])
def test_without_a_key_there_is_nothing_to_ask(name, command):
    with fake_api(BOTH) as api:
        code, out, err = command(api, name, key=None)
    assert (code, out, api.asked) == (4, "", [])
    assert "There is no API key" in err


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ((401, {"message": "Invalid or missing API key"}), 4, "refused the key"),
        ((404, b"<html>"), 4, "web site"),
        ((302, {}), 4, "redirects"),
        ((503, {"message": "maintenance"}), 3, "could not be re"),
    ],
)
@pytest.mark.parametrize("name", ["statuses", "campaigns", "template"])
def test_what_stops_a_run_ends_a_command(name, answer, code, says, command, tmp_path):
    with fake_api(dict.fromkeys(("/contacts/statuses", "/campaigns"), answer)) as api:
        done = command(api, name, *(["t.xlsx"] if name == "template" else []))
    assert done[:2] == (code, "")
    assert says in done[2]
    assert not (tmp_path / "t.xlsx").exists()


def test_an_api_that_says_nothing_is_not_waited_for_long(command, monkeypatch):
    monkeypatch.setattr(query, "PATIENCE", 0.05)
    with fake_api({}) as api:
        pass
    code, _, err = command(api, "statuses")
    assert code == 3
    assert "could not be reached" in err or "no answer came from the API" in err


def test_statuses_that_are_not_to_be_had_leave_those_of_the_system(command):
    with fake_api({"/contacts/statuses": (403, {"message": "Not for you"})}) as api:
        code, out, err = command(api, "statuses")
        assert code == 0
        assert "DNC" in out
        assert "own statuses are not known: the API does not let this be read (403)" in err
        assert command(api, "statuses", "-q")[2] == ""


def test_campaigns_that_are_not_to_be_had_are_an_error(command):
    with fake_api({}) as api:
        code, out, err = command(api, "campaigns")
    assert (code, out) == (4, "")
    assert "The campaigns are not known: the API does not let this be read (404)" in err


def test_what_was_read_can_be_shown_offline_for_a_day(command):
    with fake_api(BOTH) as api:
        command(api, "statuses")
        asked = len(api.asked)
        code, out, err = command(api, "statuses", "--offline")
        assert (code, len(api.asked)) == (0, asked)
        assert "vip" in out
        assert err.count("as they were read") == 1
        code, out, err = command(api, "campaigns", "--offline")
        assert (code, out, len(api.asked)) == (4, "", asked)
        assert "none were read in the last 24 hours" in err


def test_a_configuration_file_may_hold_options_of_a_run(command, tmp_path):
    (tmp_path / "bulk-sync.toml").write_text('region = "GB"\nmap = { status = "Outcome" }\n')
    with fake_api(BOTH) as api:
        assert command(api, "statuses")[0] == 0
        (tmp_path / "bulk-sync.toml").write_text("nonsense = 1\n")
        assert command(api, "statuses")[0] == 4


def test_check_says_that_all_is_well(command, real):
    code, out, err = command(real, "check", key=real.key)
    assert (code, err) == (0, "")
    assert "From the environment variable BULK_SYNC_API_KEY. It is accepted." in out
    assert real.key not in out
    assert command(real, "check", "-q", key=real.key)[1] == ""


def test_check_tells_machines_the_same(command, real):
    found = json.loads(command(real, "check", "--json", key=real.key)[1])
    assert (found["exit_code"], found["base_url"], found["reads"]["limit"]) == (0, real.url, 100)
    assert abs(found["clock_ahead_seconds"]) < 1
    assert {each["what"]: each["ok"] for each in found["findings"]} == dict.fromkeys(
        ("API", "key", "limits", "clock"), True
    )


def test_check_says_that_the_key_is_refused_even_when_it_is_to_be_quiet(command, real):
    code, out, _ = command(real, "check", "-q")
    assert code == 4
    assert "It is refused (401)" in out


def test_check_without_a_key_and_with_one_from_a_file(command, real, monkeypatch, tmp_path):
    assert command(real, "check", key=None)[0] == 4
    (tmp_path / "key").write_text(real.key + "\n")
    monkeypatch.setenv("BULK_SYNC_API_KEY_FILE", str(tmp_path / "key"))
    code, out, _ = command(real, "check", key=None)
    assert code == 0
    assert "From the file that BULK_SYNC_API_KEY_FILE names." in out


def test_a_template_offers_what_the_api_lists_and_replaces_nothing_unasked(command, tmp_path):
    with fake_api(BOTH) as api:
        code, out, err = command(api, "template", "t.xlsx", "--json")
        assert json.loads(out) == {"template": "t.xlsx", "statuses": 10, "campaigns": 4}
        assert (code, err) == (0, "t.xlsx: a template that offers 10 statuses and 4 campaigns.\n")
        before = (tmp_path / "t.xlsx").read_bytes()
        assert command(api, "template", "t.xlsx")[0] == 2
        assert (tmp_path / "t.xlsx").read_bytes() == before
        assert command(api, "template", "t.xlsx", "--force")[0] == 0
        assert command(api, "template", "t.csv")[0] == 2


@pytest.mark.parametrize("options", [["-n"], ["-n", "--phone-check", "possible", "--region", "DE"]])
def test_every_word_that_a_template_offers_is_understood_and_its_example_is_never_sent(options, command, tmp_path):
    with fake_api(BOTH) as api:
        command(api, "template", "t.xlsx")
        book = openpyxl.load_workbook(tmp_path / "t.xlsx")
        lists = book["Lists"]
        words = {at: [cell.value for cell in lists[at][1:] if cell.value] for at in ("B", "C")}
        assert words["C"] == ["2024", *sorted(entry["id"] for entry in ODD if entry["name"] == "Twice"), "=Spring, 1/2"]
        sheet = book["Contacts"]
        for number, (status, campaign) in enumerate((s, c) for s in words["B"] for c in [None, *words["C"]]):
            for column, text in enumerate((f"+1415555{number + 100:04d}", status, campaign), start=1):
                sheet.cell(number + 3, column, text).data_type = "s" if text else "n"
        book.save(tmp_path / "t.xlsx")
        command(api, "t.xlsx", *options, "-o", "results.csv")
    with (tmp_path / "results.csv").open(newline="", encoding="utf-8-sig") as text:
        example, *rest = csv.DictReader(text)
    assert (example["sync_result"], example["sync_code"]) == ("error", "invalid_phone")
    assert {row["sync_code"] for row in rest} == {"updated"}
    assert len(rest) == 50


@pytest.mark.parametrize(("arguments", "key"), [([], None), (["--offline"], None), (["--offline"], KEY)])
def test_a_template_without_the_api_offers_the_system_statuses_and_says_so(arguments, key, command, tmp_path):
    with fake_api(BOTH) as api:
        code, _, err = command(api, "template", "t.xlsx", *arguments, key=key)
    assert (code, api.asked) == (0, [])
    assert err.count("Only system statuses and campaign IDs are known") == 1
    assert "9 statuses" in err
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert [each.formula1 for each in book["Contacts"].data_validations.dataValidation] == ["Lists!$B$2:$B$10"]


def test_a_template_where_the_lists_are_not_to_be_had_says_so(command):
    with fake_api({"/contacts/statuses": [{"name": "vip"}], "/campaigns": (403, {})}) as api:
        code, _, err = command(api, "template", "t.xlsx")
    assert code == 0
    assert "The campaigns are not known" in err
    assert "10 statuses." in err

"""`bulk-sync dnc`: a company's own list of people who must never be called, from a file to the memory and out again."""

import csv
import json
import os
import stat
import subprocess

import pytest

from tests.adapter import dnc_memory, written_by_a_newer_version
from tests.desk import PHONES
from tests.stories.conftest import COMMAND, environment

ANNA, BEN, CARL, DORA = PHONES[:4]
SOMEBODY = "0f9c1e52-7a3b-4b7e-9c55-2d1f8e6a0b11"


@pytest.fixture
def at(at, monkeypatch):
    monkeypatch.delenv("BULK_SYNC_API_KEY")  # none of this needs one
    return at


def remembered(at):
    return dnc_memory(at.state, at.api.url)


def masked(phone):
    return f"{phone[:2]}{'•' * (len(phone) - 5)}{phone[-3:]}"


# ------------------------------------------------------------------------------------------------------------------ add


def test_a_list_is_read_as_a_run_reads_it(at):
    at.sheet(
        [
            ("(415) 555-0100", ""),
            ("0151 12345678", "DE"),
            ("+1 415 555 0101 ext. 7", ""),
            ("4155550100", ""),
            ("", ""),
        ],
        head=("Mobile", "Country"),
    )
    done = at("dnc", "add", "rows.csv")
    assert done.code == 0
    assert 'phone from "Mobile" (column A)' in done.screen
    assert "Added 3 people to the DNC memory" in done.screen
    assert remembered(at) == {(phone, None): ["list rows.csv"] for phone in (ANNA, BEN, "+4915112345678")}
    again = at("dnc", "add", "rows.csv")
    assert again.code == 0
    assert "Added 0 people" in again.screen
    assert "3 were in it already" in again.screen


@pytest.mark.parametrize("suffix", ["xlsx", "tsv"])
def test_any_format_will_do(at, suffix):
    rows = [("phone", "reason"), (ANNA, "wrote to us"), (BEN, "")]
    path = at.work / f"never.{suffix}"
    if suffix == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        path.write_text("\n".join("\t".join(row) for row in rows), "utf-8")
    assert at("dnc", "add", path.name).code == 0
    assert remembered(at) == {(ANNA, None): [f"list never.{suffix}"], (BEN, None): [f"list never.{suffix}"]}


def test_the_options_of_a_run_say_how_it_is_read(at):
    at.sheet([("030 123456", "x")], head=("a", "b"), delimiter=";")
    done = at("dnc", "add", "rows.csv", "--map", "phone=A", "--region", "DE", "--delimiter", ";")
    assert done.code == 0
    assert remembered(at) == {("+4930123456", None): ["list rows.csv"]}


def test_it_reads_standard_input(at):
    variables = {"BULK_SYNC_BASE_URL": at.api.url}
    done = subprocess.run(
        [*COMMAND, "dnc", "add", "-"], input=f"phone\n{ANNA}\n".encode(), cwd=at.work, check=False, capture_output=True,
        env=environment(at.home, **variables), timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert remembered(at) == {(ANNA, None): ["list standard input"]}


def test_rows_that_cannot_be_read_are_named_and_the_others_are_added(at):
    at.sheet([(ANNA,), ("n/a",), ("415-555-0101 / 415-555-0102",), ("4.15556E+09",), (DORA,)], head=("phone",))
    done = at("dnc", "add", "rows.csv")
    assert done.code == 1
    for row in ("Row 3, phone (A3)", "Row 4, phone (A4)", "Row 5, phone (A5)"):
        assert row in done.screen
    assert "nothing to change" not in done.screen
    assert set(remembered(at)) == {(ANNA, None), (DORA, None)}


def test_what_it_did_is_there_for_programs_too(at):
    at.sheet([(ANNA,), ("n/a",)], head=("phone",))
    done = at("dnc", "add", "rows.csv", "--json", "--quiet")
    found = json.loads(done.out)
    assert (found["list"], found["added"], found["known"]) == ("rows.csv", 1, 0)
    assert [each["row"] for each in found["not_understood"]] == [3]
    assert found["base_url"] == at.api.url


def test_a_status_beside_the_numbers_does_not_matter(at):
    at.sheet([(ANNA, "active", "x"), (BEN, "nonsense", "y"), (CARL, "", "")], head=("phone", "status", "campaign"))
    assert at("dnc", "add", "rows.csv").code == 0
    assert {phone for phone, _ in remembered(at)} == {ANNA, BEN, CARL}


def test_ids_of_another_program_are_not_contact_ids(at):
    at.sheet([(1, ANNA), (2, BEN)], head=("ID", "phone"))
    done = at("dnc", "add", "rows.csv")
    assert done.code == 0
    assert set(remembered(at)) == {(ANNA, None), (BEN, None)}


def test_contact_ids_are_added_and_a_number_beside_one_is_the_same_person(at):
    at.sheet([(SOMEBODY, ANNA), ("3f9c1e52-7a3b-4b7e-9c55-2d1f8e6a0b33", "")], head=("id", "phone"))
    assert at("dnc", "add", "rows.csv").code == 0
    assert set(remembered(at)) == {(ANNA, SOMEBODY), (None, "3f9c1e52-7a3b-4b7e-9c55-2d1f8e6a0b33")}


def test_a_file_without_numbers_or_without_people_is_refused(at):
    at.sheet([("x",)], head=("colour",))
    done = at("dnc", "add", "rows.csv")
    assert done.code == 2
    assert "--map phone=COLUMN" in done.screen
    at.sheet([], head=("phone",))
    assert at("dnc", "add", "rows.csv").code == 2
    assert at("dnc", "add", "nowhere.csv").code == 2
    assert not (at.state / "dnc.db").exists()


def test_another_address_has_another_list(at):
    at.sheet([(ANNA,)], head=("phone",))
    assert at("dnc", "add", "rows.csv", "--base-url", "https://other.example").code == 0
    assert remembered(at) == {}
    assert at("dnc", "check", "rows.csv").code == 0
    assert at("dnc", "check", "rows.csv", "--base-url", "https://OTHER.example/").code == 1
    refused = at("dnc", "add", "rows.csv", "--base-url", "other.example")
    assert refused.code == 4
    assert "not an address" in refused.screen


# ---------------------------------------------------------------------------------------------------------------- check


def test_a_check_names_the_rows_whose_people_must_not_be_called(at):
    at.sheet([(BEN,), (DORA,)], "never.csv", head=("phone",))
    at("dnc", "add", "never.csv")
    at.sheet([(ANNA, "active"), (BEN, "active"), (CARL, "paused"), (DORA, "DNC"), (BEN, "paused")])
    before = (at.state / "dnc.db").read_bytes()
    done = at("dnc", "check", "rows.csv")
    assert done.code == 1
    lines = [line.split() for line in done.out.splitlines()[1:]]
    assert [line[:2] for line in lines] == [["3", masked(BEN)], ["5", masked(DORA)], ["6", masked(BEN)]]
    assert all(line[-2:] == ["list", "never.csv"] for line in lines)
    assert BEN not in done.out + done.screen
    assert "3 of 5 rows name somebody who must never be called" in done.screen
    assert (at.state / "dnc.db").read_bytes() == before

    found = json.loads(at("dnc", "check", "rows.csv", "--json").out)
    assert [each["row"] for each in found["found"]] == [3, 5, 6]
    assert {each["source"] for each in found["found"]} == {"list never.csv"}
    assert found["checked"] == 5


def test_a_check_of_a_file_with_none_of_them_is_well(at):
    at.sheet([(ANNA,)], head=("phone",))
    done = at("dnc", "check", "rows.csv")
    assert done.code == 0
    assert "0 of 1 rows name somebody" in done.screen
    assert not (at.state / "dnc.db").exists()


def test_a_row_that_cannot_be_read_cannot_be_well(at):
    at.sheet([("n/a",)], head=("phone",))
    done = at("dnc", "check", "rows.csv")
    assert done.code == 1
    assert "Row 2" in done.screen


# ------------------------------------------------------------------------------------------------------ list and export


def test_the_list_masks_numbers_unless_it_is_asked_for_them(at):
    at.sheet([(ANNA,), (BEN,)], "never.csv", head=("phone",))
    at("dnc", "add", "never.csv")
    done = at("dnc", "list")
    assert done.code == 0
    assert masked(ANNA) in done.out
    assert ANNA not in done.out
    assert "list never.csv" in done.out
    assert str(at.state / "dnc.db") in done.screen
    assert ANNA in at("dnc", "list", "--show-phones").out
    found = json.loads(at("dnc", "list", "--json").out)
    assert [each["phone"] for each in found["people"]] == [masked(ANNA), masked(BEN)]
    found = json.loads(at("dnc", "list", "--json", "--show-phones").out)
    assert [each["phone"] for each in found["people"]] == [ANNA, BEN]


def test_an_empty_list_says_so_and_makes_no_file(at):
    done = at("dnc", "list")
    assert done.code == 0
    assert "0 people in the DNC memory" in done.screen
    assert json.loads(at("dnc", "list", "--json").out)["people"] == []
    assert at("dnc", "export").out == "phone,id,since,source\n"
    assert not at.state.exists()


def test_an_export_is_for_its_owner_and_can_be_added_elsewhere(at):
    at.sheet([(SOMEBODY, ""), ("", BEN)], "never.csv", head=("id", "phone"))
    at("dnc", "add", "never.csv")
    assert at("dnc", "export", "-o", "all.csv").code == 0
    if os.name == "posix":
        assert stat.S_IMODE((at.work / "all.csv").stat().st_mode) == 0o600
    with (at.work / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["phone"], row["id"], row["source"]) for row in rows] == [
        (BEN, "", "list never.csv"),
        ("", SOMEBODY, "list never.csv"),
    ]
    refused = at("dnc", "export", "-o", "all.csv")
    assert refused.code == 2
    assert "--force" in refused.screen
    assert at("dnc", "export", "-o", "all.csv", "--force").code == 0
    at.forget()
    assert at("dnc", "add", "all.csv").code == 0
    assert set(remembered(at)) == {(BEN, None), (None, SOMEBODY)}


# --------------------------------------------------------------------------------------------------------------- remove


def test_a_number_is_removed_for_good_with_a_reason_that_stays(at):
    at.sheet([(ANNA,), (BEN,)], "never.csv", head=("phone",))
    at("dnc", "add", "never.csv")
    done = at("dnc", "remove", "(415) 555-0100", "--reason", "asked to be called again")
    assert done.code == 0
    assert set(remembered(at)) == {(BEN, None)}
    assert ANNA.encode() not in b"".join(path.read_bytes() for path in at.state.glob("dnc.db*"))
    listed = at("dnc", "list")
    assert "1 (asked to be called again)" in listed.out
    [line] = json.loads(at("dnc", "list", "--json").out)["removed"]
    assert line["reason"] == "asked to be called again"
    assert line["people"] == 1
    again = at("dnc", "remove", ANNA, "--reason", "again")
    assert again.code == 1
    assert "1 was not in it" in again.screen


def test_the_people_in_a_file_are_removed(at):
    at.sheet([(ANNA,), (BEN,), (CARL,)], "never.csv", head=("phone",))
    at("dnc", "add", "never.csv")
    at.sheet([(ANNA,), (BEN,), (DORA,)], "again.csv", head=("phone",))
    done = at("dnc", "remove", "again.csv", "--reason", "list of the wrong year", "--json")
    assert done.code == 0
    assert json.loads(done.out)["removed"] == 2
    assert json.loads(done.out)["not_in_it"] == 1
    assert set(remembered(at)) == {(CARL, None)}


@pytest.mark.parametrize("reason", [[], ["--reason", "  "], ["--reason", "415-555-0100 said so"]])
def test_without_a_reason_or_with_the_number_in_it_nobody_is_removed(at, reason):
    at.sheet([(ANNA,)], "never.csv", head=("phone",))
    at("dnc", "add", "never.csv")
    assert at("dnc", "remove", ANNA, *reason).code == 2
    assert set(remembered(at)) == {(ANNA, None)}


def test_what_is_neither_a_number_nor_a_file_is_said(at):
    done = at("dnc", "remove", "nver.csv", "--reason", "x")
    assert done.code == 2
    assert "neither a file nor a phone number" in done.screen


# ------------------------------------------------------------------------------------------------------- what is broken


@pytest.mark.parametrize("damage", ["garbage", "empty", "cut", "folder", "newer"])
def test_a_broken_memory_is_never_taken_for_an_empty_one(at, damage):
    at.sheet([(f"+1415556{number:04d}",) for number in range(500)], "never.csv", head=("phone",))
    assert at("dnc", "add", "never.csv").code == 0
    path = at.state / "dnc.db"
    whole = path.read_bytes()
    match damage:
        case "garbage":
            path.write_bytes(b"these are not the pages you are looking for" * 99)
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(whole[: len(whole) // 8192 * 4096])
        case "folder":
            path.unlink()
            path.mkdir()
        case "newer":
            written_by_a_newer_version(path)
    left = path.read_bytes() if path.is_file() else None
    advice = {"folder": "Move the folder away", "newer": "pip install --upgrade"}.get(damage, "from a backup")
    for command in ("add never.csv", "check never.csv", "list", "export", "remove +14155560007 --reason x"):
        done = at("dnc", *command.split())
        assert done.code == 4, command
        assert str(path) in done.screen
        assert advice in done.screen
        assert left is None or path.read_bytes() == left
        assert done.out == ""


@pytest.mark.trial
def test_two_lists_that_are_added_at_once_are_both_in_it(at):
    for name, area in (("one.csv", 415), ("two.csv", 416)):
        at.sheet([(f"+1{area}556{number:04d}",) for number in range(2_000)], name, head=("phone",))
    with at.started("dnc", "add", "one.csv") as one, at.started("dnc", "add", "two.csv") as two:
        assert one.wait(60) == 0, one.stderr.read()
        assert two.wait(60) == 0, two.stderr.read()
    assert len(remembered(at)) == 4_000

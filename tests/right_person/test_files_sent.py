"""Whom does a real run of each of these files reach? Nobody but the person meant."""

import shutil

import pytest

from .preview import DATA

ANNA, BEN, CARA = "+14155552671", "+14155552672", "+14155552673"


@pytest.mark.parametrize(
    ("file", "sent"),
    [
        ("09-two-lines-in-first-cell", {CARA}),
        ("14-owner-uuid-as-campaign", {f"+1415555260{n}" for n in range(8)}),
        ("20-key-value-preface", {ANNA, BEN}),
        ("24-opposite-suggestions", set()),
        ("26-google-contacts-second-phone", set()),
    ],
)
def test_a_run_reaches_only_whom_the_file_means(at, file, sent):
    shutil.copy(DATA / f"{file}.csv", at.work)
    at(f"{file}.csv", "--max-errors", "100%")
    assert set(at.sent) == sent
    assert not any(body.get("campaignId") for body in at.door.bodies)


@pytest.mark.parametrize(
    "text",
    [
        f'Phone,Status,Note\n{CARA},paused,"said\n{ANNA},DNC,x"\n',
        f'Phone,Status,Note\n{CARA},paused,"said "no"\n{ANNA},DNC,x"\n{ANNA},oops,y\n',
        f"Mobile Phone,Home Phone,Status\n{ANNA},{BEN},active\n",
        f"Phone,Status\n#{ANNA},active\n#{BEN},DNC\n",
        f"Phone^Status\n{ANNA}^active\n",
        f"{ANNA},DNC\nPhone,Status\n{CARA},nonsense\n",
        f"Fax,Status\n{ANNA},active\n",
        f"Vorwahl,Nummer,Status\n0171,{ANNA[2:]},active\n",
    ],
)
def test_nobody_is_reached_where_it_cannot_be_told_who_is_meant(at, text):
    (at.work / "list.csv").write_text(text)
    at("list.csv")
    assert {ANNA, BEN}.isdisjoint(at.sent)


def test_a_retry_of_torn_rows_reaches_nobody_either(at):
    text = f'Phone,Status,Note\n{ANNA},paused,"said\n{BEN},DNC,x" y\n{CARA},DNC,\n'
    (at.work / "rows.csv").write_text(text)
    at("rows.csv", "--max-errors", "100%")
    assert set(at.sent) == {CARA}
    at("retry", "rows.results.csv", "--max-errors", "100%")
    assert {ANNA, BEN}.isdisjoint(at.sent)
    assert at.codes()[:2] == ["unreadable_row"] * 2

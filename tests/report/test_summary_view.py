"""How does a person see what a run would do to contacts?"""

import io

from rich.console import Console

from bulk_sync.model import Change, Kind
from bulk_sync.report.summary import Impact, Saving, Summary
from bulk_sync.report.summary_view import MOST, impact_shown


def shown(effects=None, saving=None):
    """The lines that a person sees."""
    summary = Summary(
        run="r", input="x.csv", results=None, dry_run=True, rows=1, counts={}, calls=1, calls_by_kind={Kind.REST: 1},
        order="safest", settled=0, seconds=0.0, exit_code=0, effects=effects, saving=saving,
    )  # fmt: skip
    console = Console(file=io.StringIO(), width=200, color_system=None)
    for each in impact_shown(summary):
        console.print(each)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def impact_of(*counted):
    effects = Impact(frozenset({"paused", "DNC"}))
    for change, status, campaign in counted:
        effects.add(change, status, campaign)
    return effects


def test_before_and_after_stand_in_a_table_the_most_frequent_first():
    lines = shown(impact_of((Change("DNC"), None, None), *[(Change("paused"), "active", None)] * 1200))
    assert lines == [
        "contacts status",
        "1,200 active → paused",
        "1 ? → DNC",
        "Outreach would stop for 1,201 contacts.",
    ]


def test_campaigns_have_a_table_of_their_own():
    lines = shown(impact_of((Change(campaign="b"), None, "a")))
    assert lines[:2] == ["contacts campaign", "1 a → b"]
    assert lines[2].endswith("1 contact would move to another campaign or time zone.")


def test_a_long_table_ends_with_the_rest():
    lines = shown(impact_of(*[(Change("paused"), f"s{number:02d}", None) for number in range(MOST + 3)]))
    assert lines[MOST + 1] == "3 3 other changes"


def test_what_could_be_saved_is_told_where_something_can():
    assert shown(saving=Saving(970, 1920.0)) == [
        "970 contacts already have these values. Add --only-changed to skip them (about 32 min less)."
    ]


def test_one_contact_stands_as_asked():
    assert shown(saving=Saving(1, 0.0))[0].startswith("1 contact already has these values")


def test_where_nothing_is_known_nothing_is_said():
    assert shown() == []
    assert shown(impact_of((Change(name="Anna"), "active", None))) == []

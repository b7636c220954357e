"""How does a table become a plan? What holds for whole plans."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.errors import Code, Result
from bulk_sync.model import DNC

from .building import ANNA, BORIS, RENEWALS, SPRING, planned, words_of

ONE, TWO = "+14155552671", "+14155552672"


def test_rows_of_one_contact_are_settled_and_name_each_other_by_spreadsheet_row():
    plan = planned(
        "phone status campaign",
        [[ONE, "paused", ""], [TWO, "active", ""], [ONE, "", SPRING], [ONE, "paused", ""], [ONE, "active", ""]],
    )
    assert words_of(plan) == ["updated", "updated", "merged", "duplicate", "superseded"]
    assert plan.leader.tolist() == [-1, -1, 0, 0, 0]
    assert plan.change(0).campaign == SPRING
    assert 2 not in plan.reasons
    assert plan.reasons[3].startswith("Row 2 says the same")
    assert plan.reasons[4].startswith("Row 2 says something else")


def test_rows_that_cannot_be_sent_do_not_take_part():
    plan = planned("phone status", [[ONE, "nonsense"], [ONE, "paused"], [ONE, "paused"]])
    assert words_of(plan) == ["unknown_status", "updated", "duplicate"]


def test_a_dnc_row_that_cannot_be_sent_for_another_fault_is_no_reason_to_restart_quietly():
    """Row by row: a DNC whose campaign is a slip has its own error; what other rows say goes out as they say it."""
    plan = planned("phone status campaign", [[ONE, DNC, "Spring"], [ONE, "paused", ""]])
    assert words_of(plan) == ["unknown_campaign", "updated"]


def test_conflicts_are_refused_on_request_and_say_what_to_do():
    plan = planned("phone status", [[ONE, "paused"], [ONE, "active"], [TWO, "active"]], on_conflict="error")
    assert words_of(plan) == ["conflict", "conflict", "updated"]
    assert "--on-conflict" in plan.reasons[0]
    assert "row 3" in plan.reasons[0].lower()
    assert "row 2" in plan.reasons[1].lower()
    assert plan.sequence.tolist() == [2]


def test_a_contact_by_phone_and_one_by_id_are_two_as_far_as_the_file_tells():
    plan = planned("id phone status", [[ANNA, "", "paused"], ["", ONE, "active"], [BORIS, "", "active"]])
    assert words_of(plan) == ["updated"] * 3


def test_an_empty_table_is_an_empty_plan():
    plan = planned("phone status", [])
    assert len(plan) == 0
    assert list(plan.updates()) == []
    assert plan.facts.completed == 0


def test_calls_are_the_same_one_by_one_and_one_after_the_other(monkeypatch):
    monkeypatch.setattr("bulk_sync.plan.plan.TOGETHER", 2)
    updates = planned("phone status", [[f"415200000{at}", "paused"] for at in range(5)]).updates()
    assert [each.row for each in updates] == [0, 1, 2, 3, 4]
    assert list(updates) == [updates[at] for at in range(5)]
    assert list(updates[1:4]) == [updates[at] for at in (1, 2, 3)]


CELLS = {
    "id": st.sampled_from(["", "", "", ANNA, BORIS.upper(), BORIS, "17"]),
    "phone": st.sampled_from(["", ONE, "415-555-2671", TWO, "12", "1.4E+10", "020 7946 0123"]),
    "country": st.sampled_from(["", "", "GB", "Atlantis"]),
    "status": st.sampled_from(["", "", DNC, "do not call", "paused", "active", "talk to human", "?"]),
    "campaign": st.sampled_from(["", "", SPRING, SPRING.upper(), RENEWALS, "?"]),
    "name": st.sampled_from(["", "", "Anna"]),
    "var.email": st.sampled_from(["", "", "", "a@b.c"]),
}
TABLES = st.lists(st.tuples(*CELLS.values()), max_size=12)
NAMES = " ".join(CELLS)
RULES = st.fixed_dictionaries(
    {
        "on_conflict": st.sampled_from(["safest", "last", "first", "error"]),
        "order": st.sampled_from(["safest", "file"]),
        "create_in": st.sampled_from([None, SPRING]),
    }
)


def everything(plan):
    return (
        words_of(plan),
        dict(plan.reasons),
        plan.leader.tolist(),
        plan.rows.phone.tolist(),
        list(plan.updates()),
        plan.kinds.tolist(),
        plan.facts,
    )


@settings(max_examples=25, deadline=None)
@given(TABLES, RULES, st.integers(1, 12))
def test_a_plan_is_the_same_whatever_the_chunks(rows, rules, size):
    assert everything(planned(NAMES, rows, **rules)) == everything(planned(NAMES, rows, size=size, **rules))


@settings(max_examples=25, deadline=None)
@given(TABLES, RULES)
def test_every_row_has_one_fate_and_every_call_one_row(rows, rules):
    plan = planned(NAMES, rows, **rules)
    assert len(plan) == len(plan.rows.code) == len(plan.leader) == len(rows)
    sent = plan.sequence.tolist()
    assert len(sent) == len(set(sent))
    for place in range(len(rows)):
        code = plan.code(place)
        assert (place in sent) == (code is Code.UPDATED)
        if code.result is Result.ERROR or code in {Code.DUPLICATE, Code.SUPERSEDED}:
            assert plan.reasons[place]
        leader = int(plan.leader[place])
        assert (leader >= 0) == (code in {Code.MERGED, Code.DUPLICATE, Code.SUPERSEDED, Code.CONFLICT})
        if code is Code.MERGED:
            assert leader in sent
        if code in {Code.DUPLICATE, Code.SUPERSEDED}:
            assert plan.code(leader) in {Code.UPDATED, Code.MERGED, Code.DUPLICATE}


@settings(max_examples=25, deadline=None)
@given(TABLES, RULES)
def test_every_call_changes_something_and_no_contact_is_called_twice(rows, rules):
    plan = planned(NAMES, rows, **rules)
    updates = list(plan.updates())
    assert all(update.change for update in updates)
    assert all((update.phone is None) != (update.contact_id is None) for update in updates)
    names = [(update.contact_id or update.phone).casefold() for update in updates]
    assert len(names) == len(set(names))
    for update in updates:
        if update.phone:
            assert (update.change.phone, update.change.said.get("name")) == (None, None)


@settings(max_examples=25, deadline=None)
@given(TABLES, RULES)
def test_what_is_sent_was_said_by_a_row_of_that_contact(rows, rules):
    plan = planned(NAMES, rows, **rules)
    for update in plan.updates():
        family = [
            update.row,
            *(at for at in range(len(rows)) if plan.leader[at] >= 0 and _root(plan, at) == update.row),
        ]
        for field, value in (("status", update.change.status), ("campaign", update.change.campaign)):
            column = list(CELLS).index(field)
            said = {rows[at][column].casefold().replace("do not call", "dnc").replace(" ", "-") for at in family}
            assert value is None or value.casefold() in said


def _root(plan, place):
    """The row that a row's fate leads to; rows in conflict name each other, and lead nowhere."""
    seen = []
    while plan.leader[place] >= 0 and place not in seen:
        seen.append(place)
        place = int(plan.leader[place])
    return place

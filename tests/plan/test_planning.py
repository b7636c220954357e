"""Plans: what each row asks for by itself, what holds for whole plans, and in which order they are sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_sync.errors import Code, Result
from bulk_sync.model import CAMPAIGNS, DNC, STATUSES, Kind
from bulk_sync.plan.planning import PlanOptions, decide
from bulk_sync.plan.row_decisions import ReadRows
from bulk_sync.plan.status import Statuses

from .building import ANNA, BORIS, RENEWALS, SPRING, Rows, columns_of, planned, words_of

ONE, TWO = "+14155552671", "+14155552672"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ([ONE, "paused", ""], "updated"),
        ([ONE, "", SPRING], "updated"),
        ([ONE, "Do Not Call", SPRING.upper()], "updated"),
        ([ONE, "", ""], "nothing_to_change"),
        (["", "", ""], "blank"),
        ([" ", "\u00a0", "\u200b"], "blank"),
        (["", "paused", ""], "missing_phone"),
        (["", "", SPRING], "missing_phone"),
        (["12", "paused", ""], "invalid_phone"),
        (["4155552671/4155552672", "paused", ""], "ambiguous_phone"),
        (["1.41556E+10", "paused", ""], "mangled_phone"),
        ([ONE, "no idea", ""], "unknown_status"),
        ([ONE, "", "Spring"], "unknown_campaign"),
        ([ONE, "paused", "Spring"], "unknown_campaign"),
    ],
)
def test_a_row_gets_its_code(row, word):
    plan = planned("phone status campaign", [row])
    assert (words_of(plan), len(plan.sequence)) == ([word], word == "updated")


@pytest.mark.parametrize(
    ("names", "row", "word"),
    [
        ("phone country status", ["", "US", ""], "missing_phone"),
        ("phone status name", ["", "", "Anna"], "blank"),
        ("id phone status", [ANNA, ONE, ""], "updated"),
        ("id phone status", [ANNA, "", ""], "nothing_to_change"),
    ],
)
def test_other_columns_may_be_all_that_a_row_says(names, row, word):
    assert words_of(planned(names, [row])) == [word]


@pytest.mark.parametrize(
    ("row", "word", "names"),
    [
        (["12", "?", "?", "x" * 256, "?"], "invalid_phone", 3),
        (["", "?", "?", "", ""], "missing_phone", 3),
        ([ONE, "?", "?", "", ""], "unknown_status", 2),
        ([ONE, "paused", "?", "", ""], "unknown_campaign", 1),
        (["12", "", "", "", ""], "invalid_phone", 2),
    ],
)
def test_of_several_faults_the_first_gives_the_code_and_the_sentence_names_all(row, word, names):
    plan = planned("phone status campaign name timezone", [row])
    assert words_of(plan) == [word]
    assert plan.reasons[0].count("Row 2") == names


@pytest.mark.parametrize("word", ["id", "phone"])
def test_a_row_that_names_nobody_is_told_what_to_enter(word):
    plan = planned(f"{word} status", [["", "paused"]])
    assert words_of(plan) == ["missing_phone"]
    assert plan.reasons[0].startswith("Row 2, ")
    assert word in plan.reasons[0].lower()
    assert word == "phone" or "phone number" not in plan.reasons[0]


def test_a_row_that_cannot_be_read_is_not_sent_and_shows_nobodys_number_or_id():
    rows = [[ANNA, "415-555-2671", "paused"], [ANNA, ONE, "paused"]]
    plan = planned("id phone status", rows, broken={0: "it has 9 cells."})
    assert words_of(plan) == ["unreadable_row", "updated"]
    assert plan.reasons[0] == "Row 2: it has 9 cells."
    assert (plan.phone(0), plan.rows.contact[0], plan.facts.completed) == (None, -1, 0)


def test_a_number_is_shown_on_every_row_that_has_one():
    rows = [[ONE, "?"], [ONE, ""], [ONE, "paused"], [ONE, "paused"], [ONE, "active"], ["12", "paused"]]
    assert [planned("phone status", rows).phone(at) for at in range(6)] == [ONE] * 5 + [None]


NEEDS = [
    ("phone status campaign", [[ONE, "DNC", SPRING], [TWO, "", ""], ["12", "Do Not Call", ""]], set()),
    ("phone status campaign", [[ONE, "dnc", ""]], {STATUSES}),
    ("phone status campaign", [[ONE, "DNC", "Spring"]], {CAMPAIGNS}),
    ("phone status campaign", [["12", "vip", "Spring"]], {STATUSES, CAMPAIGNS}),
    ("phone name", [[ONE, "vip"]], set()),
]


@pytest.mark.parametrize(("names", "rows", "kinds"), NEEDS)
def test_it_is_known_which_names_cells_need_before_any_is_known(names, rows, kinds):
    assert ReadRows(Rows(rows, columns_of(names)), columns_of(names), PlanOptions()).needs == kinds


def test_the_status_of_a_comment_needs_names_too_and_may_be_what_stops_somebody():
    columns = columns_of("phone status")
    table = Rows([["", ""], [TWO, "active"]], columns, remarks={0: [f"# {ONE}", "#no calls"]})
    read = ReadRows(table, columns, PlanOptions())
    assert read.needs == {STATUSES}
    plan = decide(read, PlanOptions())
    assert words_of(plan) == ["unreadable_row", "updated"]
    assert '"no calls", which stops outreach' in plan.reasons[0]


def test_where_the_run_ended_before_names_were_read_rows_with_unknown_ones_wait_for_the_next():
    rows = [[ONE, "vip"], [TWO, "DNC"], ["12", "vip"]]
    plan = planned("phone status", rows, unlearned=(Code.KEY_REFUSED, "The key was refused."))
    assert words_of(plan) == ["key_refused", "updated", "invalid_phone"]
    assert plan.reasons[0] == "The key was refused."


def test_rows_of_one_contact_are_settled_and_name_each_other_by_spreadsheet_row():
    rows = [[ONE, "paused", ""], [TWO, "active", ""], [ONE, "", SPRING], [ONE, "paused", ""], [ONE, "active", ""]]
    plan = planned("phone status campaign", rows)
    assert words_of(plan) == ["updated", "updated", "merged", "duplicate", "superseded"]
    assert plan.leader.tolist() == [-1, -1, 0, 0, 0]
    assert plan.change(0).campaign == SPRING
    assert 2 not in dict(plan.reasons.between(0, len(plan)))
    assert plan.reasons[3].startswith("Row 2 says the same")
    assert plan.reasons[4].startswith("Row 2 says something else")


def test_what_stops_outreach_goes_out_beside_a_row_that_cannot_be_sent():
    plan = planned("phone status campaign", [[ONE, DNC, "Spring"], [ONE, "paused", ""], [ONE, "paused", ""]])
    assert words_of(plan) == ["unknown_campaign", "updated", "duplicate"]


@pytest.mark.parametrize(
    "row",
    [[ONE, "No llamar", ""], [ONE, "please stop calling me", ""], [ONE, DNC, "Spring"], [ONE, "paused", "Spring"]],
)
def test_what_starts_outreach_waits_for_a_row_that_stops_it_and_cannot_be_sent(row):
    """A contact that somebody wants left alone is not called because that somebody made a slip."""
    rows = [[ONE, "active", ""], row, [ONE, "active", ""], [ONE, "", SPRING], [TWO, "active", ""]]
    plan = planned("phone status campaign", rows)
    assert [words_of(plan)[at] for at in (0, 2, 3, 4)] == [*["conflict"] * 3, "updated"]
    assert plan.reasons[0].startswith("Row 3 of this contact asks that calls stop")
    assert plan.leader.tolist() == [1, -1, 1, 1, -1]
    by_id = planned("id status", [[ANNA, "active"], [ANNA.upper(), "No llamar"], [BORIS, "active"]])
    assert words_of(by_id) == ["conflict", "unknown_status", "updated"]


@pytest.mark.parametrize("row", [[ONE, "callback", ""], [ONE, "active", "Spring"], [ONE, "not opt out", ""]])
def test_a_slip_that_stops_nothing_holds_nobody_up(row):
    plan = planned("phone status campaign", [[ONE, "active", ""], row, [ONE, "", SPRING]])
    assert [words_of(plan)[at] for at in (0, 2)] == ["updated", "merged"]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("safest", ["conflict", "unknown_status", "conflict"]),
        ("error", ["conflict", "unknown_status", "conflict"]),
        ("first", ["updated", "unknown_status", "conflict"]),
        ("last", ["conflict", "unknown_status", "updated"]),
    ],
)
def test_a_row_that_would_win_over_the_one_with_the_slip_is_sent(policy, words):
    plan = planned("phone status", [[ONE, "active"], [ONE, "No llamar"], [ONE, "active"]], on_conflict=policy)
    assert words_of(plan) == words


def test_a_contact_by_phone_and_one_by_id_are_two_as_far_as_the_file_tells():
    plan = planned("id phone status", [[ANNA, "", "paused"], ["", ONE, "active"], [BORIS, "", "active"]])
    assert words_of(plan) == ["updated"] * 3


def test_calls_are_the_same_one_by_one_and_one_after_the_other(monkeypatch):
    monkeypatch.setattr("bulk_sync.plan.plan.TOGETHER", 2)
    updates = planned("phone status", [[f"415200000{at}", "paused"] for at in range(5)]).updates()
    assert [each.row for each in updates] == [0, 1, 2, 3, 4]
    assert list(updates) == [updates[at] for at in range(5)]
    assert list(updates[1:4]) == [updates[at] for at in (1, 2, 3)]


KINDS = {None: Kind.REST, "DNC": Kind.DNC, "active": Kind.RESTARTS, "talk-to-human": Kind.RESTARTS}
STOPPING = ("paused", "fulfilled", "not-qualifies", "not-interested", "not-answering", "wrong-number")


@pytest.mark.parametrize("status", [*KINDS, *STOPPING])
def test_what_a_status_does_to_outreach(status):
    assert Statuses().kind_of(status) is KINDS.get(status, Kind.STOPS)


SAID = [("active", ""), ("", SPRING), ("paused", ""), ("DNC", ""), ("active", ""), ("do not call", "")]
SAID += [("wrong number", SPRING), ("", SPRING)]
ROWS = [[f"+1415555260{at}", *said] for at, said in enumerate(SAID)]


def test_safest_sends_dnc_first_then_what_stops_then_the_rest_then_what_restarts():
    plan = planned("phone status campaign", ROWS)
    assert plan.sequence.tolist() == [3, 5, 2, 6, 1, 7, 0, 4]
    assert [update.row for update in plan.updates()] == plan.sequence.tolist()
    assert plan.kinds.tolist() == sorted([*Kind, *Kind])
    assert plan.by_kind() == dict.fromkeys(Kind, 2)


def test_file_sends_as_the_rows_stand():
    plan = planned("phone status campaign", ROWS, order="file")
    assert plan.sequence.tolist() == list(range(8))
    assert plan.by_kind()[Kind.DNC] == 2


def test_the_call_of_merged_rows_is_ordered_by_what_all_of_them_say():
    rows = [[ONE, "active", ""], [TWO, "", SPRING], [TWO, "DNC", ""], [TWO, "", SPRING]]
    assert planned("phone status campaign", rows).sequence.tolist() == [2, 0]
    merged = planned("phone status campaign", [[ONE, "", SPRING], [ONE, "active", ""]])
    assert merged.kinds.tolist() == [Kind.RESTARTS]


CELLS = {
    "id": st.sampled_from(["", "", "", ANNA, BORIS.upper(), BORIS, "17"]),
    "phone": st.sampled_from(["", ONE, "415-555-2671", TWO, "12", "1.4E+10", "020 7946 0123"]),
    "country": st.sampled_from(["", "", "GB", "Atlantis"]),
    "status": st.sampled_from(["", "", DNC, "do not call", "paused", "active", "talk to human", "?", "never again"]),
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
        dict(plan.reasons.between(0, len(plan))),
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

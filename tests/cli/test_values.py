"""What a text in a column means, by a person's own word; and what was not understood, complete and first."""

import json
import shlex
import tomllib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bulk_sync import preview
from bulk_sync.errors import BadConfiguration
from bulk_sync.plan.spelling import spelling
from bulk_sync.report.file_notes import not_understood as not_understood_lines
from bulk_sync.value_mapping import NotUnderstood, parsed
from tests.desk import PHONES

WORDS = ["Opt out", "opt-out", "Opt out", "STOP", "VM", "VM", "VM", "not opt out", "paused"]


@pytest.fixture
def at(at, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    at.sheet(zip(PHONES, WORDS, strict=False))
    return at


def own_file(at, text):
    folder = at.home / "home" / "bulk-sync"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bulk-sync.toml").write_text(text)
    return folder / "bulk-sync.toml"


def said(at, *arguments, code, **variables):
    done = at(*arguments, **variables)
    assert done.code == code, done.screen
    return " ".join(done.screen.split())


def not_understood(at, *arguments):
    found = json.loads(at("rows.csv", "-n", "--json", *arguments).out)["not_understood"]
    return [(each["value"], each["rows"], each["suggested"]) for each in found if each["field"] == "status"]


MISSING = [("VM", 3, None), ("Opt out", 2, "DNC"), ("opt-out", 1, "DNC"), ("STOP", 1, "DNC"), ("not opt out", 1, None)]


def test_every_text_that_was_not_understood_is_listed_first_with_its_rows_and_the_line_to_add(at):
    done = at("rows.csv", "-n")
    assert done.code == 1
    assert not_understood(at) == MISSING
    lines = [line.strip() for line in done.screen.splitlines()]
    start = lines.index("Not understood in status: 5 different values in 8 rows, would not be sent.")
    assert [line.split(maxsplit=2)[2] for line in lines[start + 1 : start + 6]] == [
        "VM           --value status:VM=…",
        'Opt out      --value status:"Opt out"=DNC',
        "opt-out      --value status:opt-out=DNC",
        "STOP         --value status:STOP=DNC",
        'not opt out  --value status:"not opt out"=…',
    ]
    assert start < lines.index("Preview of 9 rows. Nothing was sent.")


def test_the_lines_that_are_told_are_taken_as_they_are_and_the_run_sends_what_they_say(at):
    lines = ["--value", "status:Opt out=DNC", "--value", "status:STOP=DNC", "--value", "status:VM=not-answering"]
    screen = said(at, "rows.csv", *lines, code=1)
    told = ['status "Opt out" is DNC (3 rows)', 'status "VM" is not-answering (3 rows)', 'status "STOP" is DNC (1 row)']
    assert f"Read as: {', '.join(told)}." in screen
    assert at.statuses(PHONES[:4]) == {"DNC"}
    assert at.statuses(PHONES[4:7]) == {"not-answering"}
    assert at.codes()[7:] == ["unknown_status", "updated"]
    assert "not sent." in screen.partition("Not understood in status: 1 value in 1 row, ")[2][:10]


@pytest.mark.parametrize("text", ["opt out", "OPT-OUT", "Öpt  Out", "status:'Opt out'"])
def test_a_text_is_compared_as_statuses_are(at, text):
    text = text.removeprefix("status:")
    assert not_understood(at, "--value", f"status:{text}=DNC")[1:] == [("STOP", 1, "DNC"), ("not opt out", 1, None)]


def test_an_exact_match_wins_and_between_two_that_are_alike_nobody_guesses(at):
    at.sheet([(PHONES[0], "Call back"), (PHONES[1], "call-back"), (PHONES[2], "CALLBACK")])
    at("rows.csv", "--value", "status:Call back=paused", "--value", "status:call-back=talk-to-human")
    assert [at.status(phone) for phone in PHONES[:3]] == ["paused", "talk-to-human", "active"]
    assert at.codes()[2] == "unknown_status"


def test_nothing_behind_the_sign_is_a_blank_cell(at):
    at.sheet([(PHONES[0], "n/a", ""), (PHONES[1], "paused", "")], head=("phone", "status", "campaign"))
    screen = said(at, "rows.csv", "--value", "status:n/a=", code=1)
    assert at.codes() == ["nothing_to_change", "updated"]
    assert 'status "n/a" is blank (1 row)' in screen


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("status:a=b=paused", "a=b"),
        ("status:time: 9=paused", "time: 9"),
        ('status:"VM"=paused', "VM"),
        ('STATUS: say "VM" =paused', 'say "VM"'),
        ("status:VM=\"paused\"", "VM"),
    ],
)  # fmt: skip
def test_the_field_ends_at_the_first_colon_and_the_value_begins_behind_the_last_equals_sign(at, written, cell):
    at.sheet([(PHONES[0], cell)])
    said(at, "rows.csv", "--value", written, code=0)
    assert at.status(PHONES[0]) == "paused"


@pytest.mark.parametrize("written", ["VM=paused", "status:VM", "colour:VM=paused", "status:=paused", "phone:12=paused"])
def test_what_is_no_mapping_ends_with_2_before_anything_is_sent(at, written):
    assert "--value" in said(at, "rows.csv", "--value", written, code=2)
    assert "BULK_SYNC_VALUE" in said(at, "rows.csv", code=2, BULK_SYNC_VALUE=written)
    assert not at.sent


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("status:VM=voicemail", "Known statuses: active, paused,"),
        ("status:DNC=active", '"DNC" already means DNC'),
        ("status:do not call=", '"do not call" already means DNC'),
        ("status:D-N-C=paused", '"D-N-C" already means DNC'),
        ("status:paused=active", '"paused" already means paused'),
        ("status:opted out=active", 'says "do not call"'),
        ("status:Nicht anrufen=", 'cannot be read as blank: "Nicht anrufen" says "do not call"'),
        ("status:STOP=talk-to-human", 'says "do not call"'),
        ("campaign:Spring=Sprin", "not a known campaign"),
        ("campaign:Renewals=Win-back", '"Renewals" already means'),
        ("country:Germany=France", '"Germany" already means DE'),
        ("timezone:CET=Europe/Berlin", '"CET" already means CET'),
        ("timezone:Middle=Berlin", "not the IANA name"),
    ],
)
def test_a_mapping_leads_to_what_is_known_and_takes_no_meaning_away(at, written, why):
    head, row = ("phone", "status", "campaign"), (PHONES[0], written.split(":")[1].split("=")[0], "Spring")
    at.sheet([row], head=head)
    screen = said(at, "rows.csv", "--value", written, code=4)
    assert why in screen
    assert screen.startswith("Error: --value: ") or "Error: --value: " in screen
    assert "Nothing was sent." in screen
    assert "Error: BULK_SYNC_VALUE: " in said(at, "rows.csv", code=4, BULK_SYNC_VALUE=written)
    assert not at.sent


def test_a_status_of_the_teams_own_keeps_its_meaning_and_may_be_the_value(at):
    at.sheet([(PHONES[0], "Callback requested"), (PHONES[1], "CB")])
    assert "already means callback-requested" in said(
        at, "rows.csv", "--value", "status:callback requested=active", code=4
    )
    assert not at.sent
    said(at, "rows.csv", "--value", "status:CB=Callback Requested", "--value", "status:dnc=DNC", code=0)
    assert at.statuses(PHONES[:2]) == {"callback-requested"}


def test_the_settings_have_a_table_and_a_fault_in_it_is_told_with_its_line(at):
    path = own_file(
        at, '# mine\n[values.campaign]\nVM = "Renewals"\n\n[values.status]\n"Opt out" = "DNC"\n"VM" = "vm"\n'
    )
    assert f"Error: {path}, line 7: status" in said(at, "rows.csv", code=4)
    own_file(at, '[values.status]\n"Opt out" = "DNC"\nVM = "not-answering"\n')
    assert said(at, "rows.csv", "--value", "status:STOP=DNC", code=1).count("is DNC") == 2
    assert at.statuses(PHONES[:4]) == {"DNC"}


@pytest.mark.parametrize(
    "text",
    ['values = "x"', "values = ['status:VM=DNC']", "[values.status]\nVM = 5", '[values]\nVM = "DNC"',
     '[values.colour]\nVM = "DNC"', '[values.status]\n"" = "DNC"'],
)  # fmt: skip
def test_a_table_that_is_none_ends_with_4_and_the_place(at, text):
    own_file(at, f"# mine\n{text}\n")
    assert "bulk-sync.toml, line 2: values: " in said(at, "rows.csv", code=4)


def test_of_two_mappings_of_one_text_the_flag_beats_the_environment_and_that_the_file(at):
    own_file(at, '[values.status]\nVM = "paused"\nSTOP = "paused"\n"Opt out" = "paused"\n')
    more = {"BULK_SYNC_VALUE": 'status:"STOP"=fulfilled;status:VM=fulfilled'}
    said(at, "rows.csv", "--value", "status:VM=not-answering", code=1, **more)
    assert [at.status(PHONES[place]) for place in (4, 3, 0)] == ["not-answering", "fulfilled", "paused"]


@pytest.mark.parametrize("text", ['[values.status]\nDNC = "active"', '[values.status]\nVM = "DNC"', 'value = "x"'])
def test_the_working_folder_says_nothing_about_what_a_cell_means(at, text):
    (at.work / "bulk-sync.toml").write_text(f"\n{text}\n")
    screen = said(at, "rows.csv", code=4)
    assert f"{at.work / 'bulk-sync.toml'}, line 2" in screen
    assert str(at.home / "home" / "bulk-sync" / "bulk-sync.toml") in screen
    assert not at.sent


def test_what_interrupted_goes_on_by_its_own_mappings(at):
    lines = ["--value", "status:Opt out=DNC", "--value", "status:VM=not-answering"]
    said(at, "rows.csv", *lines, "--max-writes", 1, code=5)
    assert "value is" in said(at, "resume", code=2, BULK_SYNC_VALUE="status:VM=paused")
    said(at, "resume", "--max-writes", 100, code=1)
    assert at.statuses(PHONES[:3]) == {"DNC"}
    assert at.statuses(PHONES[4:7]) == {"not-answering"}
    assert at.sent.total() == 7


def test_a_retry_keeps_the_mappings_and_takes_more_but_no_other_meaning(at):
    said(at, "rows.csv", "--value", "status:Opt out=DNC", code=1)
    assert at.sent.total() == 4
    assert "was started with" in said(at, "retry", "rows.results.csv", "--value", "status:Opt out=paused", code=2)
    more = ["--value", "status:VM=not-answering", "--value", "status:STOP=DNC"]
    said(at, "retry", "rows.results.csv", *more, code=1)
    assert at.sent.total() == 8
    assert at.codes().count("updated") == 8
    said(at, "retry", "rows.results.csv", code=1)
    assert at.sent.total() == 8


def test_an_undo_reads_no_cells_of_the_user_and_takes_no_mapping(at):
    said(at, "rows.csv", "--value", "status:VM=talk-to-human", code=1)
    screen = said(at, "undo", at.history()[0]["run"], code=0, BULK_SYNC_VALUE="status:active=paused")
    assert "cannot be read" not in screen


def test_a_comment_that_says_never_again_in_mapped_words_is_told(at):
    at.sheet([("#" + PHONES[0], "Gone"), (PHONES[1], "paused")])
    said(at, "rows.csv", "--value", "status:Gone=DNC", code=1)
    assert at.codes() == ["unreadable_row", "updated"]


def test_a_flag_that_no_cell_says_is_told(at):
    assert 'No cell of this file says what --value names: status "VN".' in said(
        at, "rows.csv", "-n", "--value", "status:VN=paused", code=1
    )


def test_more_than_a_hundred_texts_are_counted_on_the_screen_and_whole_for_machines(at):
    at.sheet([(PHONES[0], f"word {number}") for number in range(130)])
    done = at("rows.csv", "-n")
    assert "and 30 more in 30 rows. All of them: sync_error in the results file, and --json." in done.screen
    assert done.screen.count("--value") == 100
    assert len(not_understood(at)) == 130


@pytest.mark.parametrize("cell", ['$(reboot) "x"', "`id`", "a\\b", "100%", "!!", "“x”", "'; rm x"])
def test_no_line_to_copy_is_more_than_a_text_to_a_shell(at, cell):
    at.sheet([(PHONES[0], cell)])
    screen = at("rows.csv", "-n").screen
    assert "--value" not in screen
    line = next(line for line in screen.splitlines() if "in [values.status]: " in line)
    assert tomllib.loads(line.partition("]: ")[2]) == {cell: "…"}


@given(
    st.text(alphabet=st.sampled_from("aB1 é=:'\"$`\\\\!%#&;()-…“”\u00a0漢"), min_size=1, max_size=12),
    st.sampled_from(["DNC", "a=b", "Spring Outreach", None]),
)
def test_a_line_to_copy_leads_back_to_its_cell_and_its_value(text, value):
    text = text.strip()
    assume(text)
    [_, line, *_] = not_understood_lines(
        [NotUnderstood("campaign", text, 1, "unknown_campaign", value)], "x", dry_run=True
    )
    if "--value " in line:
        [option, written] = shlex.split(line[line.index("--value ") :])
        mapping = parsed(written)
        assert (option, spelling(mapping.text), mapping.value) == ("--value", spelling(text), value or "…")
    elif "in [values.campaign]: " in line:
        assert tomllib.loads(line.partition("]: ")[2]) == {" ".join(text.split()): value or "…"}


def test_cells_of_other_columns_and_campaigns_are_listed_and_phones_are_not(at):
    rows = [(PHONES[0], "Spring Outraech", ""), ("12", "", ""), ("030 12345678", "", "Atlantis")]
    at.sheet(rows, head=("phone", "campaign", "country"))
    found = json.loads(at("rows.csv", "-n", "--json").out)["not_understood"]
    assert [(each["field"], each["value"], each["suggested"]) for each in found] == [
        ("country", "Atlantis", None),
        ("campaign", "Spring Outraech", "Spring Outreach"),
    ]


def test_countries_and_time_zones_are_mapped_too(at):
    at.sheet([("030 12345678", "paused", "Homeland", "Middle")], head=("phone", "status", "country", "timezone"))
    lines = ["--map", "timezone=timezone", "--value", "country:homeland=DE", "--value", "timezone:middle=Europe/Berlin"]
    said(at, "rows.csv", "-n", *lines, code=1)
    [row] = at.rows("rows.preview.csv") if (at.work / "rows.preview.csv").exists() else at.rows()
    assert row["sync_phone"] == "+493012345678"


def test_from_python_a_table_or_lines_say_it(at):
    for values in ({"status": {"Opt out": "DNC"}}, ["status:Opt out=DNC"]):
        assert preview("rows.csv", values=values).codes["updated"] == 4
    with pytest.raises(BadConfiguration, match="colour"):
        preview("rows.csv", value={"colour": {"x": "y"}})

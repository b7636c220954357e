"""Are a plan and a results file the same, byte for byte, whether one process made them or two?"""

import random

import pytest

from bulk_sync import abreast
from bulk_sync.input_table import open_input
from bulk_sync.model import SYNC_COLUMNS, Campaign, Listed
from bulk_sync.plan import Rules, make_plan
from bulk_sync.plan.campaigns import Campaigns
from bulk_sync.results import Results
from bulk_sync.settings import Settings

pytestmark = pytest.mark.trial

SPRING = "d290f1ee-6c54-4b01-90e6-d701748f0851"
SPELLINGS = ["({a}) {b}-{c}", "+1{a}{b}{c}", "{a}{b}{c}.0", "+44 20 7946 0{b}", "{a}-{b}", "x", ""]
ODD = ['"torn,DNC,,,', 'a"b,DNC,,,', "too,many,cells,in,this,row", "few", '"two\nlines",DNC,,,']


def lines(count, odd):
    """Rows of all kinds; one in `odd` is none that a usual file would have."""
    draw = random.Random(count)
    for _ in range(count):
        if draw.randrange(odd) == 0:
            yield draw.choice(ODD)
            continue
        phone = draw.choice(SPELLINGS).format(
            a=draw.randint(201, 989), b=draw.randint(200, 999), c=draw.randint(1000, 9999)
        )
        status, note = draw.choice(["DNC", "Paused", "active", "?"]), draw.choice(["José", '"a, ""b"""', "=1+1"])
        yield f"{phone},{status},,{note},{draw.randrange(9)}"


def rules(settings):
    return Rules(region=settings.region)


def made(path, settings, out):
    """What became of the rows, and the results file."""
    table, columns = open_input(path, settings)
    plan = abreast.make_plan(table, columns, rules(settings))
    results = Results(plan, "run", lambda start, stop: {}, None)
    abreast.write_results(table, out, results.frames(1_000), sync_columns=SYNC_COLUMNS)
    assert plan.rows.code.tolist() == by_one(table, columns, settings).rows.code.tolist()
    return out.read_bytes(), dict(plan.reasons), plan.facts, plan.statuses


def by_one(table, columns, settings):
    only = columns.fields.values()
    return make_plan(table.chunks(only=only), columns, rules(settings), first_row=table.first_row)


@pytest.mark.parametrize(("odd", "encoding", "end"), [(10**9, "utf-8-sig", "\n"), (300, "cp1252", "\r\n")])
def test_two_processes_make_what_one_makes(tmp_path, monkeypatch, odd, encoding, end):
    path, settings = tmp_path / "rows.csv", Settings(input="rows.csv", dry_run=True)
    path.write_bytes(end.join(["phone,status,campaign,note,number", *lines(8_000, odd), ""]).encode(encoding))
    monkeypatch.setattr(abreast, "ROWS_AT_ONCE", 500)
    monkeypatch.setattr(abreast, "WORTH_IT", 1 << 40)
    alone = made(path, settings, tmp_path / "alone.csv")
    spreading = shared(monkeypatch)
    monkeypatch.setattr(abreast, "WORTH_IT", 0)
    monkeypatch.setattr(abreast, "_cores", lambda: 2)
    assert made(path, settings, tmp_path / "shared.csv") == alone
    assert all(spreading), "the other process had nothing to do"
    assert len(spreading) == 2


def shared(monkeypatch):
    """Have nothing begin before the other process is there; how many tasks it took, each time."""
    from bulk_sync.abreast import spread
    from bulk_sync.abreast.companion import Companion

    taken = []

    class Awaited(Companion):
        def __init__(self, module):
            super().__init__(module)
            taken.append(0)

        def learn(self, work):
            lesson = super().learn(work)
            assert self.ready.wait(60)
            return lesson

        def takes(self, task):
            took = super().takes(task)
            taken[-1] += took
            return took

    monkeypatch.setattr(spread, "Companion", Awaited)
    return taken


def test_a_preview_has_one_companion_for_its_plan_and_its_results(tmp_path, monkeypatch):
    path, settings = tmp_path / "rows.csv", Settings(input="rows.csv", dry_run=True)
    path.write_text("\n".join(["phone,status,campaign,note,number", *lines(6_000, 10**9), ""]))
    monkeypatch.setattr(abreast, "ROWS_AT_ONCE", 100)
    alone = made(path, settings, tmp_path / "alone.csv")
    monkeypatch.setattr(abreast, "WORTH_IT", 0)
    monkeypatch.setattr(abreast, "_cores", lambda: 2)
    taken = shared(monkeypatch)
    with abreast.engaged(path):
        assert made(path, settings, tmp_path / "shared.csv") == alone
    assert len(taken) == 1
    assert taken[0] > 2


def test_nobody_is_engaged_for_a_workbook_or_a_small_file(tmp_path, monkeypatch):
    def nobody(*_):
        raise AssertionError("a second process was asked")

    monkeypatch.setattr("bulk_sync.abreast.spread.Companion", nobody)
    monkeypatch.setattr(abreast, "_cores", lambda: 2)
    for name, least in (("rows.xlsx", 0), ("rows.csv", 100)):
        (tmp_path / name).write_text("phone,status\n")
        monkeypatch.setattr(abreast, "WORTH_IT", least)
        with abreast.engaged(tmp_path / name):
            pass


def test_files_by_id_and_small_ones_are_planned_by_one_process(tmp_path, monkeypatch):
    def nobody(*_):
        raise AssertionError("a second process was asked")

    monkeypatch.setattr("bulk_sync.abreast.spread.spread", nobody)
    monkeypatch.setattr(abreast, "_cores", lambda: 2)
    settings = Settings(input="rows.csv", dry_run=True)
    for header, least in (("phone,status", abreast.WORTH_IT), ("id,status", 0)):
        path = tmp_path / "rows.csv"
        path.write_text(f"{header}\n+14155552671,DNC\n")
        monkeypatch.setattr(abreast, "WORTH_IT", least)
        table, columns = open_input(path, settings)
        assert len(abreast.make_plan(table, columns, rules(settings))) == 1


@pytest.mark.parametrize(("cores", "size", "worth"), [(1, 100, False), (2, 10, False), (2, 100, True)])
def test_a_second_process_needs_a_second_core_and_enough_to_do(tmp_path, monkeypatch, cores, size, worth):
    path = tmp_path / "rows.csv"
    path.write_text("phone,status\n" + "x" * (size - 13))
    monkeypatch.setattr(abreast, "WORTH_IT", 50)
    monkeypatch.setattr(abreast, "_cores", lambda: cores)
    table, _ = open_input(path, Settings(input="rows.csv", dry_run=True))
    assert abreast.is_worth_it(table) is worth
    assert abreast._cores() >= 1


def test_rows_with_names_that_were_not_asked_for_yet_are_decided_here(tmp_path, monkeypatch):
    """The other process has no way to the API: the names it may go by are those of the first rows."""
    asked = []

    def listed():
        asked.append(1)
        return Listed((Campaign(SPRING, "Spring"),))

    path, settings = tmp_path / "rows.csv", Settings(input="rows.csv", dry_run=True)
    for first_name, at in ((0, "in the first rows"), (3_000, "later")):
        rows = [f"+1415555{2000 + number},paused,{'Spring' if number >= first_name else ''}" for number in range(6_000)]
        path.write_text("\n".join(["phone,status,campaign", *rows, ""]))
        monkeypatch.setattr(abreast, "ROWS_AT_ONCE", 100)
        monkeypatch.setattr(abreast, "WORTH_IT", 0)
        monkeypatch.setattr(abreast, "_cores", lambda: 2)
        taken = shared(monkeypatch)
        table, columns = open_input(path, settings)
        plan = abreast.make_plan(table, columns, Rules(campaigns=Campaigns(listed)))
        assert plan.campaigns == (SPRING,), at
        assert (plan.rows.campaign >= 0).sum() == 6_000 - first_name
        assert taken[-1] > 2, at
    assert asked == [1, 1]
